// SPDX-License-Identifier: MIT
// Footprint: what does a daemon with VRRP alone take, and how soon after its start does it speak?
//
// Memory is the proportional set size of the whole process tree: pages that several processes share count in equal parts. Each
// candidate runs from copies of its own executable, so that neither another Node on the machine nor the bench itself bears a part.
// Priority 255 makes a router Active at once; the start is the exec of the daemon in a shell that has been waiting for it.

import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonic } from '../lib/lab/daemon.ts';
import { run } from '../lib/lab/run.ts';
import { until } from '../test/support/until.ts';
import type { Bench, FigureSpec, Series } from './bench.ts';
import type { Candidate } from './candidates.ts';
import { scaleConfiguration } from './configuration.ts';
import { ifname, onStage } from './stage.ts';

/** Of the one value that a run gives. */
function only(series: Series): number {
  const [value] = series;
  if (value === undefined || series.length > 1) throw new Error(`one value per run is expected, not ${series.length}`);
  return value;
}

const figures: readonly FigureSpec[] = [
  { name: 'start → first advert', series: 'first', reduce: only, atMost: { times: 3 } },
  { name: 'start → first advert of the last router', series: 'last', reduce: only },
  { name: 'memory (PSS) of all processes', series: 'pss', reduce: only, unit: 'MiB', atMost: { value: 55 } },
  { name: 'of it their own', series: 'own', reduce: only, unit: 'MiB' },
];

/** From the last announcement on nothing happens any more but adverts. */
const settle = 4_000;

export const footprint: readonly Bench[] = [1, 255].map((instances) => ({
  name: 'footprint',
  scenario: `${instances} ${instances === 1 ? 'router' : 'routers'}`,
  figures,
  loads: ['idle'],
  runs: 5,
  ownInterval: true,
  run: (candidate) =>
    onStage(['active'], async (stage) => {
      const folder = mkdtempSync(join(tmpdir(), `ka-bench-${process.pid}-`));
      try {
        const gate = join(folder, 'gate');
        await run(['mkfifo', gate]);
        const words = ['sh', '-c', 'read -r go <"$0"; exec "$@"', gate, ...ownExecutable(candidate, folder), '--vrrp'];
        const text = scaleConfiguration({ instances, interval: 1, priority: 255, links: [ifname] });
        const daemon = stage.start('active', { ...candidate, command: words }, text);
        const opened = await open(gate, 'w');
        await sleep(200);
        const startedAt = monotonic();
        await opened.write('go\n');
        await opened.close();
        const firsts = () => {
          const byRouter = new Map<number, number>();
          for (const { kind, vrid, at } of stage.observer.seen) if (kind === 'advert' && !byRouter.has(vrid)) byRouter.set(vrid, at);
          return byRouter;
        };
        await until('an advert of every router', () => firsts().size === instances, { within: 30_000 });
        await sleep(settle);
        const times = [...firsts().values()].map((at) => (at - startedAt) / 1000);
        const memory = daemon.pids().map(memoryOf);
        const sum = (pick: (m: Memory) => number) => memory.reduce((so, m) => so + pick(m), 0);
        return { first: [Math.min(...times)], last: [Math.max(...times)], pss: [sum((m) => m.pss)], own: [sum((m) => m.own)] };
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    }),
}));

/** The same words, the program being a copy. */
function ownExecutable({ command }: Candidate, folder: string): string[] {
  const [program = '', ...rest] = command;
  const copy = join(folder, program.split('/').at(-1) ?? 'program');
  copyFileSync(program.includes('/') ? program : findProgram(program), copy);
  return [copy, ...rest];
}

function findProgram(name: string): string {
  for (const folder of (process.env.PATH ?? '').split(':')) {
    const path = join(folder, name);
    try {
      readFileSync(path, { flag: 'r' });
      return path;
    } catch {
      // in another folder
    }
  }
  throw new Error(`${name} is in no folder of PATH`);
}

interface Memory {
  /** MiB. */
  readonly pss: number;
  /** Private and anonymous, of it. */
  readonly own: number;
}

function memoryOf(pid: number): Memory {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+([0-9]+) kB`, 'm').exec(text)?.[1]) / 1024;
  return { pss: field('Pss'), own: field('Pss_Anon') };
}
