// SPDX-License-Identifier: MIT
// Holds on to the kernel's table: where there is none (no IPVS in this kernel), it is tried again now and then, and what was
// decided meanwhile is in it from the start.

import { errorText } from '../../base/errors.ts';
import { seconds } from '../../base/time.ts';
import type { Config } from '../../config/model.ts';
import type { Cancel, Clock } from '../../ports/clock.ts';
import type { IpvsEntry } from '../../ports/ipvs.ts';
import type { Log } from '../../ports/log.ts';
import type { ServiceState } from '../core/service.ts';
import type { ServiceTable } from './service-table.ts';

const again = seconds(60);

/** StartServiceTable with its context. */
export type OpenTable = (config: Config, pools: readonly ServiceState[]) => Promise<ServiceTable>;

export interface TableKeeper {
  /** A new configuration with its pools, the first or a later one. Never rejects. */
  load(config: Config, pools: () => readonly ServiceState[]): Promise<void>;
  update(index: number, pool: ServiceState): Promise<void>;
  /** Nothing where there is no table. */
  read(): Promise<readonly IpvsEntry[]>;
  stop(keep: boolean): Promise<void>;
}

export function createTableKeeper(start: OpenTable, clock: Clock, log: Log): TableKeeper {
  let table: ServiceTable | null = null;
  let stopped = false;
  let cancel: Cancel = () => {};
  let opening: Promise<void> | null = null;
  let current: { config: Config; pools: () => readonly ServiceState[] } | null = null;

  const open = async () => {
    if (!current || stopped) return;
    const { config, pools } = current;
    if (config.virtual_server.length === 0) return;
    const used = pools();
    try {
      table = await start(config, used);
    } catch (error) {
      log.alert(errorText(error));
      log.alert(`Health checks go on without the kernel's table; it is tried again every ${again / 1e6} seconds`);
      if (!stopped) cancel = clock.after(again, () => void openOnce());
      return;
    }
    // Pools have moved on while it was being opened, or brought in line.
    for (let seen = { config, used }; current.config !== seen.config || current.pools().some((pool, i) => pool !== seen.used[i]); ) {
      seen = { config: current.config, used: current.pools() };
      await table.load(seen.config, seen.used);
    }
  };

  /** Whoever comes while it is being opened is served with it. */
  const openOnce = (): Promise<void> => {
    opening ??= open().finally(() => {
      opening = null;
    });
    return opening;
  };

  return {
    async load(config, pools) {
      current = { config, pools };
      if (table && !opening) return table.load(config, pools());
      cancel();
      await openOnce();
    },
    update: (index, pool) => table?.update(index, pool) ?? Promise.resolve(),
    read: () => table?.read() ?? Promise.resolve([]),
    async stop(keep) {
      stopped = true;
      cancel();
      await table?.stop(keep);
    },
  };
}
