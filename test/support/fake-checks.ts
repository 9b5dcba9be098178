// SPDX-License-Identifier: MIT
// The checker shell without network and kernel: outcomes are what a test says, the table keeps what it is told.

import { seconds } from '../../lib/base/time.ts';
import type { Outcome } from '../../lib/check/core/outcome.ts';
import type { ServiceState } from '../../lib/check/core/service.ts';
import { startCheckers } from '../../lib/check/shell/runtime.ts';
import type { ServiceTable } from '../../lib/check/shell/service-table.ts';
import type { Config } from '../../lib/config/model.ts';
import type { PoolNotifier } from '../../lib/ports/pool-notifier.ts';
import { createFakeClock } from './fake-clock.ts';
import { createFakeFiles } from './fake-watched-files.ts';
import { createMemoryLog } from './memory-log.ts';

export interface FakeTable extends ServiceTable {
  /** Each call in a word: `load 2`, `update 0`, `stop`. */
  readonly calls: string[];
  /** As the kernel would have them. */
  pools: ServiceState[];
}

export function createFakeTable(): FakeTable {
  const table: FakeTable = {
    calls: [],
    pools: [],
    async load(_config, pools) {
      table.calls.push(`load ${pools.length}`);
      table.pools = [...pools];
    },
    async update(index, pool) {
      table.calls.push(`update ${index}`);
      table.pools[index] = pool;
    },
    read: async () => [],
    async stop(keep) {
      table.calls.push(keep ? 'keep' : 'stop');
    },
  };
  return table;
}

export interface LabOptions {
  /** The kernel's table cannot be had so many times. */
  readonly refusals?: number;
  readonly respawned?: boolean;
  readonly keep?: boolean;
}

/** A running shell; `answers` gives the outcome of each probe by the target's port, up where nothing is said. */
export async function startLab(config: Config, options: LabOptions = {}) {
  const clock = createFakeClock();
  const log = createMemoryLog();
  const table = createFakeTable();
  const files = createFakeFiles();
  const answers = new Map<number, Outcome>();
  /** Ports, in the order in which they were asked. */
  const asked: number[] = [];
  const told: string[] = [];
  /** What only an observer hears: `RS 81 down, 1 up`, `VS shutdown, 0 up`. */
  const observed: string[] = [];
  let lookAgain = () => {};
  const addresses = new Set<string>(['192.0.2.1']);
  /** An address comes or goes. */
  const setAddress = (address: string, isHere: boolean) => {
    if (isHere) addresses.add(address);
    else addresses.delete(address);
    lookAgain();
  };
  /** Below /proc/sys/net. */
  const settings = new Map([['ipv4/ping_group_range', '1\t0\n']]);
  let refusals = options.refusals ?? 0;
  const notifier: PoolNotifier = {
    apply: () => void told.push('apply'),
    serverChanged: (_vs, rs, isUp) => void told.push(`RS ${rs.port} ${isUp ? 'UP' : 'DOWN'}`),
    serviceChanged: (vs, isUp, text) => void told.push(`VS ${vs.name} ${isUp ? 'UP' : 'DOWN'} ${text}`),
    mailCheck: (_vs, rs, isUp, text) => void told.push(`mail ${rs.port} ${isUp ? 'UP' : 'DOWN'} ${text}`),
    drain: async () => void told.push('drain'),
  };
  const shell = await startCheckers(config, {
    clock,
    log,
    files,
    notifier,
    observer: {
      serverChanged: (_vs, rs, isUp, count) => void observed.push(`RS ${rs.port} ${isUp ? 'up' : 'down'}, ${count} up`),
      quorumChanged: (_vs, quorum, count) => void observed.push(`VS ${quorum}, ${count} up`),
    },
    options: { keepTableAtStop: options.keep ?? false, monitorAddresses: false, respawned: options.respawned ?? false },
    addresses: {
      here: () => new Set(addresses),
      watch(onChange) {
        lookAgain = onChange;
        return () => {};
      },
    },
    random: () => 0.5,
    system: {
      readSetting: (path) => settings.get(path) ?? null,
      writeSetting(path, value) {
        settings.set(path, value);
        return null;
      },
    },
    startTable: async (used, pools) => {
      if (refusals-- > 0) throw new Error("IPVS: Can't initialize ipvs: Protocol not available");
      await table.load(used, pools);
      return table;
    },
    makeProbe: (checker) => (done) => {
      const port = 'target' in checker ? checker.target.port : 0;
      asked.push(port);
      return clock.after(seconds(0.001), () => done(answers.get(port) ?? { kind: 'up' }));
    },
  });
  /** Moves time on and lets promises run. */
  const pass = async (time: number) => {
    for (let left = time; left > 1e-9; left -= 0.5) {
      clock.advance(seconds(Math.min(0.5, left)));
      await new Promise(setImmediate);
    }
  };
  return { shell, clock, log, table, files, answers, asked, told, observed, settings, setAddress, pass };
}
