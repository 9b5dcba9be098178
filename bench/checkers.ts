// SPDX-License-Identifier: MIT
// npm run bench -- checkers [--seconds N] [--runs N] [--only WORDS] [--json] [--own-kernel]: health checks beside the packaged
// keepalived, one after the other on the same network of their own: a director and a host that answers on thousands of addresses.
// Where this kernel has no IPVS, keepalived gets a stand-in that says yes to all it asks of it; ka-ts does without by itself. With
// --own-kernel both have the real one, in user-mode Linux, at rates that its one emulated processor can bear. Needs root, a C
// compiler, and dist/ built.
//
// How to read the figures: docs/performance-checkers.md.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { monotonic } from '../lib/lab/daemon.ts';
import { createNetwork } from '../lib/lab/network.ts';
import { type Candidate, candidates } from './candidates.ts';
import { type Arrival, compile, cpuTime, port, pssOf, startBackend, startCheckers } from './checkers-stage.ts';
import { median, quantile, worst } from './statistics.ts';
import { align } from './table.ts';

interface Scenario {
  readonly name: string;
  readonly kind: 'tcp' | 'http';
  /** Real servers with an address of their own. */
  readonly servers: number;
  /** Seconds between two checks of a server. */
  readonly every: number;
  /** Virtual servers that have all of them. */
  readonly pools: number;
}

const scenarios: readonly Scenario[] = [
  { name: '500 TCP', kind: 'tcp', servers: 500, every: 1, pools: 1 },
  { name: '2000 TCP', kind: 'tcp', servers: 2000, every: 1, pools: 1 },
  { name: '500 HTTP', kind: 'http', servers: 500, every: 1, pools: 1 },
  { name: '2000 HTTP', kind: 'http', servers: 2000, every: 1, pools: 1 },
  { name: '2000 TCP, 250 targets in 8 pools', kind: 'tcp', servers: 250, every: 1, pools: 8 },
];
const inOwnKernel: readonly Scenario[] = [
  { name: '50 TCP', kind: 'tcp', servers: 50, every: 1, pools: 1 },
  { name: '50 HTTP', kind: 'http', servers: 50, every: 1, pools: 1 },
  { name: '2000 TCP, each every 40 s', kind: 'tcp', servers: 2000, every: 40, pools: 1 },
];
/** Servers that are killed all at once. */
const victims = 20;
/** Of the first runs to come, and of the dead to be found, beside the interval: milliseconds. */
const patience = 4_000;

interface Result {
  readonly checks: number;
  /** Checks in a second. */
  readonly rate: number;
  /** Of the checker process, for a thousand checks, threads and kernel included. */
  readonly cpuMs: number;
  /** Milliseconds beyond the interval between two checks of one server, which includes the check itself. */
  readonly late: { readonly median: number; readonly p99: number; readonly worst: number };
  /** Intervals in which a check is missing altogether. */
  readonly lost: number;
  /** Milliseconds from the death of servers until they are out of the pool. */
  readonly detection: { readonly median: number; readonly worst: number };
  /** The same from when the next check was due, an interval after the last one that came; null: each pool has checks of its own. */
  readonly beyond: { readonly median: number; readonly worst: number } | null;
  /** MiB of the checker process. */
  readonly pss: number;
}

function configuration({ kind, servers, every, pools }: Scenario): string {
  const check = kind === 'tcp' ? 'TCP_CHECK {' : 'HTTP_GET {\n      url {\n        path /\n        status_code 200\n      }';
  const server = (n: number, at: number) =>
    `  real_server 10.201.${n >> 8}.${n & 255} ${at} {\n    ${check}\n      connect_timeout 3\n      retry 0\n    }\n  }\n`;
  const list = [
    ...Array.from({ length: servers }, (_, n) => server(n, port.alive)),
    ...Array.from({ length: victims }, (_, n) => server(n, port.victim)),
  ].join('');
  const pool = (i: number) =>
    `virtual_server 10.202.0.${i + 1} 80 {\n  delay_loop ${every}\n  delay_before_retry 1\n  protocol TCP\n  lvs_sched rr\n  lvs_method NAT\n${list}}\n`;
  return Array.from({ length: pools }, (_, i) => pool(i)).join('');
}

