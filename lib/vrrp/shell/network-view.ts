// SPDX-License-Identifier: MIT
// What the kernel has told us about links and addresses. Fault reasons and source addresses are computed from this
// present state, never from a count of past events (reference: VRRP document, sections 6.6 and 12).

import type { Family, Ip } from '../../base/address.ts';
import { isLinkLocal } from '../../base/address.ts';
import type { InterfaceAddress, Link } from '../../native/surface.ts';

const IFF_UP = 0x1;
const IFF_RUNNING = 0x40;
const IFF_NOARP = 0x80;
const IFA_F_TENTATIVE = 0x40;
const IFA_F_DADFAILED = 0x08;
const IFA_F_SECONDARY = 0x01;
const ARPHRD_ETHER = 1;

export interface NetworkView {
  byName(name: string): Link | undefined;
  byIndex(ifindex: number): Link | undefined;
  names(): readonly string[];
  /** IFF_UP and IFF_RUNNING, and so for the parent of a macvlan or ipvlan. false when it does not exist. */
  isUp(name: string): boolean;
  /** As the kernel's flags of this link say, whatever is to be believed. */
  hasCarrier(name: string): boolean;
  /** A link that carries ARP/NA: Ethernet and not IFF_NOARP. */
  canAnnounce(link: Link): boolean;
  /** Usable addresses of a family on an interface, as the kernel lists them (primary ones first). */
  addresses(ifindex: number, family: Family): readonly InterfaceAddress[];
  has(ifindex: number, ip: string, prefixLength: number): boolean;
  find(ifindex: number, ip: string, prefixLength: number): InterfaceAddress | undefined;
  /**
   * Source address for adverts: the first IPv4 address, or the first IPv6 link-local one; `except` are our own VIPs,
   * which never serve as a source (section 7.6).
   */
  sourceAddress(name: string, family: Family, except: ReadonlySet<string>): Ip | null;
}

/** The view with the operations that keep it current. */
export interface MutableNetworkView extends NetworkView {
  replace(links: readonly Link[], addresses: readonly InterfaceAddress[]): void;
  /** The link as it was before, if there was one. */
  setLink(link: Link): Link | undefined;
  removeLink(ifindex: number): Link | undefined;
  setAddress(address: InterfaceAddress): void;
  removeAddress(address: InterfaceAddress): void;
}

/** `believed`: the state to take instead of the raw one, for links that are polled or debounced. */
export function createNetworkView(believed: (name: string, raw: boolean) => boolean = (_, raw) => raw): MutableNetworkView {
  const links = new Map<number, Link>();
  const index = new Map<string, number>();
  let addresses: InterfaceAddress[] = [];

  const byIndex = (ifindex: number): Link | undefined => links.get(ifindex);
  const byName = (name: string): Link | undefined => {
    const ifindex = index.get(name);
    return ifindex === undefined ? undefined : links.get(ifindex);
  };
  const flagsUp = (link: Link): boolean => (link.flags & IFF_UP) !== 0 && (link.flags & IFF_RUNNING) !== 0;
  const same = (a: InterfaceAddress, b: InterfaceAddress): boolean =>
    a.ifindex === b.ifindex && a.address === b.address && a.prefixLength === b.prefixLength;
  const usable = (a: InterfaceAddress): boolean => (a.flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) === 0 || a.family === 4;

  const view: MutableNetworkView = {
    byName,
    byIndex,
    names: () => [...index.keys()],
    isUp(name) {
      const link = byName(name);
      if (!link || !believed(name, flagsUp(link))) return false;
      if (link.linkKind !== 'macvlan' && link.linkKind !== 'ipvlan') return true;
      const parent = byIndex(link.parentIndex);
      return !parent || believed(parent.name, flagsUp(parent));
    },
    hasCarrier(name) {
      const link = byName(name);
      return link !== undefined && flagsUp(link);
    },
    canAnnounce: (link) => link.type === ARPHRD_ETHER && link.mac.length === 6 && (link.flags & IFF_NOARP) === 0,
    addresses(ifindex, family) {
      const list = addresses.filter((a) => a.ifindex === ifindex && a.family === family && usable(a));
      // The kernel lists primary addresses before secondary ones; change events arrive in any order.
      return [...list.filter((a) => (a.flags & IFA_F_SECONDARY) === 0), ...list.filter((a) => (a.flags & IFA_F_SECONDARY) !== 0)];
    },
    has: (ifindex, ip, prefixLength) => view.find(ifindex, ip, prefixLength) !== undefined,
    find: (ifindex, ip, prefixLength) =>
      addresses.find((a) => a.ifindex === ifindex && a.address === ip && a.prefixLength === prefixLength),
    sourceAddress(name, family, except) {
      const link = byName(name);
      if (!link) return null;
      for (const a of view.addresses(link.ifindex, family)) {
        const ip = a.address as Ip;
        if (except.has(`${ip}/${a.prefixLength}`) || (family === 6 && !isLinkLocal(ip))) continue;
        return ip;
      }
      return null;
    },
    replace(newLinks, newAddresses) {
      links.clear();
      index.clear();
      for (const link of newLinks) view.setLink(link);
      addresses = [...newAddresses];
    },
    setLink(link) {
      const before = links.get(link.ifindex);
      if (before && before.name !== link.name) index.delete(before.name);
      links.set(link.ifindex, link);
      index.set(link.name, link.ifindex);
      return before;
    },
    removeLink(ifindex) {
      const before = links.get(ifindex);
      links.delete(ifindex);
      if (before && index.get(before.name) === ifindex) index.delete(before.name);
      addresses = addresses.filter((a) => a.ifindex !== ifindex);
      return before;
    },
    setAddress(address) {
      const at = addresses.findIndex((a) => same(a, address));
      if (at >= 0) addresses[at] = address;
      else addresses.push(address);
    },
    removeAddress(address) {
      addresses = addresses.filter((a) => !same(a, address));
    },
  };
  return view;
}
