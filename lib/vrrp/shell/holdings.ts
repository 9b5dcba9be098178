// SPDX-License-Identifier: MIT
// Configuration → the list of kernel objects that a virtual router holds while active, or the host all the time; in the
// order in which they are set: addresses, routes, rules (reference: VRRP document, section 11).

import type { Config, Route, Rule, VirtualAddress, VrrpInstance } from '../../config/model.ts';
import { addressText, routeText, ruleText } from '../../config/policy-text.ts';
import type { Log } from '../../ports/log.ts';
import { addressObject, type KernelObject, routeObject, ruleObject } from './kernel-objects.ts';
import type { NetworkView } from './network-view.ts';
import { addressSpecOf, heldAddresses, interfaceOf } from './settings.ts';

export type Statics = Pick<Config, 'static_ipaddress' | 'static_routes' | 'static_rules'>;

export function instanceObjects(config: VrrpInstance, view: NetworkView, log: Log): KernelObject[] {
  return [
    ...heldAddresses(config).flatMap((a) => {
      const name = interfaceOf(config, a);
      const spec = addressSpecOf(config, a, view);
      if (spec) return addressObject(spec, a, `${a.ip}/${a.prefixLength} dev ${name ?? '?'}`);
      log.info(`Not adding address ${a.ip} to ${name ?? '?'} since interface doesn't exist`);
      return [];
    }),
    ...policies(config.virtual_routes, config.virtual_rules, view, log),
  ];
}

/** Quiet: what waits for its interface comes when that does. */
export function staticObjects(statics: Statics, view: NetworkView): KernelObject[] {
  return [
    ...statics.static_ipaddress.flatMap((a) => {
      const spec = addressSpecOf({ interface: null }, { ...a, made: null }, view);
      return spec ? addressObject(spec, a, addressText(a, a.dev, a.track_group)) : [];
    }),
    ...policies(statics.static_routes, statics.static_rules, view, null),
  ];
}

function policies(routes: readonly Route[], rules: readonly Rule[], view: NetworkView, log: Log | null): KernelObject[] {
  return [
    ...routes.flatMap((route) => {
      const text = routeText(route);
      const object = routeObject(route, text, view);
      if (typeof object !== 'string') return object;
      log?.info(`Not adding route ${text} since interface ${object} doesn't exist`);
      return [];
    }),
    ...rules.map((rule) => ruleObject(rule, ruleText(rule))),
  ];
}

/** Interfaces that objects stand on and are to be watched with them. */
export function devicesOf(
  addresses: readonly Pick<VirtualAddress, 'no_track' | 'dev'>[],
  routes: readonly Route[],
  rules: readonly Rule[],
): readonly string[] {
  return [
    ...addresses.flatMap((a) => (a.no_track ? [] : a.dev)),
    ...routes.flatMap((r) => (r.no_track ? [] : r.hops.map((h) => h.dev))),
    ...rules.flatMap((r) => (r.no_track ? [] : [r.iif, r.oif])),
  ].filter((name) => name !== null);
}

/** Interfaces of the static objects that name a track_group with this member. */
export function trackedStaticDevices(config: Config, instance: string): readonly string[] {
  const groups = new Set(config.track_group.filter((g) => g.group.includes(instance)).map((g) => g.name));
  const mine = <T extends { readonly track_group: string | null }>(list: readonly T[]): T[] =>
    list.filter((o) => o.track_group !== null && groups.has(o.track_group));
  return groups.size === 0 ? [] : devicesOf(mine(config.static_ipaddress), mine(config.static_routes), mine(config.static_rules));
}
