// SPDX-License-Identifier: MIT
// The kernel's IPVS table kept in line with the pools: what is wanted is compared with what the kernel is known to have, and only
// the difference is sent. After a refusal, or when an answer was lost, the table is read again and compared as a whole.

import { errorText, exitStatus, StartError } from '../../base/errors.ts';
import { ipvsFailure } from '../../base/ipvs-words.ts';
import { seconds } from '../../base/time.ts';
import type { Config } from '../../config/model.ts';
import type { Cancel } from '../../ports/clock.ts';
import type { Ipvs, IpvsMessage } from '../../ports/ipvs.ts';
import type { ServiceState } from '../core/service.ts';
import { type GroupMarks, noMarks } from './group-marks.ts';
import { createGroupRules } from './group-rules.ts';
import { compare, remember } from './ipvs-compare.ts';
import { desired, serviceKeys } from './ipvs-desired.ts';
import { createIpvsSettings } from './ipvs-settings.ts';
import { destinationId, type KnownTable, serviceId, tableOf } from './ipvs-table.ts';
import type { ServiceTable, ServiceTableContext, StartServiceTable } from './service-table.ts';

/** Until what the kernel refused is tried again. */
const patience = seconds(30);

const ENOENT = 2;
const ESRCH = 3;

export const startServiceTable: StartServiceTable = async (config, pools, context) => {
  const { lvs_netlink_cmd_rcv_bufs, lvs_netlink_cmd_rcv_bufs_force, net_namespace_ipvs, lvs_flush } = config.global_defs;
  context.log.debug('Initializing ipvs');
  let ipvs: Ipvs;
  try {
    ipvs = await context.openIpvs({
      receiveBuffer: lvs_netlink_cmd_rcv_bufs,
      forceReceiveBuffer: lvs_netlink_cmd_rcv_bufs_force,
      namespace: net_namespace_ipvs,
    });
  } catch (error) {
    throw new StartError(`IPVS: Can't initialize ipvs: ${errorText(error)}`, exitStatus.fatal);
  }
  const table = createServiceTable(ipvs, context);
  if (lvs_flush) await table.flush();
  await table.load(config, pools);
  return table;
};

