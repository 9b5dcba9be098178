// SPDX-License-Identifier: MIT
// Scale: hundreds of virtual routers. How closely together and how late after the formula do they take over when everything that was
// Active is killed at one moment, and what does an advert cost in processor time?
//
// The router that ends is the same program in every run: keepalived, and at 10 ms ka-ts, since 255 routers of keepalived leave such gaps
// there that others take over while it lives. Several links are VXLANs over the one cable: not every kernel has VLANs.

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { runOrThrow } from '../lib/lab/run.ts';
import { untilLogged } from '../test/support/daemon.ts';
import { until } from '../test/support/until.ts';
import type { Bench, FigureSpec, Series } from './bench.ts';
import { kaTs, keepalived } from './candidates.ts';
import { scaleConfiguration } from './configuration.ts';
import { type Observer, observe } from './observer.ts';
import { ifname, onStage, type Stage } from './stage.ts';
import { quantile } from './statistics.ts';

const priorities = { ending: 200, successor: 150 };

const takeovers: readonly FigureSpec[] = [
  { name: 'formula → first advert, p50', series: 'overhead', reduce: (s) => quantile(s, 0.5) },
  { name: 'formula → first advert, latest router', series: 'overhead', reduce: (s) => quantile(s, 1), atMost: { value: 25 } },
  { name: 'earliest to latest router', series: 'overhead', reduce: spread, atMost: { value: 25 } },
];

const costs: readonly FigureSpec[] = [
  { name: 'per 1,000 adverts sent', series: 'sent', reduce: only, unit: 'ms of processor', atMost: { times: 0.7 } },
  { name: 'per 1,000 adverts received', series: 'received', reduce: only, unit: 'ms of processor', atMost: { times: 0.7 } },
  { name: 'adverts sent, of those due', series: 'share', reduce: only, unit: '%' },
];

function only(series: Series): number {
  const [value] = series;
  if (value === undefined || series.length > 1) throw new Error(`one value per run is expected, not ${series.length}`);
  return value;
}

function spread(series: Series): number {
  return quantile(series, 1) - quantile(series, 0);
}

/** ms */
const settle = 4000;

/** A wall in front of the others: the last to speak of a thousand may take its time. */
const patience = { within: 60_000, every: 100 };

const crowds = [
  { links: 1, instances: 255, interval: 0.1 },
  { links: 1, instances: 255, interval: 0.01 },
  { links: 4, instances: 255, interval: 0.1 },
] as const;

export const scale: readonly Bench[] = [
  ...crowds.map(
    ({ links, instances, interval }): Bench => ({
      name: 'scale',
      scenario: `all of ${links * instances} routers killed, adverts every ${interval * 1000} ms`,
      figures: takeovers,
      loads: ['idle'],
      runs: 3,
      ownInterval: true,
      run: (candidate) =>
        onStage(['ending', 'successor'], async (stage) => {
          const names = await addLinks(stage, links);
          const observers = names.map((name) => observe(stage.host('observer'), name));
          try {
            const text = (priority: number) => scaleConfiguration({ instances, interval, priority, links: names });
            const first = stage.start('ending', interval < 0.1 ? kaTs : keepalived, text(priorities.ending));
            const heard = (router: string) => observers.map((o) => vridsFrom(o, stage.sources(router))).reduce((a, b) => a + b, 0);
            const all = links * instances;
            await until('every router is Active', () => heard('ending') === all, patience);
            const successor = stage.start('successor', candidate, text(priorities.successor));
            await untilLogged(successor, new RegExp(`\\(VI_${links - 1}_${instances}\\) Entering BACKUP STATE`), patience);
            // What a start has left to do is done: a successor that has only just begun is another bench.
            await sleep(settle);
            await first.kill();
            await until('the successor has taken over everything', () => heard('successor') === all, patience);
            await sleep(200);
            return { overhead: observers.flatMap((o) => overheads(o, stage, interval)) };
          } finally {
            for (const observer of observers) observer.close();
          }
        }),
    }),
  ),
  {
    name: 'scale',
    scenario: '255 routers, adverts every 10 ms, processor time',
    figures: costs,
    loads: ['idle'],
    runs: 3,
    ownInterval: true,
    run: (candidate) =>
      onStage(
        ['active', 'backup'],
        async (stage) => {
          const text = (priority: number) => scaleConfiguration({ instances: 255, interval: 0.01, priority, links: [ifname] });
          const active = stage.start('active', candidate, text(priorities.ending));
          await untilLogged(active, /\(VI_0_255\) Entering MASTER STATE/, patience);
          const backup = stage.start('backup', candidate, text(priorities.successor));
          await untilLogged(backup, /\(VI_0_255\) Entering BACKUP STATE/, patience);
          const pids = () => [active.pids(), backup.pids()].join(' ');
          // Announcements are over.
          await sleep(3000);
          const before = {
            packets: await sentBy(stage),
            active: cpuTime(active.pids()),
            backup: cpuTime(backup.pids()),
            at: performance.now(),
          };
          const alive = pids();
          await sleep(5000);
          if (pids() !== alive) throw new Error('a process ended and was started again: this machine is too busy for it');
          const packets = (await sentBy(stage)) - before.packets;
          const due = ((performance.now() - before.at) / 10) * 255;
          return {
            sent: [((cpuTime(active.pids()) - before.active) / packets) * 1000],
            received: [((cpuTime(backup.pids()) - before.backup) / packets) * 1000],
            share: [(packets / due) * 100],
          };
        },
        { observed: false },
      ),
  },
];

