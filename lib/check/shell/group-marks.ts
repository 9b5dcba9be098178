// SPDX-License-Identifier: MIT
// nftables_ipvs: packets to the addresses of a group get a mark, and the kernel has one service for the mark instead of one for each
// address (reference/lvs-and-checkers.md section 5). Which marks, and the rules that set them. Pure.

import { type Ip, ipFamily } from '../../base/address.ts';
import type { Config } from '../../config/model.ts';
import type { GroupEntry, Transport, VirtualServerGroup } from '../../config/model-lvs.ts';

/** Group and protocol → mark. */
export type GroupMarks = ReadonlyMap<string, number>;

export const noMarks: GroupMarks = new Map();

export function markId(group: string, protocol: Transport): string {
  return `${protocol} ${group}`;
}

type Addresses = Extract<GroupEntry, { kind: 'addresses' }>;

const chain = 'in';
const transports: readonly Transport[] = ['TCP', 'UDP', 'SCTP'];
const largestMark = 0xffffffff;

/**
 * Groups keep the marks they have; others get the next free ones, in the order of virtual_server. A group with marks of its own is
 * left as it is, as keepalived does. `before`: those of the configuration before.
 */
export function allocateMarks(config: Config, before: GroupMarks): GroupMarks {
  const { nftables_ipvs, nftables_ipvs_start_fwmark } = config.global_defs;
  if (nftables_ipvs === null) return noMarks;
  const wanted = markedUsers(config);
  const marks = new Map([...before].filter(([id]) => wanted.has(id)));
  const taken = new Set([...marks.values(), ...configuredMarks(config)]);
  let next = nftables_ipvs_start_fwmark;
  for (const id of wanted) {
    if (marks.has(id)) continue;
    while (taken.has(next)) next++;
    if (next > largestMark) break;
    marks.set(id, next++);
  }
  return marks;
}

function markedUsers({ virtual_server, virtual_server_group }: Config): ReadonlySet<string> {
  const groups = new Map(virtual_server_group.map((g) => [g.name, g]));
  const users = new Set<string>();
  for (const { key } of virtual_server) {
    const group = key.kind === 'group' && groups.get(key.group);
    if (key.kind === 'group' && group && group.entries.every((e) => e.kind === 'addresses')) users.add(markId(key.group, key.protocol));
  }
  return users;
}

function* configuredMarks({ virtual_server, virtual_server_group }: Config): Iterable<number> {
  for (const { key } of virtual_server) if (key.kind === 'fwmark') yield key.mark;
  for (const { entries } of virtual_server_group) for (const e of entries) if (e.kind === 'fwmark') yield e.mark;
}

/** Commands for nft that make the table what these marks need, and take away what it was before. */
export function markRules({ global_defs, virtual_server_group }: Config, marks: GroupMarks): string {
  const { nftables_ipvs: table, nftables_ipvs_priority: priority } = global_defs;
  if (table === null) return '';
  const groups = new Map(virtual_server_group.map((g) => [g.name, g]));
  return ([4, 6] as const)
    .map((family) => {
      const maps = transports.flatMap((transport) => mapOf(transport, family, marks, groups));
      return tableText(family === 4 ? 'ip' : 'ip6', table, priority, maps);
    })
    .join('');
}

/** Commands that leave no table. */
export function noRules(table: string): string {
  return (['ip', 'ip6'] as const).map((family) => cleared(family, table)).join('');
}

interface MarkMap {
  readonly transport: Lowercase<Transport>;
  readonly elements: readonly string[];
}

function mapOf(transport: Transport, family: 4 | 6, marks: GroupMarks, groups: ReadonlyMap<string, VirtualServerGroup>): MarkMap[] {
  const elements = [...groups.values()].flatMap(({ name, entries }) => {
    const mark = marks.get(markId(name, transport));
    if (mark === undefined) return [];
    return entries.flatMap((e) => (e.kind === 'addresses' && ipFamily(e.first) === family ? [`${placesText(e)} : ${mark}`] : []));
  });
  return elements.length === 0 ? [] : [{ transport: transport.toLowerCase() as MarkMap['transport'], elements: [...new Set(elements)] }];
}

/** Port 0 is every port. */
function placesText({ first, last, port }: Addresses): string {
  const range = (a: Ip | number, b: Ip | number) => (a === b ? String(a) : `${a}-${b}`);
  return `${range(first, last)} . ${port === 0 ? '0-65535' : port}`;
}

function tableText(family: 'ip' | 'ip6', table: string, priority: number, maps: readonly MarkMap[]): string {
  if (maps.length === 0) return cleared(family, table);
  const type = family === 'ip' ? 'ipv4_addr' : 'ipv6_addr';
  const sets = maps.map(
    ({ transport, elements }) =>
      `  map ${transport}_map { type ${type} . inet_service : mark; flags interval; elements = { ${elements.join(', ')} }\n  }\n`,
  );
  const rules = maps.map(
    ({ transport }) =>
      `    meta l4proto ${transport} meta mark set ${family} daddr . ${transport} dport map @${transport}_map counter return\n`,
  );
  const head = `    type filter hook input priority ${priority}; policy accept;\n`;
  return `${cleared(family, table)}table ${family} ${quoted(table)} {\n${sets.join('')}  chain ${chain} {\n${head}${rules.join('')}  }\n}\n`;
}

/** `add` first, so that `delete` finds it whether it was there or not. */
function cleared(family: string, table: string): string {
  return `add table ${family} ${quoted(table)}\ndelete table ${family} ${quoted(table)}\n`;
}

function quoted(word: string): string {
  return /^[A-Za-z_][A-Za-z0-9_./-]*$/.test(word) ? word : `"${word.replace(/["\\]/g, '')}"`;
}
