// SPDX-License-Identifier: MIT
// The seam between the checker process (process/checker-child.ts) and its shell (check/shell/runtime.ts): the child builds a
// context of adapters, the shell owns pools, checks and the kernel's table.

import type { Config } from '../config/model.ts';
import type { VirtualServer } from '../config/model-lvs.ts';
import type { IpvsDestinationEntry, IpvsStatistics } from './ipvs.ts';

export interface CheckerOptions {
  /** --dont-release-ipvs: at stop leave the table as it is. */
  readonly keepTableAtStop: boolean;
  /** --address-monitoring */
  readonly monitorAddresses: boolean;
  /** The child before us died. */
  readonly respawned: boolean;
}

/** The present state as plain data, for dumps. */
export interface PoolView {
  readonly config: VirtualServer;
  readonly quorumUp: boolean;
  /** Checks are held back, because the address is not here (ha_suspend). */
  readonly suspended: boolean;
  /** In the order of the configuration. */
  readonly servers: readonly ServerView[];
}

export interface ServerView {
  readonly up: boolean;
  /** In the kernel's table, perhaps with weight 0. */
  readonly present: boolean;
  /** Configured, and what checks add. */
  readonly weight: number;
  /** Per check. */
  readonly checks: readonly CheckView[];
}

export interface CheckView {
  readonly up: boolean;
  readonly hasRun: boolean;
  /** Failures in a row that are tried again. */
  readonly tries: number;
  /** What it adds to the weight of its server. */
  readonly weight: number;
}

export interface CheckersView {
  readonly config: Config;
  /** In the order of virtual_server. */
  readonly pools: readonly PoolView[];
}

export interface CheckersCounters {
  /** As it was when they were read. */
  readonly config: Config;
  /** In the order of virtual_server. */
  readonly pools: readonly PoolCounters[];
}

/** What the kernel has counted for one virtual server, all services of its group together. */
export interface PoolCounters {
  readonly statistics: IpvsStatistics;
  /** In the order of the configuration; what is not in the kernel's table has none. */
  readonly servers: readonly (ServerCounters | null)[];
  readonly sorry: ServerCounters | null;
}

export type ServerCounters = Omit<IpvsDestinationEntry, 'destination'>;

export interface CheckerShell {
  /** A new configuration; resolves when it is in force. What did not change keeps its state. */
  reload(config: Config): Promise<void>;
  view(): CheckersView;
  /** Read from the kernel now; zero where there is no table. Rejects when it cannot be read. */
  counters(): Promise<CheckersCounters>;
  /**
   * Instead of the configured weight, until the next reload; what checks add is added to it. 0..2147483647. false: it was not taken,
   * since there is no such place, or a reload is under way, which would undo it.
   */
  setWeight(virtualServer: number, realServer: number, weight: number): boolean;
  /** A BFD session went up or down; unknown names are ignored. */
  bfdChanged(name: string, up: boolean): void;
  /** Checks ended, servers removed from the table, notifications out. Any number of times; later calls return the first promise. */
  stop(): Promise<void>;
}
