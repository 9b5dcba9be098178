// SPDX-License-Identifier: MIT
// What the firewall has to hold for the instances of a configuration, whichever program writes it: addresses that are not
// to be reached (no_accept), and virtual MACs that must not chatter (reference: VRRP document, sections 10.4 and 10.5).

import { type Ip, ipFamily, isLinkLocal } from '../../base/address.ts';
import { madeInterfaces } from '../../config/made-interfaces.ts';
import type { VrrpInstance } from '../../config/model.ts';
import { carriesIpv6 } from './made-links.ts';
import type { NetworkView } from './network-view.ts';
import { heldAddresses, interfaceOf } from './settings.ts';

export interface FirewallPlan {
  /** Addresses whose packets are dropped; of the IPv6 ones those that are not link-local. */
  readonly drop4: readonly Ip[];
  readonly drop6: readonly Ip[];
  readonly dropLinkLocal: readonly OnLink[];
  /** Virtual MACs that carry a family, with the interface below. */
  readonly vmacs4: readonly Vmac[];
  readonly vmacs6: readonly Vmac[];
  /** Link-local addresses that a virtual MAC shares with the interface below. */
  readonly shared: readonly OnLink[];
}

export interface OnLink {
  readonly ip: Ip;
  readonly ifindex: number;
  readonly ifname: string;
}

export interface Vmac {
  readonly name: string;
  readonly ifindex: number;
  readonly base: number;
}

export function firewallPlan(instances: readonly VrrpInstance[], view: NetworkView): FirewallPlan {
  const drop4 = new Set<Ip>();
  const drop6 = new Set<Ip>();
  const dropLinkLocal = new Map<string, OnLink>();
  for (const i of instances.filter(isDropping)) {
    for (const a of heldAddresses(i)) {
      if (ipFamily(a.ip) === 4) drop4.add(a.ip);
      else if (!isLinkLocal(a.ip)) drop6.add(a.ip);
      else {
        const link = view.byName(interfaceOf(i, a) ?? '');
        if (link) dropLinkLocal.set(`${a.ip} ${link.name}`, { ip: a.ip, ifindex: link.ifindex, ifname: link.name });
      }
    }
  }
  const vmacs4: Vmac[] = [];
  const vmacs6: Vmac[] = [];
  const shared: OnLink[] = [];
  for (const i of instances) {
    for (const made of madeInterfaces(i)) {
      const link = view.byName(made.name);
      const base = view.byName(made.base);
      if (made.kind !== 'macvlan' || !link || !base) continue;
      const vmac = { name: link.name, ifindex: link.ifindex, base: base.ifindex };
      if (made.family === 4) vmacs4.push(vmac);
      if (carriesIpv6(i, made)) vmacs6.push(vmac);
      const ip =
        made.family === 6 ? view.sourceAddress(link.name, 6, new Set(heldAddresses(i).map((a) => `${a.ip}/${a.prefixLength}`))) : null;
      if (ip !== null) shared.push({ ip, ifindex: link.ifindex, ifname: link.name });
    }
  }
  return { drop4: [...drop4], drop6: [...drop6], dropLinkLocal: [...dropLinkLocal.values()], vmacs4, vmacs6, shared };
}

/** Accept_Mode false; an owner always accepts (RFC 9568 6.1). */
export function isDropping(i: VrrpInstance): boolean {
  return !i.accept && i.priority !== 255;
}

/** Some instance of the configuration needs rules, now or when its interfaces are there. */
export function needsFirewall(instances: readonly VrrpInstance[]): boolean {
  return instances.some((i) => isDropping(i) || madeInterfaces(i).some((m) => m.kind === 'macvlan'));
}