async function measure(scenario: Scenario, candidate: Candidate, folder: string, seconds: number): Promise<Result> {
  const { every } = scenario;
  // Two checks of each server, whatever happens.
  const length = Math.max(seconds, every === 1 ? 0 : 1.5 * every);
  const network = await createNetwork([
    { name: 'director', interfaces: [{ name: 'eth0', addresses: ['10.200.0.1/24'] }] },
    { name: 'servers', interfaces: [{ name: 'eth0', addresses: ['10.200.0.2/24'] }] },
  ]);
  try {
    const [director, servers] = [network.host('director'), network.host('servers')];
    await director.run(['ip', 'route', 'add', '10.201.0.0/16', 'via', '10.200.0.2']);
    await servers.run(['ip', 'route', 'add', 'local', '10.201.0.0/16', 'dev', 'lo']);
    const alive = await startBackend(servers, folder, port.alive, scenario.kind);
    const victim = await startBackend(servers, folder, port.victim, scenario.kind);
    const daemon = startCheckers(director, candidate, folder, configuration(scenario));
    const pid = await daemon.pid();
    await sleep(every * 1000 + patience);
    const before = cpuTime(pid);
    const from = monotonic();
    await sleep(length * 1000);
    const to = monotonic();
    const cpu = cpuTime(pid) - before;
    const pss = pssOf(pid);
    const died = monotonic();
    const visits = victim.arrivals();
    const wanted = victims * scenario.pools;
    const limit = died + (every * 1000 + patience) * 1000;
    while (daemon.removals(died).length < wanted && monotonic() < limit) await sleep(100);
    const removals = daemon.removals(died);
    const found = removals.map((r) => (r.at - died) / 1000);
    const due = new Map((await visits).map((visit) => [visit.address, visit.at + every * 1e6]));
    const beyond = removals.map((r) => (r.at - (due.get(r.address) ?? Number.NaN)) / 1000);
    await daemon.stop();
    const arrivals = (await alive.arrivals()).filter(({ at }) => at >= from && at < to);
    // Those that are going to die are checked as the others are; every pool's own, where nobody shares.
    const checks = arrivals.length + Math.round((arrivals.length * victims) / scenario.servers);
    const late = lateness(arrivals, every * 1e6);
    if (late.length === 0)
      throw new Error(`${candidate.name}, ${scenario.name}: no server was checked twice; it said last:\n${daemon.last()}`);
    if (found.length !== wanted)
      throw new Error(`${candidate.name}, ${scenario.name}: ${found.length} of ${wanted} dead servers were found`);
    return {
      checks,
      rate: checks / length,
      cpuMs: cpu / 1e6 / (checks / 1000),
      late: { median: median(late), p99: quantile(late, 0.99), worst: worst(late) },
      lost: late.filter((ms) => ms > every * 500).length,
      detection: { median: median(found), worst: worst(found) },
      beyond: scenario.pools > 1 ? null : { median: median(beyond), worst: worst(beyond) },
      pss,
    };
  } finally {
    await network.destroy();
  }
}

/** Milliseconds; `interval`: microseconds. */
function lateness(arrivals: readonly Arrival[], interval: number): number[] {
  const last = new Map<number, number>();
  const late: number[] = [];
  for (const { at, address } of arrivals) {
    const before = last.get(address);
    if (before !== undefined) late.push(Math.max(0, at - before - interval) / 1000);
    last.set(address, at);
  }
  return late;
}

/** Set where the bench runs in a kernel of its own. */
const inside = 'KA_BENCH_INSIDE';

