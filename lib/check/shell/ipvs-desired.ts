// SPDX-License-Identifier: MIT
// What the kernel's table should be, from the configuration and the state of its pools (reference/lvs-and-checkers.md sections
// 2, 4 and 5). Pure.

import { type Ip, ipBytes, ipFamily, ipFromBytes } from '../../base/address.ts';
import type { Config } from '../../config/model.ts';
import type { GroupEntry, LvsMethod, Persistence, RealServer, VirtualServer } from '../../config/model-lvs.ts';
import type { IpvsDestination, IpvsDestinationKey, IpvsService, IpvsServiceKey } from '../../ports/ipvs.ts';
import { kernelWeight, type ServiceState } from '../core/service.ts';
import { type GroupMarks, markId, noMarks } from './group-marks.ts';
import { destinationId, type KnownTable, serviceId } from './ipvs-table.ts';

/** Addresses of one range that become services; more would only be a slip of the pen. */
export const longestRange = 65_536;

const flag = { persistent: 1, onePacket: 4, 'sched-1': 8, 'sched-2': 0x10, 'sched-3': 0x20 };
const sorryWeight = 1;
const eachClient = { 4: 0xffffffff, 6: 128 } as const;

/** Services of the kernel that a virtual server stands for: one, or as many as its group has. `marks`: of nftables_ipvs. */
export function serviceKeys(vs: VirtualServer, groups: Config['virtual_server_group'], marks: GroupMarks = noMarks): IpvsServiceKey[] {
  const { key } = vs;
  if (key.kind !== 'group') return [key];
  const mark = marks.get(markId(key.group, key.protocol));
  if (mark !== undefined) return [{ kind: 'fwmark', mark, family: key.family }];
  const entries = groups.find((g) => g.name === key.group)?.entries ?? [];
  return [...entries.flatMap((e) => addressKeys(e, key)), ...entries.flatMap((e) => markKeys(e, key))];
}

type GroupKey = Extract<VirtualServer['key'], { kind: 'group' }>;

function addressKeys(entry: GroupEntry, { family, protocol }: GroupKey): IpvsServiceKey[] {
  if (entry.kind !== 'addresses' || ipFamily(entry.first) !== family) return [];
  return addressesOf(entry).map((ip) => ({ kind: 'address', ip, port: entry.port, protocol }));
}

function markKeys(entry: GroupEntry, { family }: GroupKey): IpvsServiceKey[] {
  if (entry.kind !== 'fwmark' || (entry.family !== null && entry.family !== family)) return [];
  return [{ kind: 'fwmark', mark: entry.mark, family }];
}

/** At most `longestRange` of them. */
function addressesOf({ first, last }: { first: Ip; last: Ip }): Ip[] {
  const bytes = Uint8Array.from(ipBytes(first));
  const addresses = [first];
  while (addresses.at(-1) !== last && addresses.length < longestRange) {
    let i = bytes.length - 1;
    while (i > 0 && bytes[i] === 0xff) bytes[i--] = 0;
    bytes[i] = ((bytes[i] ?? 0) + 1) & 0xff;
    addresses.push(ipFromBytes(bytes));
  }
  return addresses;
}

/**
 * The table that these pools make, in the order of virtual_server; `only`: of these virtual servers alone. Where several virtual
 * servers stand for the same service, they share it: the first says how it schedules, and each adds its destinations.
 */
export function desired(
  config: Config,
  pools: readonly ServiceState[],
  only?: ReadonlySet<number>,
  marks: GroupMarks = noMarks,
): KnownTable {
  const table: KnownTable = new Map();
  for (const [index, vs] of config.virtual_server.entries()) {
    const pool = pools[index];
    if (!pool || (only && !only.has(index))) continue;
    for (const key of serviceKeys(vs, config.virtual_server_group, marks)) {
      const id = serviceId(key);
      const entry = table.get(id) ?? { service: serviceOf(vs, key), destinations: new Map<string, IpvsDestination>() };
      table.set(id, entry);
      for (const { id, destination } of destinationsOf(vs, pool, key)) entry.destinations.set(id, destination);
    }
  }
  return table;
}

function serviceOf(vs: VirtualServer, key: IpvsServiceKey): IpvsService {
  const family = key.kind === 'fwmark' ? key.family : ipFamily(key.ip);
  const flags = (['sched-1', 'sched-2', 'sched-3'] as const).filter((f) => vs.flags[f]).reduce((sum, f) => sum + flag[f], 0);
  return {
    key,
    scheduler: vs.lvs_sched,
    flags: flags + (vs.persistence ? flag.persistent : 0) + (vs.ops ? flag.onePacket : 0),
    timeout: vs.persistence?.timeout ?? 0,
    netmask: netmaskOf(vs.persistence?.granularity ?? null) ?? eachClient[family],
    engine: vs.persistence?.engine ?? '',
  };
}

function netmaskOf(granularity: Persistence['granularity']): number | null {
  if (granularity === null || typeof granularity === 'number') return granularity;
  return ipBytes(granularity).reduce((sum, byte) => sum * 256 + byte, 0);
}

interface Known {
  readonly key: IpvsServiceKey;
  readonly id: string;
  readonly destination: IpvsDestination;
}

/** What a server was the last time: of thousands in a pool one or two are another thing from one comparison to the next. */
const lastTime = new WeakMap<RealServer, Known>();

function destinationOf(server: RealServer, key: IpvsServiceKey, weight: number): Known {
  const last = lastTime.get(server);
  // Under a group it has one for each address, and the keys are made anew.
  const known = last?.key === key ? last : undefined;
  if (known?.destination.weight === weight) return known;
  const { uthreshold: upperThreshold, lthreshold: lowerThreshold } = server;
  const destination = { ...(known?.destination ?? place(server, key)), weight, upperThreshold, lowerThreshold };
  const made = { key, id: known?.id ?? destinationId(destination), destination };
  lastTime.set(server, made);
  return made;
}

function* destinationsOf(vs: VirtualServer, pool: ServiceState, key: IpvsServiceKey): Iterable<Pick<Known, 'id' | 'destination'>> {
  const serves = pool.quorumUp || !vs.sorry_server;
  for (const [i, server] of vs.real_server.entries()) {
    const state = pool.servers[i];
    if (!state?.present) continue;
    const weight = serves && state.failed.size === 0 ? kernelWeight(server, state) : 0;
    yield destinationOf(server, key, weight);
  }
  if (!vs.sorry_server || !pool.sorryPresent) return;
  const sorry = place(vs.sorry_server, key);
  // A server that is both works as the one whose turn it is.
  if (pool.quorumUp && vs.real_server.some((s, i) => pool.servers[i]?.present && isSame(place(s, key), sorry))) return;
  const destination = { ...sorry, weight: pool.quorumUp ? 0 : sorryWeight, upperThreshold: 0, lowerThreshold: 0 };
  yield { id: destinationId(sorry), destination };
}

function isSame(a: IpvsDestinationKey, b: IpvsDestinationKey): boolean {
  return a.ip === b.ip && a.port === b.port;
}

/** Only NAT can change the port; what is tunnelled or routed arrives at that of the service, under a mark at any. */
export function place(server: { readonly ip: Ip; readonly port: number; readonly lvs_method: LvsMethod }, key: IpvsServiceKey) {
  const { method, type, port, checksum } = server.lvs_method;
  const servicePort = key.kind === 'fwmark' ? 0 : key.port;
  return {
    ip: server.ip,
    port: method === 'NAT' ? server.port || servicePort : servicePort,
    method,
    tunnel: method === 'TUN' ? { type, port: port ?? 0, checksum } : null,
  };
}
