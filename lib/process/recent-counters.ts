// SPDX-License-Identifier: MIT
// What the kernel has counted for the pools, read when somebody asks and shared by those who ask soon after: IPVS makes its own
// rates only every two seconds.

import { errorText } from '../base/errors.ts';
import { type Micros, seconds } from '../base/time.ts';
import type { CheckersCounters } from '../ports/checkers.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';

/** Nothing is read more often. */
const freshness = seconds(1);
/** A kernel that takes its time does not hold up an answer longer than this: what was read last goes out. Milliseconds. */
const patience = 100;

/** null: nothing could be read yet. Never rejects. */
export type RecentCounters = () => Promise<CheckersCounters | null>;

export function createRecentCounters(read: () => Promise<CheckersCounters>, clock: Clock, log: Log): RecentCounters {
  let last: { readonly at: Micros; readonly counters: CheckersCounters } | null = null;
  let reading: Promise<void> | null = null;
  let failing = false;

  const begin = async (): Promise<void> => {
    try {
      last = { counters: await read(), at: clock.now() };
      failing = false;
    } catch (error) {
      if (!failing) log.info(`IPVS: counters cannot be read: ${errorText(error)}`);
      failing = true;
      last = null;
    } finally {
      reading = null;
    }
  };

  return async () => {
    if (last !== null && clock.now() - last.at < freshness) return last.counters;
    reading ??= begin();
    let cancel = () => {};
    const limit = new Promise<void>((resolve) => {
      cancel = clock.after((patience * 1000) as Micros, resolve);
    });
    await Promise.race([reading, limit]);
    cancel();
    return last?.counters ?? null;
  };
}
