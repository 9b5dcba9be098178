// SPDX-License-Identifier: MIT
// KEEPALIVED-MIB, group `vrrp`: addresses, routes, next hops and rules. Owner 0 is the configuration itself, with what is static
// (reference: snmp-objects.tsv).

import { type Family, type Ip, ip } from '../../base/address.ts';
import type { Encap, MetricName, Prefix, Route, RouteHop, Rule, RuleAction, StaticAddress, VirtualAddress } from '../../config/model.ts';
import type { InstanceView, VrrpView } from '../../ports/vrrp-view.ts';
import { type Column, numbered, table } from '../core/mib.ts';
import type { Oid } from '../core/oid.ts';
import { counter64, gauge, inetAddress, integer, text, truth, type Value } from '../core/value.ts';
import { vrrpRoot } from './instances.ts';
import { addressType, optionalAddress, optionalText, scope } from './words.ts';

type Shown<Row> = Record<number, (row: Row) => Value | null>;

/** Something with an owner that has set it in the kernel, or not. */
interface Held<T> {
  readonly what: T;
  readonly isSet: boolean;
}

export function policyColumns(view: VrrpView): Column[] {
  const ifindex = new Map(view.links.map((link) => [link.name, link.ifindex]));
  const indexOf = (dev: string | null): Value | null => {
    const number = dev === null ? undefined : ifindex.get(dev);
    return number === undefined ? null : integer(number);
  };
  const entry = (number: number): Oid => [...vrrpRoot, number, 1];
  const owned = <T>(fixed: readonly T[], of: (i: InstanceView) => readonly T[]): (readonly [Oid, Held<T>])[] => [
    ...numbered(
      fixed.map((what) => ({ what, isSet: true })),
      [0],
    ),
    ...view.instances.flatMap((i, at) =>
      numbered(
        of(i).map((what) => ({ what, isSet: i.state === 'MASTER' })),
        [at + 1],
      ),
    ),
  ];
  const routes = () => owned(view.config.static_routes, (i) => i.config.virtual_routes);
  return [
    ...table(entry(6), () => addresses(view), addressColumns(indexOf)),
    ...table(entry(7), routes, routeColumns(indexOf)),
    ...table(entry(8), () => owned(view.config.static_rules, (i) => i.config.virtual_rules), ruleColumns),
    ...table(
      entry(11),
      () => routes().flatMap(([index, { what }]) => (what.hops.length > 1 ? numbered(what.hops, index) : [])),
      hopColumns(indexOf),
    ),
  ];
}

interface AddressRow {
  readonly address: VirtualAddress | StaticAddress;
  readonly dev: string | null;
  readonly isSet: boolean;
  readonly advertised: boolean;
}

function addresses(view: VrrpView): (readonly [Oid, AddressRow])[] {
  const fixed = view.config.static_ipaddress.map((address, i) => ({
    address,
    dev: address.dev,
    isSet: view.staticsSet[i] ?? false,
    advertised: false,
  }));
  const ofInstance = ({ config, isSet }: InstanceView): AddressRow[] => {
    const base = config.use_vmac?.name ?? config.use_ipvlan?.name ?? config.interface;
    return [...config.virtual_ipaddress, ...config.virtual_ipaddress_excluded].map((address, i) => ({
      address,
      dev: address.made ?? address.dev ?? base,
      isSet: isSet[i] ?? false,
      advertised: i < config.virtual_ipaddress.length,
    }));
  };
  return [...numbered(fixed, [0]), ...view.instances.flatMap((i, at) => numbered(ofInstance(i), [at + 1]))];
}

type IndexOf = (dev: string | null) => Value | null;

function addressColumns(indexOf: IndexOf): Shown<AddressRow> {
  return {
    2: ({ address }) => addressType(address.ip),
    3: ({ address }) => inetAddress(address.ip),
    4: ({ address }) => (address.ip.includes(':') ? null : inetAddress(address.broadcast ?? ip('0.0.0.0'))),
    5: ({ address }) => gauge(address.prefixLength),
    6: ({ address }) => scope(address.scope),
    7: ({ dev }) => indexOf(dev),
    8: ({ dev }) => optionalText(dev),
    9: ({ address }) => optionalText(address.label),
    10: ({ isSet }) => truth(isSet),
    11: ({ advertised }) => truth(advertised),
    12: ({ address }) => optionalAddress(address.peer),
  };
}

/** RouteType by RTN_*; what has several ways is ecmp(2). */
const routeTypes = new Map([
  [1, 1],
  [3, 6],
  [4, 4],
  [5, 5],
  [6, 3],
  [7, 7],
  [8, 8],
  [9, 9],
  [10, 10],
  [11, 11],
]);

