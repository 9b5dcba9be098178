// SPDX-License-Identifier: MIT
// What the engine remembers of a router for whoever asks why it moved (native/engine/flight.h). Part of surface.ts, whose
// rules hold here.

import type { Micros } from '../base/time.ts';
import type { RefusalReason } from './surface.ts';

/** The last advert that was accepted, what was refused and dropped since, and the last refusal ever. Times are CLOCK_MONOTONIC, µs. */
export interface Testimony {
  /** 0: none since the router was added. */
  readonly heardAt: number;
  readonly source: string;
  readonly priority: number;
  /** Packets that the kernel dropped at the socket since then, for want of room; all of the socket's before the first advert. */
  readonly drops: number;
  readonly refused: number;
  /** Of the last refused one, perhaps before the last that was accepted; '': none was. */
  readonly reason: RefusalReason | '';
  readonly refusedAt: number;
  readonly refusedSource: string;
}

export type FlightKind = 'accepted' | 'refused' | 'sent' | 'farewell' | 'expired' | 'woke_late' | 'spoke_again' | 'lease_lost';

/** A packet, or with no bytes a timer event. */
export interface FlightSlot {
  /** Counts up from 1. */
  readonly number: number;
  readonly kind: FlightKind;
  /** CLOCK_MONOTONIC; an expiry has its due time. */
  readonly at: number;
  /** Time of day when it was noted, µs since 1970. */
  readonly wall: number;
  /** expired: generation; woke_late: lateness. */
  readonly first: number;
  /** expired: lateness; sent, farewell: errno of the first copy. */
  readonly second: number;
  readonly source: string;
  readonly destination: string;
  /** -1: not told. */
  readonly hopLimit: number;
  readonly reason: RefusalReason | '';
  /** Of the whole packet; `bytes` may be fewer. */
  readonly length: number;
  /** IPv4: from the IP header on, IPv6: from the VRRP header on. */
  readonly bytes: Uint8Array;
}

export interface FlightCalls {
  /** What was heard last before `at`, as far as it is known: else what was when the deadline ran out. */
  testimony(key: number, at: Micros): Testimony;
  /** From now on the last `slots` (0..1024) packets and timer events are kept, those before are forgotten; 0: none. */
  record(key: number, slots: number): void;
  /** Oldest first. */
  recorded(key: number): FlightSlot[];
}
