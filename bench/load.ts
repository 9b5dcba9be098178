// SPDX-License-Identifier: MIT
// A machine with work to do: processes that do nothing but run. With normal priority, each in a session of its own, so that a
// kernel with autogroups gives each the share of a whole service, as it does the daemon.

import type { Host } from '../lib/lab/host.ts';
import { processTree } from '../lib/lab/host.ts';
import { until } from '../test/support/until.ts';

export type Load = 'idle' | 'busy';

export const busyProcesses = 32;

/** What every busy process calls itself, so that an operator who sees them in top knows what they are. */
const label = 'ka-bench-load';

/**
 * Starts the load on a host and waits until all of it runs; idle starts nothing. Should nobody end it, it ends itself after
 * `limit` seconds, and with its host. Returns what ends it.
 */
export async function startLoad(load: Load, host: Host, limit: number): Promise<() => void> {
  if (load === 'idle') return () => {};
  const starters = Array.from({ length: busyProcesses }, () =>
    // --foreground: without it timeout would make a process group of its own inside the session.
    host.spawn(['timeout', '--foreground', '-s', 'KILL', `${limit}`, 'sh', '-c', 'while :; do :; done', label], {
      stdio: 'ignore',
      detached: true,
    }),
  );
  // nsenter, timeout and the shell that works.
  const trees = () => starters.map(({ pid }) => (pid === undefined ? [] : processTree(pid)));
  const end = () => {
    for (const pid of trees().flatMap((tree) => tree.slice(1).reverse())) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // its time was up
      }
    }
  };
  try {
    await until(`${busyProcesses} busy processes`, () => trees().every((tree) => tree.length >= 3), { within: 60_000, every: 200 });
  } catch (cause) {
    end();
    throw cause;
  }
  return end;
}