/** RTPROT_KEEPALIVED */
const ownProtocol = 18;
const mainTable = 254;

function routeColumns(indexOf: IndexOf): Shown<Held<Route>> {
  const single = ({ hops }: Route): RouteHop | null => (hops.length === 1 ? (hops[0] ?? null) : null);
  const hop = (show: (hop: RouteHop) => Value | null) => (row: Held<Route>) => {
    const only = single(row.what);
    return only && show(only);
  };
  const metric =
    (name: MetricName, unit = 1) =>
    ({ what }: Held<Route>) => {
      const found = what.metrics.find((m) => m.name === name);
      return found ? gauge(found.value / unit) : null;
    };
  const lock =
    (name: MetricName) =>
    ({ what }: Held<Route>) => {
      const found = what.metrics.find((m) => m.name === name);
      return found ? truth(found.lock) : null;
    };
  const has =
    (name: MetricName) =>
    ({ what }: Held<Route>) =>
      truth(what.metrics.some((m) => m.name === name && m.value !== 0));
  return {
    2: ({ what }) => addressType(what.destination.address),
    3: ({ what }) => inetAddress(what.destination.address),
    4: ({ what }) => gauge(what.destination.length),
    5: hop(({ via }) => optionalAddress(via)),
    7: ({ what }) => optionalAddress(what.src),
    8: ({ what }) => gauge(what.metric ?? 0),
    9: ({ what }) => scope(what.scope),
    10: ({ what }) => integer(what.hops.length > 1 ? 2 : (routeTypes.get(what.type) ?? 1)),
    11: hop(({ dev }) => indexOf(dev)),
    12: hop(({ dev }) => optionalText(dev)),
    13: ({ what }) => gauge(what.table || mainTable),
    14: ({ isSet }) => truth(isSet),
    15: ({ what }) => what.from && inetAddress(what.from.address),
    16: ({ what }) => what.from && gauge(what.from.length),
    17: ({ what }) => (what.tos === 0 ? null : gauge(what.tos)),
    18: ({ what }) => integer((what.protocol ?? ownProtocol) + 1),
    19: has('features'),
    20: has('quickack'),
    21: ({ what }) => (what.expires === null ? null : integer(what.expires)),
    22: metric('mtu'),
    23: lock('mtu'),
    24: metric('hoplimit'),
    25: metric('advmss'),
    26: lock('advmss'),
    27: metric('rtt', 8),
    28: lock('rtt'),
    29: metric('rttvar', 4),
    30: lock('rttvar'),
    31: metric('reordering'),
    32: lock('reordering'),
    33: metric('window'),
    34: metric('cwnd'),
    35: lock('cwnd'),
    36: metric('ssthresh'),
    37: lock('ssthresh'),
    38: metric('rto_min'),
    39: lock('rto_min'),
    40: metric('initcwnd'),
    41: metric('initrwnd'),
    42: ({ what }) => what.congctl && text(what.congctl.name),
    43: ({ what }) => (what.pref === null ? null : integer({ 3: 1, 0: 2, 1: 3 }[what.pref] ?? 2)),
    ...mapColumns({ 44: realmTo, 45: realmFrom }, (of) => hop(({ realms }) => of(realms))),
    ...mapColumns(encapColumns(46), (of) => hop(({ encap }) => encap && of(encap))),
    55: ({ what }) => (what.metrics.some((m) => m.name === 'fastopen_no_cookie') ? has('fastopen_no_cookie')({ what, isSet: true }) : null),
  };
}

function hopColumns(indexOf: IndexOf): Shown<RouteHop> {
  return {
    2: ({ via }) => via && addressType(via),
    3: ({ via }) => optionalAddress(via),
    4: ({ dev }) => indexOf(dev),
    5: ({ dev }) => optionalText(dev),
    6: ({ weight }) => gauge(weight),
    7: ({ onlink }) => truth(onlink),
    8: ({ realms }) => realmTo(realms),
    9: ({ realms }) => realmFrom(realms),
    ...mapColumns(
      encapColumns(10),
      (of) =>
        ({ encap }: RouteHop) =>
          encap && of(encap),
    ),
  };
}