function createServiceTable(ipvs: Ipvs, { clock, log, tools }: ServiceTableContext): ServiceTable & { flush(): Promise<void> } {
  let config: Config | null = null;
  let pools: ServiceState[] = [];
  const rules = createGroupRules(tools, log);
  let marks: GroupMarks = noMarks;
  /** Per virtual server: those that are compared together with it, itself among them. */
  let sharers: readonly ReadonlySet<number>[] = [];
  let known: KnownTable = new Map();
  /** Services that go when they are not wanted. */
  const ours = new Set<string>();
  const changed = new Set<number>();
  /** What is known may not be so. */
  let stale = false;
  /** Lines about what keeps being refused, each said once. */
  let said = new Set<string>();
  let waiting: (() => void)[] = [];
  let working = false;
  let retry: Cancel = () => {};
  let stopping: Promise<void> | null = null;

  /** The lines that are worth saying. */
  const send = async (messages: readonly IpvsMessage[]): Promise<string[]> => {
    if (messages.length === 0) return [];
    const errors = await ipvs.apply(messages);
    const lost = new Set<string>();
    const lines: string[] = [];
    for (const [i, message] of messages.entries()) {
      const errno = errors[i] ?? 0;
      if (errno === 0 || isGone(message, errno)) {
        remember(known, message);
        if (message.command === 'delete_service') ours.delete(serviceId(message.service));
        continue;
      }
      if ('service' in message) stale = true;
      const about = subjectOf(message);
      if (message.command === 'new_service') lost.add(about);
      // Without its service nothing else can be expected of it.
      const service = message.command === 'new_destination' ? serviceId(message.service) : '';
      if (!lost.has(service)) lines.push(ipvsFailure(message.command, errno, about));
    }
    return lines;
  };
  const tell = (lines: readonly string[], whole: boolean) => {
    for (const line of lines) if (!said.has(line)) log.info(line);
    said = new Set(whole ? lines : [...said, ...lines]);
  };

  /** One comparison. false: something is amiss. */
  const settle = async (): Promise<boolean> => {
    if (!config) {
      changed.clear();
      stale = false;
      return true;
    }
    const whole = stale;
    if (whole) {
      known = tableOf(await ipvs.read());
      stale = false;
    }
    const only = whole ? undefined : new Set([...changed].flatMap((index) => [...(sharers[index] ?? [])]));
    changed.clear();
    const want = desired(config, pools, only, marks);
    tell(await send(compare(known, want, whole ? ours : [])), whole);
    return !stale;
  };
  const work = async () => {
    working = true;
    // One more look at once, for what others have changed meanwhile.
    let attempts = 2;
    while ((stale && attempts > 0) || changed.size > 0 || waiting.length > 0) {
      const served = waiting;
      waiting = [];
      try {
        if (!(await settle())) attempts--;
      } catch (error) {
        tell([`IPVS: ${errorText(error)}`], false);
        stale = true;
        attempts = 0;
      }
      if (attempts <= 0 && stale) {
        stale = false;
        retry();
        retry = clock.after(patience, () => void look());
      }
      // Not before the second look: whoever waits wants to find the table as it was meant.
      if (stale) waiting.unshift(...served);
      else for (const done of served) done();
    }
    working = false;
  };
  const kick = (): Promise<void> => {
    const done = new Promise<void>((resolve) => waiting.push(resolve));
    if (!working) {
      working = true;
      // Whatever else this turn of the loop changes goes with it.
      queueMicrotask(() => void work());
    }
    return done;
  };
  const look = (): Promise<void> => {
    stale = true;
    return kick();
  };

  const settings = createIpvsSettings(
    ipvs,
    async (messages) => tell(await send(messages), false),
    async (messages) => void (await send(messages)),
  );
  const end = async (keep: boolean) => {
    const onStop = config?.global_defs.lvs_flush_on_stop;
    config = null;
    await kick();
    retry();
    if (!keep) {
      if (onStop === 'all') tell(await send([{ command: 'flush' }]), false);
      else tell(await send(compare(known, new Map(), [...ours])), false);
    }
    if (!keep) await rules.stop();
    await settings.stop(keep);
    ipvs.close();
  };
  return {
    flush: async () => tell(await send([{ command: 'flush' }]), false),
    async load(next, nextPools) {
      marks = await rules.load(next);
      config = next;
      pools = [...nextPools];
      sharers = sharersOf(next, marks);
      changed.clear();
      for (const key of next.virtual_server.flatMap((vs) => serviceKeys(vs, next.virtual_server_group, marks))) ours.add(serviceId(key));
      await settings.load(next.global_defs).catch((error) => log.info(`IPVS: ${errorText(error)}`));
      await look();
    },
    update(index, pool) {
      if (stopping) return Promise.resolve();
      pools[index] = pool;
      changed.add(index);
      return kick();
    },
    read: () => ipvs.read(),
    stop(keep) {
      stopping ??= end(keep).catch((error) => log.info(`IPVS: ${errorText(error)}`));
      return stopping;
    },
  };
}

/** What was to go is not there. */
function isGone({ command }: IpvsMessage, errno: number): boolean {
  return (command === 'delete_service' && errno === ESRCH) || (command === 'delete_destination' && (errno === ENOENT || errno === ESRCH));
}

/** `SERVICE`, `SERVICE -> DESTINATION`, or nothing. */
function subjectOf(message: IpvsMessage): string {
  switch (message.command) {
    case 'new_service':
    case 'set_service':
      return serviceId(message.service.key);
    case 'delete_service':
    case 'zero_service':
      return serviceId(message.service);
    case 'new_destination':
    case 'set_destination':
    case 'delete_destination':
      return `${serviceId(message.service)} -> ${destinationId(message.destination)}`;
    default:
      return '';
  }
}

/** Virtual servers that are tied together by services they share, be it through others. */
function sharersOf({ virtual_server, virtual_server_group }: Config, marks: GroupMarks): ReadonlySet<number>[] {
  const circles = virtual_server.map((_, index) => new Set([index]));
  const firstUser = new Map<string, number>();
  for (const [index, vs] of virtual_server.entries()) {
    for (const id of serviceKeys(vs, virtual_server_group, marks).map(serviceId)) {
      const circle = circles[firstUser.get(id) ?? index];
      if (!firstUser.has(id)) firstUser.set(id, index);
      for (const member of circles[index] ?? []) {
        circle?.add(member);
        if (circle) circles[member] = circle;
      }
    }
  }
  return circles;
}
