// SPDX-License-Identifier: MIT
// Frames as the lab, the tests and the benches see them. Part of surface.ts, whose rules hold here.

import type { Micros } from '../base/time.ts';

/** A frame seen on a tapped interface. */
export interface TapFrame {
  /** Kernel receive time on CLOCK_MONOTONIC, µs (fractions kept). */
  readonly at: number;
  /** true when this host sent it. */
  readonly outgoing: boolean;
  readonly bytes: Uint8Array;
}

/** A packet socket in a namespace, for the lab, tests and benches: sees and sends whole Ethernet frames. */
export interface PacketTap {
  send(frame: Uint8Array): void;
  /** Frames the kernel dropped before we read them. */
  drops(): number;
  close(): void;
}

export interface FrameSummary {
  readonly kind: 'advert' | 'garp' | 'arp_request' | 'arp_reply' | 'na' | 'echo_request' | 'echo_reply' | 'other';
  readonly sourceMac: string;
  readonly destinationMac: string;
  /** IP source / ARP sender; '' where none. */
  readonly source: string;
  readonly destination: string;
  readonly ttl: number;
  readonly ipId: number;
  readonly vrid: number;
  readonly version: number;
  readonly priority: number;
  readonly interval: Micros;
  readonly authType: number;
  readonly addresses: readonly string[];
  readonly checksumOk: boolean;
  /** ICMP echo id and sequence. */
  readonly echoId: number;
  readonly echoSequence: number;
}
