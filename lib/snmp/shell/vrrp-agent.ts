// SPDX-License-Identifier: MIT
// What the VRRP process shows over SNMP: which MIBs, from which view, and the traps on its transitions.

import { micros } from '../../base/time.ts';
import type { Config } from '../../config/model.ts';
import type { Cancel } from '../../ports/clock.ts';
import type { Notification, Refused } from '../../ports/notifier.ts';
import type { InstanceView, VrrpView } from '../../ports/vrrp-view.ts';
import type { Column } from '../core/mib.ts';
import type { Oid } from '../core/oid.ts';
import { globalColumns, type Host, keepalived, routerId } from '../mibs/globals.ts';
import { type Adjustments, instanceColumns, vrrpRoot } from '../mibs/instances.ts';
import { policyColumns } from '../mibs/policies.ts';
import { rfc2787Columns, vrrpMib } from '../mibs/rfc2787.ts';
import { rfc6527Columns, vrrpv3Mib } from '../mibs/rfc6527.ts';
import { baseIndex, masterAddress as masterOf, type RouterFacts } from '../mibs/routers.ts';
import { trackerColumns } from '../mibs/trackers.ts';
import {
  authFailureTrap,
  newMasterReason,
  newMasterTrap,
  newMasterTrap3,
  notMaster,
  protocolError,
  protocolErrorTrap,
  transitionTrap,
} from '../traps.ts';
import { type SnmpOptions, startSubagent } from './start.ts';
import type { Subagent, SubagentContext } from './subagent.ts';

export interface VrrpAgentContext extends SubagentContext {
  readonly host: Host;
  readonly options: SnmpOptions;
  /** null: there is nothing to see yet, or any more. */
  readonly view: () => VrrpView | null;
  readonly adjust: Adjustments;
}

export interface VrrpAgent {
  /** At the start; what can change at a reload is taken from the view. */
  start(config: Config): void;
  /** A transition that everybody else has been told of. Its traps follow those of its batch; before there is a view they wait for attached(). */
  tell(notification: Notification): void;
  /** There is a view from here on. */
  attached(): void;
  refused(instance: string, refusal: Refused): void;
  /** Any number of times. */
  close(): void;
}

