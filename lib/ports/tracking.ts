// SPDX-License-Identifier: MIT
// What trackers know about an instance, those of its sync group included, summed up: a priority difference, the reasons to be
// in Fault, and whether something has not reported yet (reference/vrrp-protocol.md section 7).

import type { Config } from '../config/model.ts';
import type { Followed } from './prospect.ts';
import type { BfdView, FileView, ProcessView, ScriptView } from './vrrp-view.ts';

/** up: IFF_UP and IFF_RUNNING (for macvlan of the parent too), after debouncing and polling. */
export type LinkState = 'up' | 'down' | 'missing';

/** A subset of the machine's FaultReason. */
export type TrackingFault =
  | { readonly kind: 'interface_down'; readonly name: string }
  | { readonly kind: 'interface_missing'; readonly name: string }
  | { readonly kind: 'script'; readonly name: string }
  /** status: what the content would add to the priority, -254 with weight 0. */
  | { readonly kind: 'file'; readonly name: string; readonly status: number }
  | { readonly kind: 'process'; readonly name: string }
  | { readonly kind: 'bfd'; readonly name: string };

export interface TrackingStatus {
  /** Sum of weights; not clamped. */
  readonly trackingDelta: number;
  /** In the order of the configuration. */
  readonly faults: readonly TrackingFault[];
  /** Weight-0 scripts of a fresh start that have not reported yet. */
  readonly waiting: boolean;
}

/** What one tracker does to a priority: `adds` now, `best` at most. */
export interface Contribution {
  readonly kind: 'script' | 'interface' | 'file' | 'process' | 'bfd';
  readonly name: string;
  readonly adds: number;
  readonly best: number;
}

export interface TrackingInputs {
  /** Present state of a link by name; asked during apply() and linkChanged(). */
  linkState(name: string): LinkState;
  /** The status of an instance is another one than before. Never called from inside apply(). */
  onChange(instance: string, status: TrackingStatus): void;
}

export interface Tracking {
  /** First call: start. Later ones: a reload; what did not change keeps its result and its schedule. */
  apply(config: Config, inputs: TrackingInputs): void;
  /** Throws for an instance that the applied configuration does not have. */
  status(instance: string): TrackingStatus;
  /** Those with a weight, none for an instance that the applied configuration does not have. */
  contributions(instance: string): readonly Contribution[];
  /** What an instance follows and what could say the opposite: no files with a weight. */
  followed(instance: string): readonly Followed[];
  /** status(), if this said `up` instead; the same where the instance does not follow it. */
  statusIf(instance: string, one: Followed): TrackingStatus;
  /** What is tracked, as it is now. */
  scripts(): readonly ScriptView[];
  files(): readonly FileView[];
  processes(): readonly ProcessView[];
  bfds(): readonly BfdView[];
  /** A link appeared, went, or changed its state; unknown names are ignored. */
  linkChanged(name: string): void;
  /** A BFD session went up or down; unknown names are ignored. Down until the first word. */
  bfdChanged(name: string, up: boolean): void;
  /** Names of BFD sessions that are up and put the instance into Fault when they end. */
  neededSessions(instance: string): readonly string[];
  /** A BFD session has ended: status() knows, and onChange follows with tellChanges(). */
  sessionLost(name: string): void;
  tellChanges(): void;
  /** Ends running scripts with their groups; no onChange afterwards; status() keeps its last answer. */
  stop(): void;
}
