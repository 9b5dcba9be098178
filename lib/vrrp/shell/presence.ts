// Which routes and rules are in the kernel, as far as is known: set when we ask for them, cleared when somebody takes
// them, and taken from the kernel itself when there may be news that it does not tell.

import type { KernelRoute, KernelRule } from '../../native/surface.ts';
import { hasAllWays, isRoute, type KernelObject, routePlace, rulePlace } from './kernel-objects.ts';

/** Only these are listed in a snapshot. */
const LISTED_PROTOCOL = 18;

export interface Presence {
  has(key: number, object: KernelObject): boolean;
  set(key: number, object: KernelObject, present: boolean): void;
  isRoute(object: KernelObject, route: KernelRoute): boolean;
  isRule(object: KernelObject, rule: KernelRule): boolean;
  /** Objects whose protocol is not listed keep what is known of them. */
  compare(held: ReadonlyMap<number, readonly KernelObject[]>, routes: readonly KernelRoute[], rules: readonly KernelRule[]): void;
}

export function createPresence(): Presence {
  const present = new Set<string>();
  const name = (key: number, { id }: KernelObject): string => `${key} ${id}`;
  const set = (key: number, object: KernelObject, is: boolean): void => {
    if (is) present.add(name(key, object));
    else present.delete(name(key, object));
  };
  return {
    has: (key, object) => present.has(name(key, object)),
    set,
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
          set(key, o, o.kind === 'rule' ? rulePlaces.has(o.place) : there !== undefined && hasAllWays(o, there));
        }
      }
    },
  };
}
