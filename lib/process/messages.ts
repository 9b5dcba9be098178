// SPDX-License-Identifier: MIT
// Everything the processes of one daemon say to each other, over a channel (channel.ts) between the parent and each child. Orders to
// stop are signals (SIGTERM), so that a child obeys whoever sends them.

import type { Micros } from '../base/time.ts';
import type { Config } from '../config/model.ts';
import type { EventBody } from '../control/document.ts';
import type { BfdChange } from '../ports/bfd.ts';
import type { CheckerOptions } from '../ports/checkers.ts';
import type { LoadReason } from '../ports/operator.ts';
import type { VrrpOptions } from '../ports/vrrp-shell.ts';
import type { SnmpOptions } from '../snmp/shell/start.ts';
import type { DumpKind } from './dumps.ts';
import type { PackedUpdate } from './guard-messages.ts';
import type { LogSettings } from './log-places.ts';
import type { Identity } from './places.ts';

/** Children there can be. */
export type Role = 'vrrp' | 'checkers' | 'bfd';

export interface ChildSettings {
  readonly log: LogSettings;
  /** For the names of dump files. */
  readonly identity: Identity;
  /** Soft limit of core files that scripts get back, bytes; null: none; undefined: it was not raised. */
  readonly scriptCoreLimit?: number | null;
  readonly ignoreSigint: boolean;
  /** Log the data dump after each loading (-d). */
  readonly dumpConfig: boolean;
  /** File creation mask, for the dump files. */
  readonly umask: number;
  readonly vrrp: VrrpOptions;
  readonly snmp: SnmpOptions;
  readonly checkers: CheckerOptions;
}

export type ToChild =
  /** First message, answer to `listening`. */
  | {
      readonly kind: 'start';
      readonly generation: number;
      readonly config: Config;
      readonly reason: LoadReason;
      readonly settings: ChildSettings;
    }
  | { readonly kind: 'reload'; readonly generation: number; readonly config: Config; readonly reason: LoadReason }
  /** The parent got the signal for it. Not answered. */
  | { readonly kind: 'dump'; readonly what: DumpKind }
  /** A BFD session went up or down. Not answered. */
  | { readonly kind: 'bfd'; readonly name: string; readonly up: boolean; readonly at: Micros }
  /** What it has to say of itself. Answered by `answer` with this id. */
  | { readonly kind: 'ask'; readonly id: number; readonly question: Question }
  /** Another program takes the parent's place: the end of this channel is no reason to stop, for so long. Not answered. */
  | { readonly kind: 'outlive'; readonly forAtMost: Micros }
  /** The daemon was asked to stop once more: no waiting for others any more. Not answered. */
  | { readonly kind: 'hurry' };

export type FromChild =
  /** Its signal listeners stand: its pid may be told to the world. `took`: since the process began. */
  | { readonly kind: 'listening'; readonly took?: Micros }
  /** A BFD session went up or down, or says what it is. */
  | { readonly kind: 'bfd'; readonly change: BfdChange }
  /** The configuration of this generation is in force. */
  | { readonly kind: 'loaded'; readonly generation: number }
  /** `text`: finished JSON; null: it cannot say. */
  | { readonly kind: 'answer'; readonly id: number; readonly text: string | null }
  /** Somebody has set a weight over SNMP, which is in force already. */
  | { readonly kind: 'weight'; readonly pool: string; readonly server: string; readonly value: number }
  /** Something that those who watch the daemon are told. */
  | { readonly kind: 'event'; readonly event: EventBody }
  | PackedUpdate;

export type Question = { readonly what: 'status' } | { readonly what: 'prospects'; readonly instance: string };

/** Environment of a child, removed before any script is run. */
export const roleVariable = 'KA_TS_ROLE';
export const parentVariable = 'KA_TS_PARENT';
/** Descriptors of a child beside standard input, output and error. */
export const ipcDescriptor = 3;
export const leaseDescriptor = 4;
export const guardDescriptor = 5;
/** BFD: where it tells of sessions that end; VRRP: where its engine hears of them. */
export const sessionDescriptor = 6;
