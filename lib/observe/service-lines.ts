// SPDX-License-Identifier: MIT
// `LVS Topology` of the checker's dump: groups, virtual servers and real servers with what they are now. What virtual servers
// only hand down to their real servers (times, alpha, default forwarding) stands at those.

import { ipFamily } from '../base/address.ts';
import type { GroupEntry, LvsMethod, VirtualServer, VirtualServerGroup } from '../config/model-lvs.ts';
import type { CheckersView, PoolView } from '../ports/checkers.ts';
import { scriptText } from './words.ts';

const is = (value: boolean): string => (value ? 'ON' : 'OFF');
const enabled = (value: boolean): string => (value ? 'enabled' : 'disabled');
const yesNo = (value: boolean): string => (value ? 'yes' : 'no');

export function serviceLines(view: CheckersView): string[] {
  const { virtual_server_group: groups } = view.config;
  if (view.pools.length === 0 && groups.length === 0) return [];
  return ['------< LVS Topology >------', ...groups.flatMap((group) => groupLines(group, view)), ...view.pools.flatMap(poolLines)];
}

function groupLines(group: VirtualServerGroup, view: CheckersView): string[] {
  const families = new Set(group.entries.flatMap((e) => (e.kind === 'addresses' ? [ipFamily(e.first)] : (e.family ?? []))));
  const users = view.config.virtual_server.map((vs) => vs.key).filter((key) => key.kind === 'group' && key.group === group.name);
  const using = (find: (key: Extract<VirtualServer['key'], { kind: 'group' }>) => boolean) =>
    users.filter((key) => key.kind === 'group' && find(key)).length;
  const alive = (entry: GroupEntry) => {
    if (entry.kind === 'fwmark') return `${using((k) => k.family === 4)} IPv4, ${using((k) => k.family === 6)} IPv6`;
    const family = ipFamily(entry.first);
    const count = (protocol: string) => using((k) => k.protocol === protocol && k.family === family);
    return `${count('TCP')} tcp, ${count('UDP')} udp, ${count('SCTP')} sctp`;
  };
  return [
    ' ------< Virtual server group >------',
    ` Virtual Server Group = ${group.name}, IPv4 = ${yesNo(families.has(4))}, IPv6 = ${yesNo(families.has(6))}`,
    ...group.entries.flatMap((entry) => [`   ${entryText(entry)}`, `     Alive: ${alive(entry)}`]),
  ];
}

function entryText(entry: GroupEntry): string {
  if (entry.kind === 'fwmark') return `FWMARK = ${entry.mark}`;
  const range = entry.first === entry.last ? `VIP = ${entry.first}` : `VIP Range = ${entry.first}-${entry.last}`;
  return `${range}, VPORT = ${entry.port}`;
}

function poolLines(pool: PoolView): string[] {
  const { config: vs } = pool;
  const { key, persistence, sorry_server: sorry } = vs;
  const family = key.kind === 'address' ? ipFamily(key.ip) : key.family;
  return [
    ' ------< Virtual server >------',
    ` ${headText(vs)}`,
    ...(vs.snmp_name === null ? [] : [`   SNMP name = '${vs.snmp_name}'`]),
    `   Address family = inet${family === 6 ? '6' : ''}`,
    `   lvs_sched = ${vs.lvs_sched}`,
    ...flagLines(vs),
    `   One packet scheduling = ${enabled(vs.ops)}`,
    ...(persistence
      ? [
          `   persistence timeout = ${persistence.timeout}`,
          ...(persistence.engine === null ? [] : [`   persistence engine = ${persistence.engine}`]),
          ...(persistence.granularity === null ? [] : [`   persistence granularity = ${persistence.granularity}`]),
        ]
      : []),
    `   protocol = ${key.kind === 'fwmark' ? 'none' : key.protocol}`,
    `   omega is ${is(vs.omega)}`,
    `   quorum = ${vs.quorum}, hysteresis = ${vs.hysteresis}`,
    ...(vs.quorum_up ? [`   Quorum up notify script = ${scriptText(vs.quorum_up)}`] : []),
    ...(vs.quorum_down ? [`   Quorum down notify script = ${scriptText(vs.quorum_down)}`] : []),
    ...(vs.ha_suspend ? [`   Using HA suspend${pool.suspended ? ', suspended' : ''}`] : []),
    `   Using smtp notification = ${yesNo(vs.smtp_alert)}`,
    ...(sorry
      ? [
          `   sorry server = [${sorry.ip}]:${key.kind === 'fwmark' ? 'none' : key.protocol.toLowerCase()}:${sorry.port}`,
          `     forwarding method = ${methodText(sorry.lvs_method)}`,
          `     Inhibit on failure is ${is(sorry.inhibit)}`,
        ]
      : []),
    '   alive = 1',
    `   quorum_state_up = ${Number(pool.quorumUp)}`,
    ...pool.servers.flatMap((_, i) => serverLines(pool, i)),
  ];
}

function headText({ key }: VirtualServer): string {
  switch (key.kind) {
    case 'address':
      return `VS VIP = ${key.ip}, VPORT = ${key.port}`;
    case 'fwmark':
      return `VS FWMARK = ${key.mark}`;
    case 'group':
      return `VS GROUP = [${key.group}]:${key.index}`;
  }
}

/** Of the hashing schedulers by their own names. */
function flagLines({ lvs_sched: name, flags }: VirtualServer): string[] {
  if (name === 'sh' || name === 'mh')
    return [`   ${name}-port = ${enabled(flags['sched-2'])}`, `   ${name}-fallback = ${enabled(flags['sched-1'])}`];
  return ([1, 2, 3] as const).map((n) => `   flag-${n} = ${enabled(flags[`sched-${n}`])}`);
}

function serverLines({ config, servers }: PoolView, i: number): string[] {
  const rs = config.real_server[i];
  const now = servers[i];
  if (!rs || !now) return [];
  return [
    '   ------< Real server >------',
    `   RIP = ${rs.ip}, RPORT = ${rs.port}, WEIGHT = ${rs.weight} EFF WEIGHT = ${now.weight}`,
    `   forwarding method = ${methodText(rs.lvs_method)}`,
    `   connection limit range = ${rs.lthreshold} -> ${rs.uthreshold}`,
    `   Inhibit on failure is ${is(rs.inhibit_on_failure)}`,
    ...(rs.notify_up ? [`     RS up notify script = ${scriptText(rs.notify_up)}`] : []),
    ...(rs.notify_down ? [`     RS down notify script = ${scriptText(rs.notify_down)}`] : []),
    ...(rs.snmp_name === null ? [] : [`   SNMP name = ${rs.snmp_name}`]),
    `   Using smtp notification = ${yesNo(rs.smtp_alert)}`,
    `   initial weight = ${rs.weight}`,
    `   effective weight = ${now.weight}`,
    `   alive = ${Number(now.up)}`,
    `   num failed checkers = ${now.checks.filter((check) => !check.up).length}`,
    `   RS set = ${Number(now.present)}`,
  ];
}

function methodText({ method, type, port, checksum }: LvsMethod): string {
  if (method !== 'TUN') return method;
  const sums = { nocsum: 'no checksum', csum: 'checksum', remcsum: 'remote checksum' };
  const options = type === 'ipip' ? '' : `${port === null ? '' : `, port = ${port}`}, ${sums[checksum]}`;
  return `TUN, type = ${type.toUpperCase()}${options}`;
}
