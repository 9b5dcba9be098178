// SPDX-License-Identifier: MIT
// Steady: two routers of one kind, adverts every 10 ms, on a machine with more to do than it can. Nobody has ended, so whoever
// takes over is wrong. No configuration asks for real-time priority unless --realtime does.

import { setTimeout as sleep } from 'node:timers/promises';
import { untilLogged } from '../test/support/daemon.ts';
import { until } from '../test/support/until.ts';
import type { Bench, FigureSpec, Series } from './bench.ts';
import { scaleConfiguration } from './configuration.ts';
import { startLoad } from './load.ts';
import type { Sighting } from './observer.ts';
import { ifname, onStage } from './stage.ts';
import { gaps, quantile } from './statistics.ts';

const interval = 0.01;
const patience = { within: 30_000, every: 50 };

export const figures: readonly FigureSpec[] = [
  { name: 'false takeovers', series: 'takeovers', reduce: (s) => s.length - 1, unit: 'times', atMost: { value: 0 } },
  { name: 'gap between adverts beyond the interval, p50', series: 'gaps', reduce: (s) => quantile(s, 0.5) },
  { name: 'gap between adverts beyond the interval, p99', series: 'gaps', reduce: (s) => quantile(s, 0.99), atMost: { times: 0.5 } },
  { name: 'gap between adverts beyond the interval, longest', series: 'gaps', reduce: (s) => quantile(s, 1), atMost: { value: 5 } },
  {
    name: 'mean interval beyond the interval',
    series: 'gaps',
    reduce: (s) => (mean(s) / interval) * 0.1,
    unit: '%',
    atMost: { value: 0.1 },
  },
];

export const steady: Bench = {
  name: 'steady',
  scenario: 'adverts every 10 ms, two routers of one kind',
  figures,
  loads: ['busy'],
  runs: 3,
  ownInterval: true,
  run: (candidate, { load, realtime, jitter }) =>
    onStage(['active', 'backup'], async (stage) => {
      const globals = realtime === null ? [] : [`vrrp_rt_priority ${realtime}`];
      const text = (priority: number) => scaleConfiguration({ instances: 1, interval, priority, links: [ifname], globals });
      const active = stage.start('active', candidate, text(200));
      await untilLogged(active, /Entering MASTER STATE/, patience);
      const backup = stage.start('backup', candidate, text(150));
      await untilLogged(backup, /Entering BACKUP STATE/, patience);
      const endLoad = await startLoad(load, stage.loadHost, 120);
      const seconds = Math.min(20, jitter.window);
      try {
        const begin = stage.observer.seen.at(-1)?.at ?? 0;
        await sleep(seconds * 1000);
        const end = begin + seconds * 1e6;
        await until('the window is over', () => (stage.observer.seen.at(-1)?.at ?? 0) > end, patience);
        const within = stage.observer.seen.filter((s) => s.kind === 'advert' && s.at >= begin && s.at <= end);
        return readSteadiness(within, stage.address('active'));
      } finally {
        endLoad();
      }
    }),
};

/**
 * Gaps between the adverts of the Active router, ms beyond the interval, and when somebody else began to speak (ms), after a leading 0 so
 * that none is a series too.
 */
export function readSteadiness(adverts: readonly Sighting[], active: string): { gaps: Series; takeovers: Series } {
  const takeovers = adverts.filter(({ address, priority }, i) => address !== active && priority > 0 && adverts[i - 1]?.address !== address);
  const times = adverts.filter((s) => s.address === active).map((s) => s.at);
  return { gaps: gaps(times).map((gap) => gap / 1000 - interval * 1000), takeovers: [0, ...takeovers.map((s) => s.at / 1000)] };
}

function mean(series: Series): number {
  return series.reduce((sum, value) => sum + value, 0) / series.length;
}
