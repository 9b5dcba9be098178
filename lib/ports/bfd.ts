// SPDX-License-Identifier: MIT
// The seam between the BFD process (process/bfd-child.ts) and its shell (bfd/shell/runtime.ts).

import type { Micros } from '../base/time.ts';
import type { BfdInstance, Config } from '../config/model.ts';

/** A session as it is now, for dumps. */
export interface BfdSessionView {
  readonly config: BfdInstance;
  readonly state: string;
  readonly discriminator: number;
  readonly diagnostic: number;
  readonly polling: boolean;
  /** Between our packets, before jitter; 0: none are sent. */
  readonly every: Micros;
  /** 0: the neighbour has not spoken. */
  readonly detection: Micros;
  readonly remote: {
    readonly discriminator: number;
    readonly state: string;
    readonly diagnostic: number;
    readonly minTx: Micros;
    readonly minRx: Micros;
    readonly multiplier: number;
  };
}

/** Datagrams since the start that no session took, by reason. */
export interface BfdRefused {
  readonly malformed: number;
  /** Of no neighbour, or for a discriminator that no session has. */
  readonly unknown: number;
  /** Too many hops away. */
  readonly ttl: number;
  readonly authenticated: number;
}

/** Word of a session to those who track it. */
export interface BfdChange {
  readonly name: string;
  readonly up: boolean;
  /** CLOCK_MONOTONIC of the change. */
  readonly at: Micros;
  readonly vrrp: boolean;
  readonly checkers: boolean;
}

export interface BfdShell {
  reload(config: Config): void;
  view(): readonly BfdSessionView[];
  refused(): BfdRefused;
  /** Sends nothing. Any number of times. */
  stop(): void;
}