export function createVrrpAgent(context: VrrpAgentContext): VrrpAgent {
  const { clock, options } = context;
  let subagent: Subagent | null = null;
  let last: VrrpView | null = null;
  let mibs: Mibs = none;
  const begun = clock.now();
  /** When an instance left Initialize or FAULT. */
  const since = new Map<string, number>();
  const reasonOf = new Map<string, number>();

  /** Last error of the protocol in an advert. */
  const errorOf = new Map<string, number>();
  /** Transitions without their traps: the others of a batch, or something to see, are still to come. */
  const waiting: Notification[] = [];
  let soon: Cancel | null = null;

  const view = (): VrrpView | null => {
    // After the stop the last sight has to do.
    last = context.view() ?? last;
    return last;
  };
  const facts: RouterFacts = {
    upTime: (instance) => {
      const at = since.get(instance);
      return at === undefined ? 0 : clock.now() - at;
    },
    upSince: (instance) => Math.max(0, (since.get(instance) ?? begun) - begun),
    newMasterReason: (instance) => reasonOf.get(instance) ?? notMaster,
    protocolError: (instance) => errorOf.get(instance) ?? 0,
  };
  const columns = (): Column[] => {
    const seen = view();
    if (!seen) return [];
    return [
      ...(mibs.keepalived
        ? [
            ...globalColumns(seen.config.global_defs, context.host),
            ...instanceColumns(seen, context.adjust),
            ...trackerColumns(seen),
            ...policyColumns(seen),
          ]
        : []),
      ...(mibs.rfc2787 ? rfc2787Columns(seen, facts) : []),
      ...(mibs.rfc6527 ? rfc6527Columns(seen, facts) : []),
    ];
  };
  const remember = (n: Notification) => {
    if (n.kind !== 'INSTANCE') return;
    if (n.state === 'FAULT' || n.state === 'STOP' || n.state === 'DELETED') since.delete(n.name);
    else if (!since.has(n.name)) since.set(n.name, clock.now());
    if (n.state === 'MASTER') reasonOf.set(n.name, newMasterReason(n));
  };
  const masterTraps = (instance: InstanceView, seen: VrrpView) => {
    const { config } = instance;
    const reason = facts.newMasterReason(config.name);
    const master = masterOf(instance);
    if (master === null || config.virtual_ipaddress.length === 0) return;
    if (mibs.rfc2787 && config.version === 2 && config.family === 4)
      subagent?.trap(newMasterTrap(master, baseIndex(instance, seen), config.virtual_router_id));
    if (mibs.rfc6527) subagent?.trap(newMasterTrap3(master, reason));
  };

  return {
    start(config) {
      const defs = config.global_defs;
      mibs = {
        keepalived: options.all || defs.enable_snmp_vrrp,
        rfc2787: options.all || defs.enable_snmp_rfcv2,
        rfc6527: options.all || defs.enable_snmp_rfcv3,
      };
      const subtrees = subtreesOf(mibs);
      if (subtrees.length > 0)
        subagent = startSubagent(context, options.socket ?? defs.snmp_socket, { subtrees: { own: subtrees, spare: [] }, columns });
    },
    tell(n) {
      remember(n);
      subagent?.refresh();
      waiting.push(n);
      soon ??= clock.after(micros(0), sendWaiting);
    },
    attached: sendWaiting,
    refused(name, refusal) {
      const kind = protocolError(refusal.reason);
      if (kind !== 0) errorOf.set(name, kind);
      const seen = view();
      const instance = seen?.instances.find((i) => i.config.name === name);
      if (!subagent || !seen?.config.global_defs.enable_traps || !instance) return;
      const { version, family, virtual_router_id } = instance.config;
      const auth = version === 2 && family === 4 ? authFailureTrap(refusal, baseIndex(instance, seen), virtual_router_id) : null;
      if (mibs.rfc2787 && auth) subagent.trap(auth);
      if (mibs.rfc6527 && kind !== 0) subagent.trap(protocolErrorTrap(kind));
    },
    close() {
      sendWaiting();
      subagent?.close();
      subagent = null;
    },
  };

  /** One look at all routers for a whole batch: hundreds move at one moment. */
  function sendWaiting(): void {
    soon?.();
    soon = null;
    const seen = waiting.length > 0 ? view() : null;
    if (!seen) return;
    const instances = new Map(seen.instances.map((i) => [i.config.name, i]));
    for (const n of waiting.splice(0)) sendTraps(n, seen, instances.get(n.name));
  }

  function sendTraps(n: Notification, seen: VrrpView, instance: InstanceView | undefined): void {
    if (!subagent || !seen.config.global_defs.enable_traps) return;
    const initial = instance?.config.state ?? 'INIT';
    const trap = mibs.keepalived ? transitionTrap(n, initial, routerId(seen.config.global_defs, context.host)) : null;
    if (trap) subagent.trap(trap);
    if (n.kind === 'INSTANCE' && n.state === 'MASTER' && instance) masterTraps(instance, seen);
  }
}

interface Mibs {
  readonly keepalived: boolean;
  readonly rfc2787: boolean;
  readonly rfc6527: boolean;
}

const none: Mibs = { keepalived: false, rfc2787: false, rfc6527: false };

function subtreesOf(mibs: Mibs): Oid[] {
  return [
    ...(mibs.keepalived ? [[...keepalived, 1], vrrpRoot] : []),
    ...(mibs.rfc2787 ? [vrrpMib] : []),
    ...(mibs.rfc6527 ? [vrrpv3Mib] : []),
  ];
}
