// SPDX-License-Identifier: MIT
// The seam between the pools (check/core/service.ts) and the kernel's IPVS table. It is told the state of whole pools and finds
// out by itself what to change: whoever drives the pools has their log lines and notifications to perform, but none of their
// effects on the table (add_service … remove).

import type { Config } from '../../config/model.ts';
import type { Clock } from '../../ports/clock.ts';
import type { IpvsEntry, OpenIpvs } from '../../ports/ipvs.ts';
import type { Log } from '../../ports/log.ts';
import type { Tools } from '../../ports/tools.ts';
import type { ServiceState } from '../core/service.ts';

export interface ServiceTable {
  /**
   * A new configuration and its pools, in the order of virtual_server: the kernel's table is read and brought in line with as
   * few changes as possible, and so are timeouts and the sync daemon. Services of others stay. Resolves when it is done; what
   * the kernel refuses is logged and tried again later.
   */
  load(config: Config, pools: readonly ServiceState[]): Promise<void>;
  /**
   * The pool of virtual_server[index] is another one. Changes of one turn of the event loop go to the kernel together.
   * Resolves when the kernel has answered, so that whoever is notified afterwards finds the table changed. Never rejects.
   */
  update(index: number, pool: ServiceState): Promise<void>;
  /** The kernel's table with its counters. Rejects when it cannot be read. */
  read(): Promise<readonly IpvsEntry[]>;
  /**
   * The end: the table is emptied of what is ours, or as lvs_flush_on_stop says, the sync daemon stopped and the timeouts put
   * back. `keep`: -I, everything stays but the sync daemon. Any number of times.
   */
  stop(keep: boolean): Promise<void>;
}

export interface ServiceTableContext {
  readonly openIpvs: OpenIpvs;
  readonly clock: Clock;
  readonly log: Log;
  /** nft, for nftables_ipvs. */
  readonly tools: Tools;
}

/**
 * lib/check/shell/ipvs.ts exports this as `startServiceTable`: opens IPVS, lvs_flush, then as load(). Rejects with StartError
 * `IPVS: Can't initialize ipvs: …`, status fatal, where the kernel has no IPVS.
 */
export type StartServiceTable = (config: Config, pools: readonly ServiceState[], context: ServiceTableContext) => Promise<ServiceTable>;
