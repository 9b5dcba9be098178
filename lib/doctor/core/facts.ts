// SPDX-License-Identifier: MIT
// What the doctor knows when it judges: everything that was read and heard, as plain data. Durations in µs.

import type { Micros } from '../../base/time.ts';
import type { Chain, FilteredPacket } from './firewall.ts';

export interface Facts {
  readonly daemon: DaemonFacts;
  readonly instances: readonly InstanceFacts[];
  readonly chains: readonly Chain[];
  /** Why the packet filter could not be read; null: it could, or there is none. */
  readonly filterUnread: string | null;
  /** How long was listened. */
  readonly listened: Micros;
}

export interface DaemonFacts {
  /** stopped: by a signal, or held by a debugger or a frozen group. */
  readonly state: 'running' | 'stopped' | 'absent';
  readonly pid: number | null;
  readonly pidFile: string;
}

export interface LinkFacts {
  readonly name: string;
  readonly up: boolean;
  readonly carrier: boolean;
  readonly multicast: boolean;
  readonly mtu: number;
  /** Bridge or bond that it is a port of; null: none. */
  readonly master: { readonly name: string; readonly kind: string } | null;
  /** It is a bridge itself. */
  readonly bridge: { readonly snooping: boolean; readonly querier: boolean } | null;
  readonly mac: string;
  /** Of the instance's family, without its virtual ones. */
  readonly addresses: readonly { readonly address: string; readonly prefixLength: number; readonly usable: boolean }[];
}

export interface InstanceFacts {
  readonly name: string;
  readonly version: 2 | 3;
  readonly family: 4 | 6;
  readonly vrid: number;
  readonly priority: number;
  readonly interval: Micros;
  readonly protocol: 112 | 51;
  /** As configured; null: it has none. */
  readonly interface: string | null;
  /** What adverts pass through where it is not that one: a virtual MAC. */
  readonly vmac: { readonly name: string; readonly mac: string; readonly exists: boolean; readonly rpFilter: number | null } | null;
  readonly link: LinkFacts | null;
  /** Empty: multicast. */
  readonly peers: readonly PeerFacts[];
  readonly group: string;
  /** What its adverts come from; null: no address. */
  readonly source: string | null;
  readonly addresses: readonly string[];
  /** Of these, those that stand on an interface of this machine. */
  readonly held: readonly string[];
  /** Some process has joined the group on the interface; null: not looked at (unicast). */
  readonly member: boolean | null;
  /** Bytes of an advert with its IP header. */
  readonly advertSize: number;
  readonly heard: readonly HeardFacts[];
  /** Adverts of our VRID that left, by source. */
  readonly sent: readonly { readonly source: string; readonly priority: number; readonly count: number }[];
  /** Adverts of our VRID that a socket of this host was given; null: none could be opened. */
  readonly delivered: number | null;
  readonly unreachable: readonly UnreachableFacts[];
  /** Who answered for one of the virtual addresses, other than this machine. */
  readonly answers: readonly { readonly address: string; readonly mac: string }[];
  /** Larger of net.ipv4.conf.all.rp_filter and that of the interface; null for IPv6. */
  readonly rpFilter: number | null;
  /** Packets that the reverse-path filter dropped while we listened. */
  readonly reversePathDrops: number;
  /** Frames the tap lost: counts are not to be trusted. */
  readonly lost: number;
}

export interface PeerFacts {
  readonly address: string;
  /** Interface its packets would take; null: there is no route. */
  readonly route: string | null;
  /** State of the neighbour entry, in the words of ip(8); null: none. */
  readonly neighbour: string | null;
}

/** One sender, as the interface saw it before any filter of this host. */
export interface HeardFacts {
  readonly source: string;
  readonly mac: string;
  readonly vrid: number;
  readonly version: number;
  readonly priority: number;
  readonly interval: Micros;
  readonly ttl: number;
  readonly multicast: boolean;
  readonly addresses: readonly string[];
  readonly count: number;
  /** Longest pause between two of its adverts. */
  readonly longestGap: Micros;
  /** Why this configuration refuses its adverts: reason of the receive ladder, how often, what came and what was expected. */
  readonly refused: readonly { readonly reason: string; readonly count: number; readonly received: number; readonly expected: number }[];
  readonly addressMismatch: boolean;
  readonly intervalMismatch: boolean;
  /** The interface that answers to it would leave by; null: no route. */
  readonly routeBack: string | null;
}

export interface UnreachableFacts {
  /** Who says so. */
  readonly from: string;
  readonly destination: string;
  readonly code: number;
  readonly count: number;
}

/** problem: VRRP does not work because of it; warning: it will hurt some day; note: worth knowing. */
export type Severity = 'problem' | 'warning' | 'note';

export interface Finding {
  /** A word that stays the same, for programs. */
  readonly code: string;
  readonly severity: Severity;
  /** null: about the machine or the daemon. */
  readonly instance: string | null;
  /** The evidence. */
  readonly seen: string;
  readonly means: string;
  /** Commands, or lines of the configuration; empty: there is nothing to be done from here. */
  readonly mend: readonly string[];
}

/** An incoming advert of a sender as the packet filter sees it. */
export function incoming(i: InstanceFacts, source: string): FilteredPacket {
  const unicast = i.peers.length > 0;
  const destination = unicast ? (i.source ?? '') : i.group;
  return { ...base(i), source, destination, multicast: !unicast, in: device(i), out: '' };
}

export function outgoing(i: InstanceFacts, destination: string): FilteredPacket {
  return { ...base(i), source: i.source ?? '', destination, multicast: i.peers.length === 0, in: '', out: device(i) };
}

const base = (i: InstanceFacts) => ({ family: i.family, protocol: i.protocol });

function device(i: InstanceFacts): string {
  return i.vmac?.exists ? i.vmac.name : (i.interface ?? '');
}
