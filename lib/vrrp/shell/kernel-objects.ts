// SPDX-License-Identifier: MIT
// What a router or the host holds in the kernel, one value for each address, route and rule: how it is asked for, how it
// is recognised again, and what a log line calls it. The one place where configured routes and rules become the kernel's.

import { type Ip, ipBytes, ipFromBytes } from '../../base/address.ts';
import type { MetricName, Prefix, Route, Rule, RuleAction, VirtualAddress } from '../../config/model.ts';
import type { AddressSpec, HopSpec, KernelRoute, KernelRule, NativeAddon, PrefixSpec, RouteSpec, RuleSpec } from '../../native/surface.ts';
import type { NetworkView } from './network-view.ts';

interface Common {
  /** Tells it from everything else that can be in the kernel. */
  readonly id: string;
  /** Two routes or rules of one place fit the same packets. */
  readonly place: string;
  readonly text: string;
  /** Put back when somebody else removes it. */
  readonly tracked: boolean;
}
export type AddressObject = Common & { readonly kind: 'address'; readonly spec: AddressSpec };
export type RouteObject = Common & { readonly kind: 'route'; readonly spec: RouteSpec; readonly mode: Route['mode'] };
export type RuleObject = Common & { readonly kind: 'rule'; readonly spec: RuleSpec };
export type KernelObject = AddressObject | RouteObject | RuleObject;

/** renew: of addresses alone. */
export type Operation = 'add' | 'delete' | 'replace' | 'renew';

const KEEPALIVED_PROTOCOL = 18;
const DEFAULT_METRIC6 = 1024;
const RTAX_LOCK = 1;
const RTAX: Readonly<Record<MetricName, number>> = {
  mtu: 2,
  window: 3,
  rtt: 4,
  rttvar: 5,
  ssthresh: 6,
  cwnd: 7,
  advmss: 8,
  reordering: 9,
  hoplimit: 10,
  initcwnd: 11,
  features: 12,
  rto_min: 13,
  initrwnd: 14,
  quickack: 15,
  fastopen_no_cookie: 17,
};
const RTAX_CC_ALGO = 16;
const FR_ACT: Readonly<Record<RuleAction, number>> = {
  table: 1,
  l3mdev: 1,
  goto: 2,
  nop: 3,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
};

export function encode(native: NativeAddon, operation: Operation, object: KernelObject): Uint8Array {
  switch (object.kind) {
    case 'address':
      return native.encodeAddress(operation === 'replace' ? 'add' : operation, object.spec);
    case 'route':
      return native.encodeRoute(operation === 'delete' || operation === 'replace' ? operation : object.mode, object.spec);
    case 'rule':
      return native.encodeRule(operation === 'delete' ? 'delete' : 'add', object.spec);
  }
}

export function addressId(ifindex: number, address: string, prefixLength: number): string {
  return `${ifindex} ${address}/${prefixLength}`;
}

export function addressObject(spec: AddressSpec, { no_track }: Pick<VirtualAddress, 'no_track'>, text: string): AddressObject {
  const id = addressId(spec.ifindex, spec.address, spec.prefixLength);
  return { kind: 'address', id, place: id, text, spec, tracked: !no_track };
}

/** A string: the interface that is missing. */
export function routeObject(route: Route, text: string, view: NetworkView): RouteObject | string {
  const hops: HopSpec[] = [];
  for (const hop of route.hops) {
    const link = hop.dev === null ? undefined : view.byName(hop.dev);
    if (hop.dev !== null && !link) return hop.dev;
    const { weight, onlink, realms, encap } = hop;
    hops.push({ gateway: hop.via, ifindex: link?.ifindex ?? 0, weight, onlink, realms, encap });
  }
  const table = route.vrf === null ? route.table : (view.byName(route.vrf)?.vrfTable ?? 0);
  if (table === 0 && route.vrf !== null) return route.vrf;
  const locked = route.metrics.reduce(
    (bits, m) => (m.lock ? bits | (1 << RTAX[m.name]) : bits),
    route.congctl?.lock ? 1 << RTAX_CC_ALGO : 0,
  );
  const spec: RouteSpec = {
    family: route.family,
    type: route.type,
    protocol: route.protocol ?? KEEPALIVED_PROTOCOL,
    scope: route.scope,
    tos: route.tos,
    table,
    destination: route.destination,
    source: route.from,
    preferredSource: route.src,
    metric: route.metric,
    expires: route.expires,
    preference: route.pref,
    ttlPropagate: route.ttl_propagate,
    metrics: [...(locked === 0 ? [] : [[RTAX_LOCK, locked] as const]), ...route.metrics.map((m) => [RTAX[m.name], m.value] as const)],
    congestionControl: route.congctl?.name ?? '',
    hops,
  };
  const metric = spec.metric ?? (spec.family === 6 ? DEFAULT_METRIC6 : 0);
  const place = routePlace({ ...spec, metric, source: spec.source ?? anyOf(spec.family) });
  const ways = hops.map((h) => `${h.gateway} ${h.ifindex}`).join(' ');
  return { kind: 'route', id: `route ${place} ${ways}`, place, text, spec, mode: route.mode, tracked: !route.no_track };
}

