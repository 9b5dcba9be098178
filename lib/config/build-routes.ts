// SPDX-License-Identifier: MIT
// Entries of virtual_routes and static_routes → Route: names become numbers, the old `or` becomes a next hop, times become
// the kernel's units.

import { type Family, type Ip, ip } from '../base/address.ts';
import { repaired } from './build-context.ts';
import type { Names, NameTable } from './iproute-names.ts';
import type { Setting } from './keyword.ts';
import type { Position } from './model.ts';
import { parseCNumber } from './numbers.ts';
import { deviceIsThere, type PolicyContext, trackGroupOf } from './policy-context.ts';
import type { Encap, MetricName, Prefix, Route, RouteHop, RouteMetric } from './policy-model.ts';
import type { RouteEntry } from './routes.ts';

export const routeTypes: Readonly<Record<string, number>> = {
  unicast: 1,
  local: 2,
  broadcast: 3,
  anycast: 4,
  multicast: 5,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
  throw: 9,
  nat: 10,
  xresolve: 11,
};
const preferences: Readonly<Record<string, number>> = { medium: 0, high: 1, low: 3 };
const mainTable = 254;

/** Least and greatest of rtt, rttvar and rto_min, in ms. */
const shortest = 200;
const longest = 120_000;
/** Units of the kernel in one ms; also what a bare number is in. */
const perMillisecond = { rtt: 8, rttvar: 4, rto_min: 1 } as const;

const whole: readonly MetricName[] = [
  'mtu',
  'window',
  'ssthresh',
  'cwnd',
  'advmss',
  'reordering',
  'hoplimit',
  'initcwnd',
  'initrwnd',
  'quickack',
  'fastopen_no_cookie',
];

/** What a `statics` route may have besides. Entries that cannot be used are reported and left out. */
export function buildRoutes(entries: readonly Setting<RouteEntry>[], policy: PolicyContext): Route[] {
  return entries.flatMap(({ value, place }) => buildRoute(value, place, policy) ?? []);
}

function buildRoute(entry: RouteEntry, place: Position, policy: PolicyContext): Route | null {
  const { options: o } = entry;
  const { context } = policy;
  const look = lookUpIn(policy.names);
  const drop = (message: string, word: string) => {
    repaired(context, place, 'route-option-invalid', message, { scope: 'child', word });
    return null;
  };
  const table = look('rt_tables', o.table) ?? (o.table === undefined ? mainTable : null);
  if (table === null) return drop(`Routing table ${o.table} not found for route`, o.table ?? '');
  const scope = look('rt_scopes', o.scope ?? '0', 255);
  if (scope === null) return drop(`Scope ${o.scope} not found or invalid for route`, o.scope ?? '');
  const named = look('rt_protos', o.protocol ?? '18', 255);
  if (named === null) return drop(`Protocol ${o.protocol} not found or invalid for route`, o.protocol ?? '');
  const tos = look('rt_dsfield', o.tos ?? '0', 255);
  if (tos === null) return drop(`TOS value ${o.tos} is invalid`, o.tos ?? '');
  const own = realmsOf(o.realms, policy.names);
  if (own === undefined) return drop(`Invalid realms ${o.realms} for route`, o.realms ?? '');
  const pref = o.pref === undefined ? null : (preferences[o.pref] ?? (/^[0-9]+$/.test(o.pref) ? Number(o.pref) : undefined));
  if (pref === undefined) return drop(`Invalid pref ${o.pref} for route`, o.pref ?? '');
  if (o.vrf !== undefined && context.interfaces && !policy.dynamic && !context.interfaces.has(o.vrf))
    return drop(`VRF ${o.vrf} not found for route`, o.vrf);
  for (const dev of [o.dev, ...entry.nexthops.map((h) => h.options.dev)]) {
    if (dev !== undefined && !deviceIsThere(dev, `interface ${dev} for VROUTE nexthop`, place, policy)) return null;
  }
  const hops = hopsOf(entry, own, policy.names);
  if (hops === null) return drop('Invalid realms for nexthop', '');
  const type = routeTypes[entry.type] ?? Number(entry.type);
  const no_track = o.no_track !== undefined;
  return {
    family: entry.family,
    type,
    destination: prefixOf(entry.destination, entry.family),
    from: o.from === undefined ? null : prefixOf(o.from, entry.family),
    src: (o.src as Ip | undefined) ?? null,
    tos,
    table,
    vrf: o.vrf ?? null,
    protocol: o.protocol === undefined && no_track ? null : named,
    scope,
    metric: numberOf(o.metric),
    expires: numberOf(o.expires),
    pref,
    ttl_propagate: o['ttl-propagate'] === undefined ? null : o['ttl-propagate'] === 'enabled',
    metrics: metricsOf(entry),
    congctl: o.congctl === undefined ? null : { name: o.congctl, lock: entry.locked.includes('congctl') },
    hops,
    mode: modeOf(entry, type),
    no_track,
    track_group: trackGroupOf(o.track_group, { kind: 'route', no_track, device: o.dev ?? null }, place, policy),
    position: place,
  };
}

