// SPDX-License-Identifier: MIT
// What both RFC MIBs tell of a virtual router.

import { type Ip, parseMac } from '../../base/address.ts';
import type { InstanceView, Statistics, VrrpView } from '../../ports/vrrp-view.ts';

/** What is not in a view. */
export interface RouterFacts {
  /** µs since it left Initialize, 0 while it is there (or in FAULT). */
  readonly upTime: (instance: string) => number;
  /** The same moment as µs after the start of the daemon. */
  readonly upSince: (instance: string) => number;
  /** RFC 6527: notMaster(0), priority(1), preempted(2), masterNoResponse(3). */
  readonly newMasterReason: (instance: string) => number;
  /** RFC 6527: none(0), ipTtlError(1), versionError(2), checksumError(3), vrIdError(4). */
  readonly protocolError: (instance: string) => number;
}

/** The address that adverts come from: another router's, our own as master; null: nobody's. */
export function masterAddress({ state, source, master }: InstanceView): Ip | null {
  return state === 'MASTER' ? source : state === 'BACKUP' ? (master?.address ?? null) : null;
}

/** The virtual MAC where it is used, else that of the interface; 6 zeros where there is none. */
export function routerMac({ config, ifindex }: InstanceView, view: VrrpView): Uint8Array {
  const virtual = config.use_vmac?.mac ? parseMac(config.use_vmac.mac) : null;
  if (virtual?.ok) return virtual.value;
  const mac = view.links.find((link) => link.ifindex === ifindex)?.mac;
  return mac?.length === 6 ? mac : new Uint8Array(6);
}

/** The interface that the router is on, not the one that is made for it. */
export function baseIndex({ config, ifindex }: InstanceView, view: VrrpView): number {
  return view.links.find((link) => link.name === config.interface)?.ifindex ?? ifindex;
}

export function sumOf(view: VrrpView, counter: keyof Statistics): number {
  return view.instances.reduce((sum, { statistics }) => sum + statistics[counter], 0);
}