export function ruleObject(rule: Rule, text: string): RuleObject {
  const any = (prefix: Prefix | null): Prefix | null => (prefix && prefix.length > 0 ? prefix : null);
  const spec: RuleSpec = {
    family: rule.family,
    action: FR_ACT[rule.action],
    invert: rule.not,
    tos: rule.tos,
    table: rule.table,
    preference: rule.preference,
    destination: any(rule.to),
    source: any(rule.from),
    input: rule.iif ?? '',
    output: rule.oif ?? '',
    protocol: rule.protocol,
    mark: rule.fwmark?.mark ?? null,
    mask: rule.fwmark?.mask ?? null,
    realms: rule.realms,
    suppressPrefixLength: rule.suppress_prefixlength,
    suppressGroup: rule.suppress_ifgroup,
    target: rule.goto,
    tunnel: rule.tunnel_id,
    l3mdev: rule.action === 'l3mdev',
    transport: rule.ipproto,
    users: rule.uidrange,
    sourcePorts: rule.sport,
    destinationPorts: rule.dport,
  };
  const { family } = spec;
  const place = rulePlace({
    ...spec,
    mark: spec.mark ?? 0,
    destination: spec.destination ?? anyOf(family),
    source: spec.source ?? anyOf(family),
  });
  return { kind: 'rule', id: `rule ${JSON.stringify(spec)}`, place, text, spec, tracked: !rule.no_track };
}

/** The kernel's route is this one, or a way of it. */
export function isRoute(object: RouteObject, route: KernelRoute): boolean {
  if (object.place !== routePlace(route)) return false;
  const { hops } = object.spec;
  return hops.length === 0 || hops.some((h) => route.hops.some((k) => sameWay(h, k)));
}

/** Every way of it is among these. */
export function hasAllWays({ spec: { hops } }: RouteObject, ways: KernelRoute['hops']): boolean {
  return hops.every((h) => ways.some((k) => sameWay(h, k)));
}

/** What was not asked for the kernel filled in. */
function sameWay(hop: HopSpec, kernel: KernelRoute['hops'][number]): boolean {
  return (hop.ifindex === 0 || hop.ifindex === kernel.ifindex) && (hop.gateway === null || hop.gateway === kernel.gateway);
}

export function routePlace(r: Pick<KernelRoute, 'family' | 'table' | 'type' | 'destination' | 'source' | 'tos' | 'metric'>): string {
  return `${r.family} ${r.table} ${r.type} ${network(r.destination)} ${network(r.source)} ${r.tos} ${r.metric}`;
}

export function rulePlace(
  r: Pick<KernelRule, 'family' | 'preference' | 'action' | 'table' | 'destination' | 'source' | 'tos' | 'mark' | 'input' | 'output'>,
): string {
  const [to, from] = [network(r.destination), network(r.source)];
  return `${r.family} ${r.preference} ${r.action} ${r.table} ${to} ${from} ${r.tos} ${r.mark} ${r.input} ${r.output}`;
}

function anyOf(family: 4 | 6): PrefixSpec {
  return { address: family === 4 ? '0.0.0.0' : '::', length: 0 };
}

/** The kernel clears the host bits of IPv6 prefixes. */
function network({ address, length }: PrefixSpec): string {
  const bytes = ipBytes(address as Ip).slice();
  if (length === bytes.length * 8) return `${address}/${length}`;
  for (const [i, byte] of bytes.entries()) bytes[i] = byte & (0xff00 >> Math.max(0, Math.min(8, length - i * 8)));
  return `${ipFromBytes(bytes)}/${length}`;
}