/** The last word wins; keepalived adds routes that lead nowhere, and other special ones, only when there is none. */
function modeOf({ options: o }: RouteEntry, type: number): Route['mode'] {
  const written = Object.keys(o).filter((word) => word === 'add' || word === 'append' || word === 'prepend');
  return (written.at(-1) as Route['mode'] | undefined) ?? (type === routeTypes.unicast ? 'prepend' : 'add');
}

function hopsOf(entry: RouteEntry, realms: number | null, names: Names): RouteHop[] | null {
  const { options: o } = entry;
  const base = { weight: 1, onlink: o.onlink !== undefined, encap: encapOf(entry.encap, names) };
  if (o.or !== undefined) {
    const dev = o.dev ?? null;
    return [o.via, o.or].map((via) => ({ ...base, realms, dev, via: (via as Ip | undefined) ?? null }));
  }
  if (entry.nexthops.length > 0) {
    const hops = entry.nexthops.map((h) => ({
      via: (h.options.via as Ip | undefined) ?? null,
      dev: h.options.dev ?? null,
      weight: Number(h.options.weight ?? 1),
      onlink: h.options.onlink !== undefined,
      realms: realmsOf(h.options.realms, names),
      encap: encapOf(h.encap, names),
    }));
    return hops.some((h) => h.realms === undefined) ? null : (hops as RouteHop[]);
  }
  if (o.via === undefined && o.dev === undefined && realms === null && base.encap === null && !base.onlink) return [];
  return [{ ...base, realms, dev: o.dev ?? null, via: (o.via as Ip | undefined) ?? null }];
}

function encapOf(words: readonly string[], names: Names): Encap | null {
  const [tunnel, first = ''] = words;
  const none = { labels: [], id: null, destination: null, source: null, tos: null, ttl: null, flags: null, locator: null };
  if (tunnel === 'mpls') return { ...none, tunnel, labels: first.split('/').map((label) => parseCNumber(label) ?? 0) };
  if (tunnel === 'ila')
    return {
      ...none,
      tunnel,
      locator: first
        .split(':')
        .map((g) => g.padStart(4, '0'))
        .join(''),
    };
  if (tunnel !== 'ip' && tunnel !== 'ip6') return null;
  const value = (...keys: string[]): string | undefined => {
    const at = words.findIndex((word, i) => i % 2 === 1 && keys.includes(word));
    return at < 0 ? undefined : words[at + 1];
  };
  return {
    ...none,
    tunnel,
    id: value('id') ?? null,
    destination: (value('dst') as Ip | undefined) ?? null,
    source: (value('src') as Ip | undefined) ?? null,
    tos: lookUpIn(names)('rt_dsfield', value('tos', 'tc'), 255),
    ttl: numberOf(value('ttl', 'hoplimit')),
    flags: numberOf(value('flags')),
  };
}

function metricsOf({ options: o, locked }: RouteEntry): RouteMetric[] {
  const list: RouteMetric[] = [];
  const put = (name: MetricName, value: number) => list.push({ name, value, lock: locked.includes(name) });
  for (const name of ['rtt', 'rttvar', 'rto_min'] as const) {
    const text = o[name];
    if (text !== undefined) put(name, inKernelUnits(text, perMillisecond[name]));
  }
  // RTAX_FEATURE_ECN
  if (o.features !== undefined) put('features', 1);
  for (const name of whole) {
    const text = o[name];
    if (text !== undefined) put(name, Number(text));
  }
  return list;
}

/** Bare numbers are in kernel units, `perMs` of which are a millisecond. */
function inKernelUnits(text: string, perMs: number): number {
  const unit = /[a-z]+$/.exec(text)?.[0];
  const value = Number.parseFloat(text);
  const units = unit === undefined ? value : value * (unit === 'ms' ? 1 : 1000) * perMs;
  return Math.round(Math.min(longest * perMs, Math.max(shortest * perMs, units)));
}

/** null: none written; undefined: unknown. */
export function realmsOf(text: string | undefined, names: Names): number | null | undefined {
  if (text === undefined) return null;
  const parts = text.split('/').map((part) => lookUpIn(names)('rt_realms', part, 255));
  const to = parts.at(-1);
  const from = parts.length === 2 ? parts[0] : 0;
  return to === null || to === undefined || from === null || from === undefined ? undefined : from * 0x10000 + to;
}

/** Numbers as they are, names from the table; null: absent, unknown or above `max`. */
export function lookUpIn(names: Names): (table: NameTable, text: string | undefined, max?: number) => number | null {
  return (table, text, max = 0xffffffff) => {
    if (text === undefined) return null;
    const value = /^[0-9]+$/.test(text) ? Number(text) : names.lookUp(table, text);
    return value !== null && value <= max ? value : null;
  };
}

export function prefixOf(text: string, family: Family): Prefix {
  if (text === 'default' || text === 'all') return { address: ip(family === 4 ? '0.0.0.0' : '::'), length: 0 };
  const [address = '', length = ''] = text.split('/');
  return { address: address as Ip, length: Number(length) };
}

function numberOf(text: string | undefined): number | null {
  return text === undefined ? null : Number(text);
}