function bootOwnKernel(words: readonly string[]): void {
  const boot = join(import.meta.dirname, '..', 'test', 'support', 'uml', 'boot.mjs');
  const bench = ['--import=tsx', join(import.meta.dirname, 'run.ts'), 'checkers', ...words];
  const { status } = spawnSync(process.execPath, [boot, '--limit', '1800', '--', process.execPath, ...bench], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, [inside]: '1' },
  });
  process.exitCode = status ?? 1;
}

export async function checkersBench(words: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      seconds: { type: 'string', default: '10' },
      runs: { type: 'string', default: '3' },
      only: { type: 'string', default: '' },
      json: { type: 'boolean', default: false },
      'own-kernel': { type: 'boolean', default: false },
    },
  });
  if (values['own-kernel'] && process.env[inside] === undefined) return bootOwnKernel(words);
  const seconds = Number(values.seconds);
  if (!Number.isInteger(seconds) || seconds < 2 || seconds > 60) throw new Error('--seconds takes a whole number from 2 to 60');
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1 || runs > 100) throw new Error('--runs takes a whole number from 1 to 100');
  const folder = mkdtempSync(join(tmpdir(), `ka-bench-${process.pid}-`));
  const rows: string[][] = [];
  try {
    compile(folder);
    for (const scenario of (values['own-kernel'] ? inOwnKernel : scenarios).filter((s) => s.name.includes(values.only))) {
      const results = new Map(candidates().map((candidate) => [candidate, [] as Result[]]));
      for (let run = 0; run < runs; run++) {
        for (const [candidate, list] of results) {
          const result = await measure(scenario, candidate, folder, seconds);
          if (values.json)
            console.log(JSON.stringify({ bench: 'checkers', scenario: scenario.name, candidate: candidate.name, ...result }));
          console.error(rowOf(scenario, candidate, result).join('  '));
          list.push(result);
        }
      }
      for (const [candidate, list] of results) rows.push(rowOf(scenario, candidate, middle(list)));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const header = [
    '',
    'program',
    'checks/s',
    'CPU ms/1000',
    'late median',
    'p99',
    'worst',
    'lost',
    'found median',
    'worst',
    'beyond due',
    'worst',
    'PSS MiB',
  ];
  (values.json ? console.error : console.log)(
    `\nms unless said otherwise, medians of ${runs} runs of ${seconds} s each, in turns\n${align([header, ...rows])}`,
  );
}

/** Each figure's median over the runs, but all that was lost. */
function middle(runs: readonly Result[]): Result {
  const of = (figure: (r: Result) => number) => median(runs.map(figure));
  return {
    checks: of((r) => r.checks),
    rate: of((r) => r.rate),
    cpuMs: of((r) => r.cpuMs),
    late: { median: of((r) => r.late.median), p99: of((r) => r.late.p99), worst: of((r) => r.late.worst) },
    lost: runs.reduce((sum, r) => sum + r.lost, 0),
    detection: { median: of((r) => r.detection.median), worst: of((r) => r.detection.worst) },
    beyond: runs.some((r) => r.beyond === null)
      ? null
      : { median: of((r) => r.beyond?.median ?? 0), worst: of((r) => r.beyond?.worst ?? 0) },
    pss: of((r) => r.pss),
  };
}

function rowOf(scenario: Scenario, candidate: Candidate, r: Result): string[] {
  const numbers = [r.rate.toFixed(0), r.cpuMs.toFixed(1), ...[r.late.median, r.late.p99, r.late.worst].map((n) => n.toFixed(2))];
  return [
    scenario.name,
    candidate.name,
    ...numbers,
    String(r.lost),
    r.detection.median.toFixed(0),
    r.detection.worst.toFixed(0),
    r.beyond?.median.toFixed(1) ?? '',
    r.beyond?.worst.toFixed(1) ?? '',
    r.pss.toFixed(1),
  ];
}
