// SPDX-License-Identifier: MIT
// Which instances of which nodes form one virtual router. Files do not say so: addresses in common tell most, then the
// name, then the VRID, which may be the very mistake that we are looking for.

import type { Ip } from '../../base/address.ts';
import type { Member, Node } from './nodes.ts';
import { isUnicast, writtenSource } from './nodes.ts';

/** A virtual router: at most one member per node, in the order of the nodes. */
export interface Router {
  readonly name: string;
  readonly members: readonly Member[];
}

interface Pair {
  readonly a: Member;
  readonly b: Member;
  readonly likeness: number;
}

/** Every instance is in exactly one router. */
export function findRouters(nodes: readonly Node[]): Router[] {
  const members = nodes.flatMap((node) =>
    node.config.vrrp_instance.map((instance): Member => ({ node, instance, source: writtenSource(instance) })),
  );
  const groupOf = new Map(members.map((m) => [m, new Set([m])]));
  const pairs = members.flatMap((a, i) => members.slice(i + 1).flatMap((b): Pair[] => pairOf(a, b)));
  // The surest pairs first; the sort keeps reading order among equals.
  for (const { a, b } of pairs.sort((x, y) => y.likeness - x.likeness)) {
    const [one, other] = [groupOf.get(a), groupOf.get(b)];
    if (!one || !other || one === other || shareNode(one, other)) continue;
    for (const m of other) {
      one.add(m);
      groupOf.set(m, one);
    }
  }
  const groups = [...new Set(groupOf.values())].map((group) => members.filter((m) => group.has(m)));
  return named(groups.map(withInferredSources));
}

function pairOf(a: Member, b: Member): Pair[] {
  if (a.node === b.node) return [];
  const sharesAddress = a.instance.virtual_ipaddress.some((x) => b.instance.virtual_ipaddress.some((y) => x.ip === y.ip));
  const sameName = a.instance.name === b.instance.name;
  if (!sharesAddress && !sameName) return [];
  const sameVrid = a.instance.virtual_router_id === b.instance.virtual_router_id;
  const sameFamily = a.instance.family === b.instance.family;
  return [{ a, b, likeness: (sharesAddress ? 8 : 0) + (sameFamily ? 4 : 0) + (sameName ? 2 : 0) + (sameVrid ? 1 : 0) }];
}

function shareNode(one: ReadonlySet<Member>, other: ReadonlySet<Member>): boolean {
  return [...one].some((a) => [...other].some((b) => a.node === b.node));
}

/** Of two unicast routers each knows the other's address. */
function withInferredSources(members: readonly Member[]): Member[] {
  const [a, b] = members;
  if (!a || !b || members.length > 2) return [...members];
  const told = (by: Member, of: Member): Ip | null =>
    isUnicast(by.instance) && by.instance.unicast_peer.length === 1 ? (by.instance.unicast_peer[0]?.ip ?? null) : of.source;
  const inferred = [
    { ...a, source: a.source ?? told(b, a) },
    { ...b, source: b.source ?? told(a, b) },
  ];
  // A copied file names the same peer on both nodes: one of them is wrong, and we cannot know which.
  return inferred[0]?.source === inferred[1]?.source ? [...members] : inferred;
}

/** By the name that the members have in common, made unique by the VRID. */
function named(groups: readonly (readonly Member[])[]): Router[] {
  const plain = groups.map((members) => [...new Set(members.map((m) => m.instance.name))].join('/'));
  return groups.map((members, i) => {
    const name = plain[i] ?? '';
    const alone = plain.indexOf(name) === plain.lastIndexOf(name);
    return {
      name: alone ? name : `${name} (VRID ${members[0]?.instance.virtual_router_id} on ${members.map((m) => m.node.name).join(', ')})`,
      members,
    };
  });
}
