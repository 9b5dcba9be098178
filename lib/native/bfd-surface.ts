// SPDX-License-Identifier: MIT
// BFD in the addon: part of surface.ts, with its rules. Times in µs.

import type { Micros } from '../base/time.ts';

/** A control packet (RFC 5880 4.1); discriminators and times are 32-bit numbers. */
export interface BfdPacket {
  /** 0..8 */
  readonly diagnostic: number;
  /** 0 AdminDown, 1 Down, 2 Init, 3 Up. */
  readonly state: number;
  readonly poll: boolean;
  readonly final: boolean;
  /** 1..255 */
  readonly multiplier: number;
  readonly myDiscriminator: number;
  readonly yourDiscriminator: number;
  readonly desiredMinTx: number;
  readonly requiredMinRx: number;
}

export interface BfdSpec {
  readonly neighbour: string;
  /** null: the kernel chooses. */
  readonly source: string | null;
  /** 1..255; packets that are received may have lost maxHops (255: any number) of it. */
  readonly ttl: number;
  readonly maxHops: number;
  readonly multihop: boolean;
}

/** Why a datagram is no session's. */
export type BfdRefusal = 'malformed' | 'unknown' | 'ttl' | 'authenticated';

export type BfdEvent =
  /** A packet for the session that differs from the last one, or asks or answers. */
  | { readonly kind: 'packet'; readonly key: number; readonly at: Micros; readonly packet: BfdPacket & { readonly demand: boolean } }
  /** The neighbour was silent for the detection time, which ended at `at`; noticed `late` after that. */
  | { readonly kind: 'expired'; readonly key: number; readonly at: Micros; readonly late: Micros }
  /** Told once until a packet gets out again. */
  | { readonly kind: 'send_failed'; readonly key: number; readonly at: Micros; readonly errno: number }
  /** At most once a second, whatever comes. */
  | {
      readonly kind: 'refused';
      readonly at: Micros;
      readonly reason: BfdRefusal;
      readonly source: string;
    };

/** One thread for all sessions: sends with jitter, and notices silence. Does not keep the process alive. */
export interface BfdEngine {
  /** '' when SCHED_FIFO is set or was not asked for. */
  readonly realtimeError: string;
  /** Opens a socket for the session. Throws Error{code}: EADDRNOTAVAIL, EADDRINUSE … */
  add(key: number, spec: BfdSpec): void;
  remove(key: number): void;
  /** Packets for this discriminator are the session's. */
  identify(key: number, discriminator: number): void;
  /** Repeats the packet every so often less 10 to 25 %; 0 ends it. now: one at once. */
  transmit(key: number, packet: BfdPacket, every: Micros, now: boolean): void;
  send(key: number, packet: BfdPacket): void;
  /** Tells of silence since the last packet; 0: never. steady: the last packet, received again, need not be told. */
  watch(key: number, detection: Micros, steady: boolean): void;
  /**
   * While the session is up: its end is told to lossFd at once under this name (at most 31 bytes), before its event comes here. '':
   * no more.
   */
  alarm(key: number, name: string): void;
  /** Datagrams since the start that no session took; 0 after close(). */
  refused(): Record<BfdRefusal, number>;
  /** Ends the thread, sends nothing. Any number of times. */
  close(): void;
}

export interface BfdCalls {
  /**
   * SCHED_FIFO priority, 0 for none. lossFd: one of a socketPair() of datagrams, whose other end the engine of VRRP has
   * (EngineOptions.sessionFd). Throws Error{code}.
   */
  createBfdEngine(realtimePriority: number, onEvents: (events: BfdEvent[]) => void, lossFd?: number): BfdEngine;
}
