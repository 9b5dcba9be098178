// SPDX-License-Identifier: MIT
// Routes and policy rules across the addon's border. Part of surface.ts.

export interface PrefixSpec {
  readonly address: string;
  readonly length: number;
}

/** A lightweight tunnel; null: left to the kernel. */
export interface EncapSpec {
  readonly tunnel: 'mpls' | 'ip' | 'ip6' | 'ila';
  /** mpls: outermost first, each 0..1048575. */
  readonly labels: readonly number[];
  /** 64 bits, decimal. */
  readonly id: string | null;
  readonly destination: string | null;
  readonly source: string | null;
  readonly tos: number | null;
  readonly ttl: number | null;
  readonly flags: number | null;
  /** ila: 64 bits, hexadecimal. */
  readonly locator: string | null;
}

export interface HopSpec {
  readonly gateway: string | null;
  /** 0 for none. */
  readonly ifindex: number;
  /** 1..256 */
  readonly weight: number;
  readonly onlink: boolean;
  readonly realms: number | null;
  readonly encap: EncapSpec | null;
}

export interface RouteSpec {
  readonly family: 4 | 6;
  /** RTN_* */
  readonly type: number;
  readonly protocol: number;
  readonly scope: number;
  readonly tos: number;
  readonly table: number;
  readonly destination: PrefixSpec;
  readonly source: PrefixSpec | null;
  readonly preferredSource: string | null;
  readonly metric: number | null;
  /** Seconds. */
  readonly expires: number | null;
  /** Of the router, IPv6. */
  readonly preference: number | null;
  readonly ttlPropagate: boolean | null;
  /** RTAX_* and value. */
  readonly metrics: readonly (readonly [number, number])[];
  /** '' for none. */
  readonly congestionControl: string;
  /** At most 256. */
  readonly hops: readonly HopSpec[];
}

export interface RuleSpec {
  readonly family: 4 | 6;
  /** FR_ACT_* */
  readonly action: number;
  readonly invert: boolean;
  readonly tos: number;
  readonly table: number;
  readonly preference: number;
  readonly destination: PrefixSpec | null;
  readonly source: PrefixSpec | null;
  /** '' for any. */
  readonly input: string;
  readonly output: string;
  readonly protocol: number | null;
  readonly mark: number | null;
  readonly mask: number | null;
  readonly realms: number | null;
  readonly suppressPrefixLength: number | null;
  readonly suppressGroup: number | null;
  /** Of goto. */
  readonly target: number | null;
  /** 64 bits, decimal. */
  readonly tunnel: string | null;
  readonly l3mdev: boolean;
  /** IP protocol. */
  readonly transport: number | null;
  readonly users: readonly [number, number] | null;
  readonly sourcePorts: readonly [number, number] | null;
  readonly destinationPorts: readonly [number, number] | null;
}

/** What tells one route from another, as the kernel has it. */
export interface KernelRoute {
  readonly family: 4 | 6;
  readonly type: number;
  readonly protocol: number;
  readonly tos: number;
  readonly table: number;
  /** IPv6 routes always have one, 1024 where none was given. */
  readonly metric: number;
  readonly destination: PrefixSpec;
  readonly source: PrefixSpec;
  readonly hops: readonly { readonly ifindex: number; readonly gateway: string | null }[];
}

export interface KernelRule {
  readonly family: 4 | 6;
  readonly action: number;
  readonly protocol: number;
  readonly tos: number;
  readonly table: number;
  readonly preference: number;
  readonly mark: number;
  readonly destination: PrefixSpec;
  readonly source: PrefixSpec;
  readonly input: string;
  readonly output: string;
}
