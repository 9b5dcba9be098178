// SPDX-License-Identifier: MIT
// Settings that the members of one virtual router must share, or that are better the same: one row each.

import type { VrrpInstance } from '../model.ts';
import { secondsShort } from './checks-of.ts';
import { acceptsChecksum, acceptsTrailer } from './hearing.ts';
import { addressText, isUnicast, placeIn } from './nodes.ts';
import type { Router } from './routers.ts';
import type { ClusterFinding, ClusterSeverity } from './types.ts';

interface Shared {
  readonly code: string;
  readonly severity: ClusterSeverity;
  /** Members for which this is undefined are left out. */
  readonly value: (i: VrrpInstance) => string | undefined;
  /** What is shown instead of the value; for secrets. */
  readonly shown?: string;
  /** Where it is written. */
  readonly path: (i: VrrpInstance) => readonly string[];
  readonly message: string;
  readonly effect: string | ((instances: readonly VrrpInstance[]) => string);
  readonly advice: string;
}

const deaf = 'neither accepts the adverts of the other: each becomes MASTER and all of them hold the addresses';

const shared: readonly Shared[] = [
  {
    code: 'cluster-vrid',
    severity: 'error',
    value: (i) => `virtual_router_id ${i.virtual_router_id}`,
    path: () => ['virtual_router_id'],
    message: 'the nodes use different virtual router ids',
    effect: deaf,
    advice: 'write the same virtual_router_id on every node',
  },
  {
    code: 'cluster-family',
    severity: 'error',
    value: (i) => `IPv${i.family}`,
    path: () => ['virtual_ipaddress'],
    message: 'the instance is IPv4 on one node and IPv6 on another',
    effect: deaf,
    advice: 'begin virtual_ipaddress with an address of the same family on every node; it decides',
  },
  {
    code: 'cluster-version',
    severity: 'error',
    value: (i) => `version ${i.version}`,
    path: () => ['version'],
    message: 'the nodes speak different versions of VRRP',
    effect: deaf,
    advice: 'write the same version in the instances, or the same vrrp_version in global_defs',
  },
  {
    code: 'cluster-interval',
    severity: 'error',
    value: (i) => (i.version === 2 ? `advert_int ${secondsShort(i.advert_int)}` : undefined),
    path: () => ['advert_int'],
    message: 'the nodes advertise at different intervals',
    effect: `a version 2 router drops adverts with another interval than its own, so ${deaf}`,
    advice: 'write the same advert_int on every node',
  },
  {
    code: 'cluster-interval-v3',
    severity: 'warning',
    value: (i) => (i.version === 3 ? `advert_int ${secondsShort(i.advert_int)}` : undefined),
    path: () => ['advert_int'],
    message: 'the nodes advertise at different intervals',
    effect:
      'version 3 routers learn the interval of whoever is MASTER: a takeover takes longer on one side than on the other, and a node that starts with an interval less than a third of the other takes the addresses for a moment before it hears anybody',
    advice: 'write the same advert_int on every node',
  },
  {
    code: 'cluster-auth-type',
    severity: 'error',
    value: (i) => (i.version === 2 ? `auth_type ${i.authentication?.auth_type ?? 'none'}` : undefined),
    path: () => ['authentication', 'auth_type'],
    message: 'the nodes use different kinds of authentication',
    effect: deaf,
    advice: 'write the same authentication block on every node',
  },
  {
    code: 'cluster-password',
    severity: 'error',
    value: (i) => i.authentication?.auth_pass,
    shown: 'auth_pass (not shown)',
    path: () => ['authentication', 'auth_pass'],
    message: 'the passwords differ (only their first 8 characters count)',
    effect: deaf,
    advice: 'write the same auth_pass on every node',
  },
  {
    code: 'cluster-cast',
    severity: 'error',
    value: (i) => (isUnicast(i) ? 'unicast' : 'multicast'),
    path: (i) => (isUnicast(i) ? ['unicast_peer'] : ['mcast_src_ip']),
    message: 'one node sends to peers, another to the multicast group',
    effect: deaf,
    advice: 'give every node a unicast_peer block, or none',
  },
  {
    code: 'cluster-group',
    severity: 'error',
    value: (i) => (isUnicast(i) ? undefined : i.mcast_dst_ip),
    path: () => ['mcast_dst_ip'],
    message: 'the nodes use different multicast groups',
    effect: deaf,
    advice: 'write the same mcast_dst_ip, or the same vrrp_mcast_group4 and vrrp_mcast_group6 in global_defs',
  },
  {
    code: 'cluster-down-timer',
    severity: 'warning',
    value: (i) => `down_timer_adverts ${i.down_timer_adverts}`,
    path: () => ['down_timer_adverts'],
    message: 'the nodes wait for a different number of missed adverts',
    effect: 'a node with a lower priority can take over before one with a higher priority does, and give way to it again',
    advice: 'write the same down_timer_adverts on every node',
  },
  {
    code: 'cluster-excluded',
    severity: 'warning',
    value: (i) => listText(i.virtual_ipaddress_excluded.map((a) => addressText(a.ip, a.prefixLength)).sort()),
    path: () => ['virtual_ipaddress_excluded'],
    message: 'the lists of excluded virtual addresses differ',
    effect: 'nothing in the adverts shows it: a takeover brings other addresses than the ones that were lost',
    advice: 'write the same virtual_ipaddress_excluded on every node',
  },
];

/** Everything that differs between the members of `router`. */
export function mismatches(router: Router): ClusterFinding[] {
  return [
    ...shared.flatMap((row) => compare(router, row)),
    ...addresses(router),
    ...checksums(router),
    ...signatures(router),
    ...sources(router),
  ];
}

