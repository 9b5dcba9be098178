// SPDX-License-Identifier: MIT
// Which routes and rules are in the kernel, as far as is known: set when we ask for them, cleared when somebody takes
// them, and taken from the kernel itself when there may be news that it does not tell.

import type { KernelRoute, KernelRule } from '../../native/surface.ts';
import { hasAllWays, isRoute, type KernelObject, routePlace, rulePlace } from './kernel-objects.ts';

/** Only these are listed in a snapshot. */
const LISTED_PROTOCOL = 18;

export interface Presence {
  has(key: number, object: KernelObject): boolean;
  /** It is there, or was until a report that may be older than our last request: to be removed when it is no longer held. */
  mayBe(key: number, object: KernelObject): boolean;
  /** We asked for it. */
  note(key: number, object: KernelObject): void;
  /** The kernel says that it is gone. */
  lose(key: number, object: KernelObject): void;
  /** We removed it, or the kernel refused it. */
  forget(key: number, object: KernelObject): void;
  isRoute(object: KernelObject, route: KernelRoute): boolean;
  isRule(object: KernelObject, rule: KernelRule): boolean;
  /** Objects whose protocol is not listed keep what is known of them. */
  compare(held: ReadonlyMap<number, readonly KernelObject[]>, routes: readonly KernelRoute[], rules: readonly KernelRule[]): void;
}

export function createPresence(): Presence {
  const known = new Map<string, 'there' | 'lost'>();
  const name = (key: number, { id }: KernelObject): string => `${key} ${id}`;
  const note = (key: number, object: KernelObject): void => void known.set(name(key, object), 'there');
  const lose = (key: number, object: KernelObject): void => {
    if (known.has(name(key, object))) known.set(name(key, object), 'lost');
  };
  return {
    has: (key, object) => known.get(name(key, object)) === 'there',
    mayBe: (key, object) => known.has(name(key, object)),
    note,
    lose,
    forget: (key, object) => void known.delete(name(key, object)),
    isRoute: (object, route) => object.kind === 'route' && isRoute(object, route),
    isRule: (object, rule) => object.kind === 'rule' && object.place === rulePlace(rule),
    compare(held, routes, rules) {
      const ways = new Map<string, KernelRoute['hops'][number][]>();
      for (const r of routes) ways.set(routePlace(r), [...(ways.get(routePlace(r)) ?? []), ...r.hops]);
      const rulePlaces = new Set(rules.map(rulePlace));
      for (const [key, objects] of held) {
        for (const o of objects) {
          if (o.kind === 'address' || o.spec.protocol !== LISTED_PROTOCOL) continue;
          const there = ways.get(o.place);
          const isThere = o.kind === 'rule' ? rulePlaces.has(o.place) : there !== undefined && hasAllWays(o, there);
          if (isThere) note(key, o);
          else lose(key, o);
        }
      }
    },
  };
}
