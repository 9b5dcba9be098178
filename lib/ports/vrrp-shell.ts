// SPDX-License-Identifier: MIT
// The seam between the VRRP child process (process/vrrp-child.ts) and the VRRP shell (vrrp/shell/runtime.ts): the
// child builds a context of adapters, the shell owns the engine, the machines and the kernel's addresses.

import type { Config } from '../config/model.ts';
import type { NativeAddon } from '../native/surface.ts';
import type { Clock } from './clock.ts';
import type { GuardUpdate, Resume } from './guard.ts';
import type { Log } from './log.ts';
import type { TellNews } from './news.ts';
import type { Notifier } from './notifier.ts';
import type { LoadReason, Operated } from './operator.ts';
import type { Processes } from './processes.ts';
import type { Prospect } from './prospect.ts';
import type { Recordings } from './recordings.ts';
import type { System } from './system.ts';
import type { Tools } from './tools.ts';
import type { Tracking } from './tracking.ts';
import type { VrrpView } from './vrrp-view.ts';

export interface VrrpContext {
  readonly native: NativeAddon;
  readonly clock: Clock;
  readonly log: Log;
  readonly processes: Processes;
  readonly system: System;
  /** nft and iptables. */
  readonly tools: Tools;
  readonly tracking: Tracking;
  readonly notifier: Notifier;
  readonly recordings: Recordings;
  /** Descriptor for the engine's lease byte; -1 for none. */
  readonly leaseFd: number;
  /** Descriptor of the guard table (surface.ts); -1 for none. */
  readonly guardFd: number;
  /** Where the BFD process tells the engine itself of sessions that end; -1: nowhere. */
  readonly sessionFd: number;
  /** Tells the parent what it would have to do if we died. */
  readonly guard: (update: GuardUpdate) => void;
  readonly options: VrrpOptions;
  /** What operators have changed in the configuration that it starts with. */
  readonly operated?: readonly Operated[];
  /** For those who watch. */
  readonly news?: TellNews;
}

export interface VrrpOptions {
  /** --dont-release-vrrp: at stop leave addresses and send no farewell. */
  readonly keepAddressesAtStop: boolean;
  /** --address-monitoring */
  readonly monitorAddresses: boolean;
  /** The child before us died: look for what it left in the kernel. */
  readonly respawned: boolean;
  /** Who may go on where the child before us was Active. */
  readonly resume: readonly Resume[];
}

export interface VrrpShell {
  /** A new configuration; resolves when it is in force. What did not change is not touched. */
  reload(config: Config, reason?: LoadReason): Promise<void>;
  /** The present state. Throws Error{code: 'ERR_ENGINE_CLOSED'} after stop(). */
  view(): VrrpView;
  /** What would come of what might happen to an instance now; null: there is none of this name. */
  prospects(instance: string): Promise<readonly Prospect[] | null>;
  clearStatistics(): void;
  /** One round for all addresses of an Active instance; nothing for others. */
  announce(instance: string): void;
  /**
   * Farewells sent, addresses removed, STOP notified and notifier drained for 1 s, engine closed. Any number of times;
   * later calls return the first promise.
   */
  stop(): Promise<void>;
  /** After stop(): routers that serve until their successor is heard do not wait any longer. */
  hurry(): void;
}

/** lib/vrrp/shell/runtime.ts exports this as `startVrrp`. Renews the engine's lease by itself. Throws StartError (base/errors.ts). */
export type StartVrrp = (config: Config, context: VrrpContext) => Promise<VrrpShell>;