/** One link is the cable itself; more are VXLANs over it, on every router and the observer. */
async function addLinks(stage: Stage, count: number): Promise<string[]> {
  if (count === 1) return [ifname];
  const names = Array.from({ length: count }, (_, i) => `lan${i}`);
  for (const [index, host] of ['ending', 'successor', 'observer'].entries()) {
    const ip = (words: string) => runOrThrow(['ip', '-n', stage.host(host).netns, ...words.split(' ')]);
    for (const [link, name] of names.entries()) {
      await ip(`link add ${name} type vxlan id ${100 + link} group 239.192.0.${1 + link} dev ${ifname} dstport 4789`);
      await ip(`address add 198.18.${link}.${index + 1}/24 dev ${name}`);
      await ip(`link set ${name} up`);
    }
  }
  return names;
}

function vridsFrom(observer: Observer, sources: ReadonlySet<string>): number {
  return new Set(observer.seen.flatMap((s) => (s.kind === 'advert' && sources.has(s.address) ? [s.vrid] : []))).size;
}

/** Of each router, ms. Throws Error when one was taken over while its Active router still lived: a machine too busy for keepalived. */
function overheads(observer: Observer, stage: Stage, interval: number): number[] {
  const last = new Map<number, number>();
  const first = new Map<number, number>();
  const [old, young] = [stage.sources('ending'), stage.sources('successor')];
  for (const { kind, vrid, address, at } of observer.seen) {
    if (kind !== 'advert') continue;
    if (old.has(address)) {
      last.set(vrid, at);
      first.delete(vrid);
    } else if (young.has(address) && !first.has(vrid)) first.set(vrid, at);
  }
  // RFC 9568 6.1: with version 3 the skew is a share of the interval.
  const wait = interval * (3 + (256 - priorities.successor) / 256) * 1e6;
  return [...first].map(([vrid, at]) => {
    const from = last.get(vrid);
    if (from === undefined) throw new Error(`router ${vrid} was never Active before`);
    const late = (at - from - wait) / 1000;
    if (late < -1) throw new Error(`router ${vrid} was taken over ${-late.toFixed(1)} ms early: this machine is too busy`);
    return late;
  });
}

async function sentBy(stage: Stage): Promise<number> {
  const words = ['ip', '-n', stage.host('active').netns, '-s', '-j', 'link', 'show', ifname];
  const [link] = JSON.parse(await runOrThrow(words)) as [{ stats64: { tx: { packets: number } } }];
  return link.stats64.tx.packets;
}

/** ms that these processes have run, all their threads together. */
export function cpuTime(pids: readonly number[]): number {
  const ticksPerSecond = 100;
  return pids.reduce((sum, pid) => {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return sum + ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond;
  }, 0);
}
