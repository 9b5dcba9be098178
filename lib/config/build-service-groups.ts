// SPDX-License-Identifier: MIT
// virtual_server_group → what its virtual servers stand for (reference/lvs-and-checkers.md section 5).

import { type Family, type Ip, ipBytes, ipFamily, ipFromBytes, parseIp } from '../base/address.ts';
import { type BuildContext, repaired } from './build-context.ts';
import type { NamedList } from './keyword.ts';
import type { ServiceRange } from './lvs-args.ts';
import type { GroupEntry, VirtualServerGroup } from './model-lvs.ts';

/** Usable groups in the order of the file; the others are reported and left out. */
export function buildServiceGroups(lists: readonly NamedList<ServiceRange>[], context: BuildContext): VirtualServerGroup[] {
  return lists.flatMap((list) => {
    const entries = list.entries.flatMap(({ value }) => entryOf(value.words) ?? []);
    const refuse = (code: string, message: string): [] => {
      repaired(context, list.place, code, message, { scope: 'child', word: list.name });
      return [];
    };
    if (entries.length === 0) return refuse('server-group-empty', `virtual server group ${list.name} has no entries - removing`);
    const families = new Set(entries.flatMap((e) => (e.kind === 'addresses' ? [ipFamily(e.first)] : (e.family ?? []))));
    if (families.size > 1 && entries.some((e) => e.kind === 'fwmark' && e.family === null)) {
      const message = `virtual server group ${list.name} cannot have IPv4, IPv6 and fwmark without family - removing`;
      return refuse('server-group-mixed', message);
    }
    return [{ name: list.name, position: list.place, entries }];
  });
}

/** Families that a group has entries for; none of them: it has only marks that take any. */
export function familiesOf(group: VirtualServerGroup): ReadonlySet<Family> {
  return new Set(group.entries.flatMap((e) => (e.kind === 'addresses' ? [ipFamily(e.first)] : (e.family ?? []))));
}

/** null for what lvs-args.ts has refused already. */
function entryOf([first = '', second, third]: readonly string[]): GroupEntry | null {
  if (first === 'fwmark') return { kind: 'fwmark', mark: Number(second), family: third === 'inet' ? 4 : third === 'inet6' ? 6 : null };
  const port = second === undefined ? 0 : Number(second);
  const [start = '', end] = first.split(/[-/]/, 2);
  const from = parseIp(start);
  if (!from.ok) return null;
  const last = end === undefined ? from.value : lastOf(from.value, end, first.includes('/'));
  return last && { kind: 'addresses', first: from.value, last, port };
}

function lastOf(from: Ip, end: string, isPrefix: boolean): Ip | null {
  const bytes = Uint8Array.from(ipBytes(from));
  if (isPrefix) {
    for (let bit = Number(end); bit < bytes.length * 8; bit++) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
    return ipFromBytes(bytes);
  }
  const full = parseIp(end);
  if (full.ok) return full.value;
  if (bytes.length === 4) bytes[3] = Number(end);
  else {
    const low = Number.parseInt(end, 16);
    bytes[14] = low >> 8;
    bytes[15] = low & 0xff;
  }
  return ipFromBytes(bytes);
}