/** The nine objects of a lightweight tunnel, from this column on. */
function encapColumns(at: number): Shown<Encap> {
  const list: ((e: Encap) => Value | null)[] = [
    ({ tunnel }) => integer({ mpls: 1, ip: 2, ila: 3, ip6: 4 }[tunnel]),
    ({ labels }) => (labels.length > 0 ? text(labels.join('/')) : null),
    ({ id }) => (id === null ? null : counter64(BigInt(id))),
    ({ destination }) => optionalAddress(destination),
    ({ source }) => optionalAddress(source),
    ({ tos }) => (tos === null ? null : gauge(tos)),
    ({ ttl }) => (ttl === null ? null : gauge(ttl)),
    ({ flags }) => (flags === null ? null : gauge(flags)),
    ({ locator }) => (locator === null ? null : counter64(BigInt(`0x${locator}`))),
  ];
  return Object.fromEntries(list.map((show, i) => [at + i, show]));
}

function mapColumns<A, B>(columns: Record<number, A>, change: (show: A) => B): Record<number, B> {
  return Object.fromEntries(Object.entries(columns).map(([number, show]) => [Number(number), change(show)]));
}

function realmTo(realms: number | null): Value | null {
  return realms === null ? null : gauge(realms & 0xffff);
}

function realmFrom(realms: number | null): Value | null {
  return realms === null || realms >>> 16 === 0 ? null : gauge(realms >>> 16);
}

const ruleActions = { table: 1, goto: 2, nop: 3, blackhole: 6, unreachable: 7, prohibit: 8, l3mdev: 1 } as const satisfies Record<
  RuleAction,
  number
>;

const ruleColumns: Shown<Held<Rule>> = {
  2: ({ what: { from, to } }) => text(from && to ? 'both' : from ? 'from' : to ? 'to' : ''),
  ...prefixColumns(3, ({ to, from }) => to ?? from),
  6: ({ what }) => (what.action === 'table' ? gauge(what.table) : null),
  7: ({ isSet }) => truth(isSet),
  8: ({ what }) => truth(what.not),
  ...prefixColumns(9, ({ to }) => to),
  ...prefixColumns(12, ({ from }) => from),
  15: ({ what }) => gauge(what.tos),
  16: ({ what }) => what.fwmark && gauge(what.fwmark.mark),
  17: ({ what }) => (what.fwmark?.mask == null ? null : gauge(what.fwmark.mask)),
  18: ({ what }) => realmTo(what.realms),
  19: ({ what }) => realmFrom(what.realms),
  20: ({ what }) => optionalText(what.iif),
  21: ({ what }) => optionalText(what.oif),
  22: ({ what }) => (what.goto === null ? null : gauge(what.goto)),
  23: ({ what }) => integer(ruleActions[what.action]),
  24: ({ what }) => (what.action === 'table' ? gauge(what.table) : null),
  25: ({ what }) => gauge(what.preference),
  26: ({ what }) => (what.suppress_prefixlength === null ? null : gauge(what.suppress_prefixlength)),
  27: ({ what }) => (what.suppress_ifgroup === null ? null : text(String(what.suppress_ifgroup))),
  28: ({ what }) => (what.tunnel_id === null ? null : gauge(Number(BigInt(what.tunnel_id) >> 32n))),
  29: ({ what }) => (what.tunnel_id === null ? null : gauge(Number(BigInt(what.tunnel_id) & 0xffffffffn))),
  30: ({ what }) => what.uidrange && gauge(what.uidrange[0]),
  31: ({ what }) => what.uidrange && gauge(what.uidrange[1]),
  32: ({ what }) => (what.action === 'l3mdev' ? truth(true) : null),
  33: ({ what }) => (what.protocol === null ? null : integer(what.protocol + 1)),
  34: ({ what }) => (what.ipproto === null ? null : gauge(what.ipproto)),
  35: ({ what }) => what.sport && gauge(what.sport[0]),
  36: ({ what }) => what.sport && gauge(what.sport[1]),
  37: ({ what }) => what.dport && gauge(what.dport[0]),
  38: ({ what }) => what.dport && gauge(what.dport[1]),
};

/** Type, address and length of a prefix, from this column on. */
function prefixColumns(at: number, of: (rule: Rule) => Prefix | null): Shown<Held<Rule>> {
  const show =
    (value: (prefix: Prefix, family: Family) => Value) =>
    ({ what }: Held<Rule>) => {
      const prefix = of(what);
      return prefix && value(prefix, what.family);
    };
  const anywhere: Record<Family, Ip> = { 4: ip('0.0.0.0'), 6: ip('::') };
  return {
    [at]: show(({ address }) => addressType(address)),
    [at + 1]: show(({ address, length }, family) => inetAddress(length === 0 ? anywhere[family] : address)),
    [at + 2]: show(({ length }) => gauge(length)),
  };
}
