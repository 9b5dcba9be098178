// SPDX-License-Identifier: MIT
// Lines that keepalived writes about the addresses and sockets its routers work with (reference: VRRP document, sections
// 3, 7.6 and 9.2). All but the last at detail level; none of them decides anything.

import type { Family, Ip } from '../../base/address.ts';
import { ipFamily } from '../../base/address.ts';
import type { VrrpInstance } from '../../config/model.ts';
import type { InterfaceAddress } from '../../native/surface.ts';
import type { Log } from '../../ports/log.ts';
import type { SocketView } from '../../ports/vrrp-view.ts';
import type { NetworkView } from './network-view.ts';
import { heldAddresses } from './settings.ts';

export interface SourceLines {
  /** Tells the present source address of each interface in use; at start and after a reload. */
  tellAll(configs: readonly VrrpInstance[]): void;
  /** Tells a source address that has gone, or has come where there was none; of one interface, or of all. */
  tellChanges(only?: string): void;
}

/** `own`: virtual addresses as ip/length, which are never a source. */
export function createSourceLines(view: NetworkView, log: Log, own: () => ReadonlySet<string>): SourceLines {
  const told = new Map<string, Record<Family, Ip | null>>();
  const present = (name: string, family: Family): Ip | null => view.sourceAddress(name, family, own());
  const assigned = (name: string, ip: Ip | null): void => {
    if (ip !== null) log.detail(`Assigned address ${ip} for interface ${name}`);
  };
  return {
    tellAll(configs) {
      told.clear();
      for (const { interface: name } of configs) {
        if (name === null || told.has(name)) continue;
        const sources = { 4: present(name, 4), 6: present(name, 6) };
        told.set(name, sources);
        assigned(name, sources[4]);
        assigned(name, sources[6]);
      }
    },
    tellChanges(only) {
      for (const [name, sources] of told) {
        if (only !== undefined && only !== name) continue;
        for (const family of [4, 6] as const) {
          const before = sources[family];
          const now = present(name, family);
          sources[family] = now;
          // Another one in its place is taken over silently.
          if (before === null) assigned(name, now);
          else if (now === null) log.detail(`Deassigned address ${before} from interface ${name}`);
        }
      }
    },
  };
}

/** What -a logs of every address. */
export function reflectorLine({ address, ifindex }: InterfaceAddress, change: 'new' | 'deleted', view: NetworkView): string {
  const name = view.byIndex(ifindex)?.name ?? `index ${ifindex}`;
  return `Netlink reflector reports IP ${address} ${change === 'new' ? 'added to' : 'removed from'} ${name}`;
}

/** What the engine opens at its start, as far as the configuration has a use for it. */
export function channelLines(configs: readonly VrrpInstance[]): string[] {
  const families = new Set(configs.flatMap(heldAddresses).map((a) => ipFamily(a.ip)));
  return [
    'Registering Kernel netlink reflector',
    'Registering Kernel netlink command channel',
    ...(families.has(4) ? ['Registering gratuitous ARP shared channel'] : []),
    ...(families.has(6) ? ['Registering gratuitous NDISC shared channel'] : []),
  ];
}

/** Without keepalived's descriptor numbers: they belong to the engine and mean nothing outside. */
export function socketLine({ ifindex, family, protocol, kind, address }: SocketView & { readonly ifindex: number }): string {
  const where = `ifindex(${String(ifindex).padStart(3)}), family(IPv${family}), proto(${protocol})`;
  return `VRRP sockpool: [${where}, ${kind}, address(${address})]`;
}

/** One line for each right that is missing: what it is for and what happens without it. */
export function rightsLines({ realtimeError, lockError }: { readonly realtimeError: string; readonly lockError: string }): string[] {
  const lines: string[] = [];
  if (realtimeError !== '')
    lines.push(
      `NOTICE: the packet engine runs without real-time priority (${realtimeError}); adverts may be late on a busy machine. Grant CAP_SYS_NICE or an rt limit.`,
    );
  if (lockError !== '')
    lines.push(
      `NOTICE: the packet engine's memory is not locked (${lockError}); adverts may be late while the machine swaps. Grant CAP_IPC_LOCK.`,
    );
  return lines;
}
