// SPDX-License-Identifier: MIT
// Routes and policy rules as configured: names looked up, defaults applied. Part of model.ts; plain frozen JSON data.

import type { Family, Ip } from '../base/address.ts';
import type { Position, VirtualAddress } from './model.ts';

export interface Prefix {
  readonly address: Ip;
  readonly length: number;
}

/** A lightweight tunnel; null: left to the kernel. */
export interface Encap {
  readonly tunnel: 'mpls' | 'ip' | 'ip6' | 'ila';
  /** mpls: outermost first. */
  readonly labels: readonly number[];
  /** 64 bits, decimal. */
  readonly id: string | null;
  readonly destination: Ip | null;
  readonly source: Ip | null;
  readonly tos: number | null;
  readonly ttl: number | null;
  readonly flags: number | null;
  /** ila: 16 hexadecimal digits. */
  readonly locator: string | null;
}

export interface RouteHop {
  readonly via: Ip | null;
  readonly dev: string | null;
  /** 1..256 */
  readonly weight: number;
  readonly onlink: boolean;
  /** FROM in the upper 16 bits, TO in the lower ones. */
  readonly realms: number | null;
  readonly encap: Encap | null;
}

export type MetricName =
  | 'rtt'
  | 'rttvar'
  | 'rto_min'
  | 'features'
  | 'mtu'
  | 'window'
  | 'ssthresh'
  | 'cwnd'
  | 'advmss'
  | 'reordering'
  | 'hoplimit'
  | 'initcwnd'
  | 'initrwnd'
  | 'quickack'
  | 'fastopen_no_cookie';

/** In the kernel's units: rtt 1/8 ms, rttvar 1/4 ms, rto_min ms. */
export interface RouteMetric {
  readonly name: MetricName;
  readonly value: number;
  readonly lock: boolean;
}

export interface Route {
  readonly family: Family;
  /** RTN_* */
  readonly type: number;
  readonly destination: Prefix;
  readonly from: Prefix | null;
  readonly src: Ip | null;
  readonly tos: number;
  readonly table: number;
  /** Takes the place of `table`: that of this device. */
  readonly vrf: string | null;
  /** null: not tracked and not set, the kernel gets 18. */
  readonly protocol: number | null;
  readonly scope: number;
  readonly metric: number | null;
  /** Seconds. */
  readonly expires: number | null;
  /** 0 medium, 1 high, 3 low. */
  readonly pref: number | null;
  readonly ttl_propagate: boolean | null;
  readonly metrics: readonly RouteMetric[];
  readonly congctl: { readonly name: string; readonly lock: boolean } | null;
  /** None: blackhole and the like. One: the route's own way. More: multipath. */
  readonly hops: readonly RouteHop[];
  readonly mode: 'prepend' | 'add' | 'append';
  readonly no_track: boolean;
  readonly track_group: string | null;
  readonly position: Position;
}

export type RuleAction = 'table' | 'goto' | 'nop' | 'blackhole' | 'unreachable' | 'prohibit' | 'l3mdev';

export interface Rule {
  readonly family: Family;
  readonly action: RuleAction;
  readonly not: boolean;
  /** null: not written. Length 0: any, written. */
  readonly from: Prefix | null;
  readonly to: Prefix | null;
  /** 0 unless the action is a lookup. */
  readonly table: number;
  readonly goto: number | null;
  readonly preference: number;
  readonly tos: number;
  readonly fwmark: { readonly mark: number; readonly mask: number | null } | null;
  readonly realms: number | null;
  readonly suppress_prefixlength: number | null;
  readonly suppress_ifgroup: number | null;
  readonly iif: string | null;
  readonly oif: string | null;
  /** 64 bits, decimal. */
  readonly tunnel_id: string | null;
  readonly uidrange: readonly [number, number] | null;
  readonly ipproto: number | null;
  readonly sport: readonly [number, number] | null;
  readonly dport: readonly [number, number] | null;
  /** null: not tracked and not set. */
  readonly protocol: number | null;
  readonly no_track: boolean;
  readonly track_group: string | null;
  readonly position: Position;
}

/** `dev` is never null. */
export interface StaticAddress extends Omit<VirtualAddress, 'made'> {
  readonly track_group: string | null;
}

/** Instances that depend on static objects. */
export interface TrackGroup {
  readonly name: string;
  readonly position: Position;
  readonly group: readonly string[];
}
