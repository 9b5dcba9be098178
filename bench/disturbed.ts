// SPDX-License-Identifier: MIT
// Disturbed: the routers of steady.ts, and beside the 32 busy processes something more: a disk that is flushed all the time, an engine of
// JavaScript that collects garbage or does not answer, a process that is stopped. keepalived has no JavaScript, and is let alone there.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Daemon, innerPid, monotonic } from '../lib/lab/daemon.ts';
import { untilLogged } from '../test/support/daemon.ts';
import { until } from '../test/support/until.ts';
import type { Bench, Conditions, FigureSpec, Sample } from './bench.ts';
import type { Candidate } from './candidates.ts';
import { scaleConfiguration } from './configuration.ts';
import { startLoad } from './load.ts';
import { ifname, onStage, type Stage } from './stage.ts';
import { quantile } from './statistics.ts';
import { readSteadiness, figures as steadyFigures } from './steady.ts';

const interval = 0.01;
const patience = { within: 30_000, every: 50 };
const preload = (file: string) => `--import=${join(import.meta.dirname, '..', 'test', 'support', file)}`;
const isOurs = (candidate: Candidate) => candidate.name === 'ka-ts';
/** JavaScript that is away for 5 s must not be taken for dead. */
const longLease = 'ka_ts { lease 20 }';

interface Pair {
  readonly stage: Stage;
  readonly active: Daemon;
  readonly backup: Daemon;
}

interface Disturbance {
  readonly scenario: string;
  /** Of the Active router of ours. */
  readonly environment?: (directory: string) => Readonly<Record<string, string>>;
  /** In the window, after its first second; ends by itself or with the stage. */
  begin?(pair: Pair, candidate: Candidate): void;
}

export const disturbances: readonly Disturbance[] = [
  {
    scenario: 'a disk that is flushed all the time',
    begin: ({ stage }) => {
      const file = join(stage.directory, 'flushed');
      const words = 'while :; do dd if=/dev/zero of="$0" bs=1M count=32 conv=fsync status=none; done';
      stage.loadHost.spawn(['timeout', '-s', 'KILL', '40', 'sh', '-c', words, file], { stdio: 'ignore', detached: true });
    },
  },
  { scenario: 'garbage is collected ten times a second', environment: () => ({ NODE_OPTIONS: preload('collect-garbage.mjs') }) },
  {
    scenario: 'JavaScript is blocked for 5 s',
    environment: (directory) => ({ NODE_OPTIONS: preload('block-event-loop.mjs'), KA_BLOCK: join(directory, 'block') }),
    begin: ({ stage, active }, candidate) => {
      const pid = isOurs(candidate) ? active.vrrpPid() : undefined;
      if (pid !== undefined) writeFileSync(join(stage.directory, 'block'), `${innerPid(pid)} 5000`);
    },
  },
];

async function onPair<T>(
  candidate: Candidate,
  { load, realtime }: Conditions,
  change: (text: string) => string,
  environment: Disturbance['environment'],
  body: (pair: Pair) => Promise<T>,
): Promise<T> {
  return onStage(['active', 'backup'], async (stage) => {
    const globals = [...(realtime === null ? [] : [`vrrp_rt_priority ${realtime}`]), ...(isOurs(candidate) ? [longLease] : [])];
    const text = (priority: number) => scaleConfiguration({ instances: 1, interval, priority, links: [ifname], globals });
    const active = stage.start('active', candidate, change(text(200)), isOurs(candidate) ? environment?.(stage.directory) : {});
    await untilLogged(active, /Entering MASTER STATE/, patience);
    const backup = stage.start('backup', candidate, text(150));
    await untilLogged(backup, /Entering BACKUP STATE/, patience);
    const endLoad = await startLoad(load, stage.loadHost, 120);
    try {
      return await body({ stage, active, backup });
    } finally {
      endLoad();
    }
  });
}

const steadily = disturbances.map(
  ({ scenario, environment, begin }): Bench => ({
    name: 'disturbed',
    scenario,
    figures: steadyFigures,
    loads: ['busy'],
    runs: 1,
    ownInterval: true,
    run: (candidate, conditions) =>
      onPair(
        candidate,
        conditions,
        (text) => text,
        environment,
        async (pair) => {
          const { observer, address, directory } = pair.stage;
          const from = observer.seen.at(-1)?.at ?? 0;
          await sleep(1000);
          begin?.(pair, candidate);
          const seconds = Math.min(8, conditions.jitter.window);
          const end = from + seconds * 1e6;
          await sleep((seconds - 1) * 1000);
          await until('the window is over', () => (observer.seen.at(-1)?.at ?? 0) > end, patience);
          if (existsSync(join(directory, 'block'))) throw new Error('JavaScript was never blocked');
          return readSteadiness(
            observer.seen.filter((s) => s.kind === 'advert' && s.at >= from && s.at <= end),
            address('active'),
          );
        },
      ),
  }),
);

const stops = [0.2, 1, 3] as const;
const late: readonly FigureSpec[] = [
  {
    name: 'adverts of the late router beside its successor',
    series: 'late',
    reduce: (s) => quantile(s, 1),
    unit: 'times',
    atMost: { value: 1 },
  },
];

/** All processes of the Active router stand still; nopreempt: nothing makes it Active again. */
const stopped: Bench = {
  name: 'disturbed',
  scenario: `the Active router stopped for ${stops.join(', ')} s, nopreempt`,
  figures: late,
  loads: ['idle'],
  runs: 1,
  ownInterval: true,
  run: async (candidate, conditions) => {
    const counts: number[] = [];
    for (const seconds of stops) counts.push(await countLate(candidate, conditions, seconds));
    return { late: counts } satisfies Sample;
  },
};

function countLate(candidate: Candidate, conditions: Conditions, seconds: number): Promise<number> {
  const nopreempt = (text: string) => text.replace('  priority ', '  nopreempt\n  priority ');
  return onPair(candidate, conditions, nopreempt, undefined, async ({ stage, active, backup }) => {
    const pids = active.pids();
    // nsenter stops itself when it sees its child stopped, and would never see it end.
    const wrapper = pids.slice(0, 1).map(parentOf);
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    const from = backup.lines.length;
    let going = 0;
    try {
      await sleep(seconds * 1000);
      await untilLogged(backup, /Entering MASTER STATE/, { from: Math.max(0, from - 5), ...patience });
    } finally {
      going = monotonic();
      for (const pid of [...pids, ...wrapper]) process.kill(pid, 'SIGCONT');
    }
    await sleep(1000);
    return stage.observer.seen.filter((s) => s.kind === 'advert' && s.at > going && s.address === stage.address('active') && s.priority > 0)
      .length;
  });
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s+([0-9]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

export const disturbed: readonly Bench[] = [...steadily, stopped];
