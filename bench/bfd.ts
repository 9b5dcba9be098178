// SPDX-License-Identifier: MIT
// BFD: 64 sessions between two hosts, a packet every 10 ms each way, three lost ones are an end. First nobody has ended, so whatever
// goes down is wrong; then one host halts, and each session of the other says how long after its detection time it noticed.

import { setTimeout as sleep } from 'node:timers/promises';
import { runOrThrow } from '../lib/lab/run.ts';
import { untilLogged } from '../test/support/daemon.ts';
import { until } from '../test/support/until.ts';
import type { Bench, FigureSpec, Series } from './bench.ts';
import { startLoad } from './load.ts';
import { ifname, onStage } from './stage.ts';
import { quantile } from './statistics.ts';

export const sessions = 64;
const patience = { within: 60_000, every: 50 };

const figures: readonly FigureSpec[] = [
  {
    name: 'sessions that went down while both hosts lived',
    series: 'downs',
    reduce: (s) => s.length - 1,
    unit: 'times',
    atMost: { value: 0 },
  },
  { name: 'detection beyond its time, p50', series: 'overdue', reduce: (s) => quantile(s, 0.5), atMost: { value: 1 } },
  { name: 'detection beyond its time, longest', series: 'overdue', reduce: (s) => quantile(s, 1) },
];

export const bfd: Bench = {
  name: 'bfd',
  scenario: `${sessions} sessions, a packet every 10 ms, multiplier 3`,
  figures,
  runs: 3,
  ownInterval: true,
  run: (candidate, { load, jitter }) =>
    onStage(
      ['left', 'right'],
      async (stage) => {
        for (const [place, name] of (['left', 'right'] as const).entries())
          for (let i = 0; i < sessions; i++)
            await runOrThrow(stage.host(name).command(['ip', 'address', 'add', `${address(i, place)}/24`, 'dev', ifname]));
        const left = stage.start('left', candidate, bfdConfiguration(0));
        const right = stage.start('right', candidate, bfdConfiguration(1));
        for (const daemon of [left, right]) {
          await untilLogged(daemon, /Entering Up state/, patience);
          await until('all sessions are up', () => count(daemon.lines, /Entering Up state/) >= sessions, patience);
        }
        const endLoad = await startLoad(load, stage.loadHost, 120);
        try {
          const from = [left, right].map((daemon) => daemon.lines.length);
          await sleep(Math.min(20, jitter.window) * 1000);
          const downs = [left, right].flatMap((daemon, i) =>
            daemon.lines.slice(from[i]).filter(({ text }) => /Entering Down state/.test(text)),
          );
          const before = left.lines.length;
          await stage.host('right').halt();
          // One that was down just then has nothing to notice.
          await until('no session is up', () => upNow(left.lines) === 0, patience);
          return { downs: [0, ...downs.map(({ at }) => at / 1000)], overdue: overdueOf(left.lines.slice(before)) };
        } finally {
          endLoad();
        }
      },
      { observed: false },
    ),
};

/** Milliseconds, of each session that says so. */
export function overdueOf(lines: readonly { readonly text: string }[]): Series {
  return lines.flatMap(({ text }) => {
    const overdue = /Expired after \d+ ms \((\d+) usec overdue\)/.exec(text)?.[1];
    // keepalived writes 2^32 less something where it noticed before its time.
    const early = Number(overdue) >= 2 ** 31 ? 2 ** 32 : 0;
    return overdue === undefined ? [] : [(Number(overdue) - early) / 1000];
  });
}

export function bfdConfiguration(place: 0 | 1): string {
  const session = (i: number) => [
    `bfd_instance peer_${i} {`,
    `  neighbor_ip ${address(i, 1 - place)}`,
    `  source_ip ${address(i, place)}`,
    '  min_rx 10',
    '  min_tx 10',
    '  multiplier 3',
    '}',
  ];
  return ['global_defs {', '  router_id bench', '}', ...Array.from({ length: sessions }, (_, i) => session(i)).flat(), ''].join('\n');
}

/** A network of its own for each session (RFC 2544's range). */
function address(session: number, place: number): string {
  return `198.19.${session}.${1 + place}`;
}

/** Sessions whose last word of their state is Up. */
export function upNow(lines: readonly { readonly text: string }[]): number {
  const last = new Map<string, string>();
  for (const { text } of lines) {
    const [, name, state] = /^\((\w+)\) Entering (\w+) state/.exec(text) ?? [];
    if (name !== undefined && state !== undefined) last.set(name, state);
  }
  return [...last.values()].filter((state) => state === 'Up').length;
}

function count(lines: readonly { readonly text: string }[], pattern: RegExp): number {
  return lines.filter(({ text }) => pattern.test(text)).length;
}