function compare(router: Router, row: Shared): ClusterFinding[] {
  const members = router.members.filter((m) => row.value(m.instance) !== undefined);
  const values = new Set(members.map((m) => row.value(m.instance)));
  if (values.size < 2) return [];
  const { code, severity, message, advice } = row;
  const effect = typeof row.effect === 'string' ? row.effect : row.effect(members.map((m) => m.instance));
  const places = members.map((m) => placeIn(m, row.path(m.instance), row.shown ?? row.value(m.instance) ?? ''));
  return [{ code, severity, router: router.name, message, places, effect, advice }];
}

/** Adverts carry the addresses without prefix lengths; what receivers make of a difference depends on their version. */
function addresses(router: Router): ClusterFinding[] {
  const ips = (i: VrrpInstance) => i.virtual_ipaddress.map((a) => a.ip);
  const lists = router.members.map((m) => ips(m.instance));
  const places = (value: (i: VrrpInstance) => string) => router.members.map((m) => placeIn(m, ['virtual_ipaddress'], value(m.instance)));
  const of = (
    code: string,
    severity: ClusterSeverity,
    message: string,
    effect: string,
    advice: string,
    value: (i: VrrpInstance) => string,
  ) => [{ code, severity, router: router.name, message, places: places(value), effect, advice }];
  if (different(lists.map((l) => [...new Set(l)].sort().join()))) {
    const count = different(lists.map((l) => String(l.length)));
    return of(
      'cluster-addresses',
      'error',
      count ? 'the nodes have different numbers of virtual addresses' : 'the nodes have different virtual addresses',
      'keepalived up to 2.2.7 drops such adverts, so that both become MASTER; 2.4.3 and ka-ts accept them and log it at each change of MASTER, and a takeover loses or adds addresses',
      'write the same virtual_ipaddress on every node',
      (i) => listText(ips(i)),
    );
  }
  if (different(lists.map((l) => l.join()))) {
    return of(
      'cluster-address-order',
      'notice',
      'the virtual addresses stand in another order',
      'none between keepalived and ka-ts, which compare them as sets; routers of other makes may refuse such adverts, and the first address is the one that counts where only one fits',
      'write them in the same order',
      (i) => listText(ips(i)),
    );
  }
  const withLength = (i: VrrpInstance) => listText(i.virtual_ipaddress.map((a) => addressText(a.ip, a.prefixLength)));
  if (different(router.members.map((m) => withLength(m.instance)))) {
    return of(
      'cluster-prefix-length',
      'warning',
      'the virtual addresses have different prefix lengths',
      'after a takeover the routes that come with the address are other ones, and so is the source address of the node',
      'write the same prefix length on every node; without one it is /32, or /128',
      withLength,
    );
  }
  return [];
}

function checksums(router: Router): ClusterFinding[] {
  const instances = router.members.map((m) => m.instance);
  if (instances.every((a) => instances.every((b) => acceptsChecksum(a, b)))) return [];
  return [
    {
      code: 'cluster-checksum',
      severity: 'error',
      router: router.name,
      message: 'only some of the nodes have v3_checksum_as_v2',
      places: router.members.map((m) => placeIn(m, ['v3_checksum_as_v2'], m.instance.v3_checksum_as_v2 ? 'v3_checksum_as_v2' : 'not set')),
      effect: 'a node without it drops the adverts of one with it as damaged, and both hold the addresses',
      advice: 'set v3_checksum_as_v2 on every node, or on none',
    },
  ];
}

function signatures(router: Router): ClusterFinding[] {
  const instances = router.members.map((m) => m.instance);
  if (instances.every((a) => instances.every((b) => a === b || acceptsTrailer(a, b)))) return [];
  const shown = ({ auth_hmac: h }: VrrpInstance) =>
    h === null ? 'no auth_hmac' : `auth_hmac, mode ${h.mode}, signs with key ${h.active_key} (not shown)`;
  return [
    {
      code: 'cluster-hmac',
      severity: 'error',
      router: router.name,
      message: 'the nodes do not accept the signatures of each other',
      places: router.members.map((m) => placeIn(m, ['auth_hmac'], shown(m.instance))),
      effect: 'a node drops adverts without the signature it wants, or with one it cannot verify, and both hold the addresses',
      advice: 'write the same keys under the same numbers on every node; to introduce them, go over mode receive-only and permissive',
    },
  ];
}

/** Two nodes with one address: a file was copied. */
function sources(router: Router): ClusterFinding[] {
  const known = router.members.filter((m) => m.source !== null);
  const same = known.filter((m) => known.some((other) => other !== m && other.source === m.source));
  if (same.length === 0) return [];
  return [
    {
      code: 'cluster-source',
      severity: 'error',
      router: router.name,
      message: 'two nodes send from the same address',
      places: same.map((m) => placeIn(m, [m.instance.unicast_src_ip ? 'unicast_src_ip' : 'mcast_src_ip'], m.source ?? '')),
      effect: 'an address belongs to one node: the other cannot send, or the nodes take each other for themselves',
      advice: 'give each node its own address',
    },
  ];
}

function different(values: readonly string[]): boolean {
  return new Set(values).size > 1;
}

/** At most four, then how many more. */
function listText(items: readonly string[]): string {
  if (items.length === 0) return 'none';
  return items.length <= 5 ? items.join(', ') : `${items.slice(0, 4).join(', ')} and ${items.length - 4} more`;
}
