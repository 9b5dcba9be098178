// SPDX-License-Identifier: MIT
// Jitter: how evenly does an Active router in peace advertise?
//
// Several virtual routers at once give a sample large enough for rare gaps in bounded time. A gap is the time between two
// adverts of one virtual router at the observer, shown as what it is longer (or, negative, shorter) than the interval.

import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../test/support/until.ts';
import type { Bench, FigureSpec, Sample, Series } from './bench.ts';
import { burst, bursts, configuration } from './configuration.ts';
import { startLoad } from './load.ts';
import type { Sighting } from './observer.ts';
import { onStage, virtualAddress } from './stage.ts';
import { gaps, quantile } from './statistics.ts';

const priority = 100;

const figures: readonly FigureSpec[] = [
  { name: 'gap beyond the interval, p50', series: 'gaps', reduce: (s) => quantile(s, 0.5) },
  { name: 'gap beyond the interval, p99', series: 'gaps', reduce: (s) => quantile(s, 0.99), atMostAbove: { busy: 0 } },
  { name: 'gap beyond the interval, p99.9', series: 'gaps', reduce: (s) => quantile(s, 0.999), atMostAbove: { busy: 0 } },
  { name: 'gap beyond the interval, longest', series: 'gaps', reduce: (s) => quantile(s, 1) },
  { name: 'all runs together, p99.9', series: 'gaps', reduce: (s) => quantile(s, 0.999), pooled: true },
  { name: 'mean interval beyond the interval', series: 'gaps', reduce: mean },
];

export const jitter: Bench = {
  name: 'jitter',
  scenario: 'steady Active',
  figures,
  run: (candidate, { interval, load, realtime, jitter: { instances, window } }) =>
    onStage(['active'], async (stage) => {
      const { observer } = stage;
      const specs = Array.from({ length: instances }, (_, i) => ({
        state: 'MASTER' as const,
        vrid: i + 1,
        priority,
        interval,
        vip: virtualAddress(i),
      }));
      stage.start('active', candidate, configuration(specs, realtime));
      const announced = (vip: string) => observer.seen.filter((s) => s.kind === 'garp' && s.address === vip).length;
      await until(
        'every virtual router is Active and has announced its address',
        () => specs.every((s) => announced(s.vip) >= burst * bursts),
        {
          within: (4 * interval + 20) * 1000,
          every: 100,
        },
      );
      const endLoad = await startLoad(load, stage.loadHost, 120 + 2 * interval + window);
      try {
        const begin = observer.seen.at(-1)?.at ?? 0;
        // The only thing to wait for is the time itself: the window ends at the first advert beyond it.
        await sleep(window * 1000);
        const end = begin + window * 1e6;
        await until('the window is over', () => (observer.seen.at(-1)?.at ?? 0) > end, { within: 2 * interval * 1000 + 10_000 });
        return readGaps(observer.seen, instances, interval, begin, end);
      } finally {
        endLoad();
      }
    }),
};

/**
 * All gaps between begin and end (µs), as milliseconds beyond the interval (seconds). Throws Error when not every one of so many virtual
 * routers has advertised at least twice.
 */
export function readGaps(seen: readonly Sighting[], instances: number, interval: number, begin: number, end: number): Sample {
  const times = new Map<number, number[]>();
  for (const { kind, vrid, at } of seen) {
    if (kind !== 'advert' || at < begin || at > end) continue;
    const list = times.get(vrid);
    if (list) list.push(at);
    else times.set(vrid, [at]);
  }
  const silent = instances - [...times.values()].filter((list) => list.length > 1).length;
  if (silent !== 0) throw new Error(`${silent} of ${instances} virtual routers fell silent`);
  return { gaps: [...times.values()].flatMap((list) => gaps(list).map((gap) => gap / 1000 - interval * 1000)) };
}

function mean(series: Series): number {
  return series.reduce((sum, gap) => sum + gap, 0) / series.length;
}
