// npm run bench -- checkers [--seconds N] [--runs N] [--only WORDS] [--json]: health checks beside the packaged keepalived, one after the other on the same
// network of their own: a director and a host that answers on thousands of addresses. Where this kernel has no IPVS, keepalived gets
// a stand-in that says yes to all it asks of it; ka-ts does without by itself. Needs root, a C compiler, and dist/ built.
//
// How to read the figures: docs/performance-checkers.md.

import type { ChildProcess } from 'node:child_process';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { monotonic } from '../lib/lab/daemon.ts';
import { type Host, processTree } from '../lib/lab/host.ts';
import { createNetwork } from '../lib/lab/network.ts';
import { type Candidate, candidates } from './candidates.ts';
import { median, quantile, worst } from './statistics.ts';
import { align } from './table.ts';

interface Scenario {
  readonly name: string;
  readonly kind: 'tcp' | 'http';
  /** Real servers with an address of their own, each checked once a second. */
  readonly servers: number;
  /** Virtual servers that have all of them. */
  readonly pools: number;
}

const scenarios: readonly Scenario[] = [
  { name: '500 TCP', kind: 'tcp', servers: 500, pools: 1 },
  { name: '2000 TCP', kind: 'tcp', servers: 2000, pools: 1 },
  { name: '500 HTTP', kind: 'http', servers: 500, pools: 1 },
  { name: '2000 HTTP', kind: 'http', servers: 2000, pools: 1 },
  { name: '2000 TCP, 250 targets in 8 pools', kind: 'tcp', servers: 250, pools: 8 },
];
/** Servers that are killed all at once. */
const victims = 20;
const port = { alive: 80, victim: 81 } as const;
/** First runs come within two seconds of the start; connections are warm after another. */
const settling = 5_000;
const interval = 1_000_000;

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
  /** MiB of the checker process. */
  readonly pss: number;
}

function configuration({ kind, servers, pools }: Scenario): string {
  const check = kind === 'tcp' ? 'TCP_CHECK {' : 'HTTP_GET {\n      url {\n        path /\n        status_code 200\n      }';
  const server = (n: number, at: number) =>
    `  real_server 10.201.${n >> 8}.${n & 255} ${at} {\n    ${check}\n      connect_timeout 3\n      retry 0\n    }\n  }\n`;
  const list = [
    ...Array.from({ length: servers }, (_, n) => server(n, port.alive)),
    ...Array.from({ length: victims }, (_, n) => server(n, port.victim)),
  ].join('');
  const pool = (i: number) =>
    `virtual_server 10.202.0.${i + 1} 80 {\n  delay_loop 1\n  delay_before_retry 1\n  protocol TCP\n  lvs_sched rr\n  lvs_method NAT\n${list}}\n`;
  return Array.from({ length: pools }, (_, i) => pool(i)).join('');
}

async function measure(scenario: Scenario, candidate: Candidate, folder: string, seconds: number): Promise<Result> {
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
    await sleep(settling);
    const before = cpuTime(pid);
    const from = monotonic();
    await sleep(seconds * 1000);
    const to = monotonic();
    const cpu = cpuTime(pid) - before;
    const pss = pssOf(pid);
    const died = monotonic();
    victim.kill();
    await sleep(3_000);
    const found = daemon.removals(died);
    await daemon.stop();
    const arrivals = (await alive.arrivals()).filter(({ at }) => at >= from && at < to);
    // Those that are going to die are checked as the others are; every pool's own, where nobody shares.
    const checks = arrivals.length + Math.round((arrivals.length * victims) / scenario.servers);
    const late = lateness(arrivals);
    if (late.length === 0)
      throw new Error(`${candidate.name}, ${scenario.name}: no server was checked twice; it said last:\n${daemon.last()}`);
    const wanted = victims * scenario.pools;
    if (found.length !== wanted)
      throw new Error(`${candidate.name}, ${scenario.name}: ${found.length} of ${wanted} dead servers were found`);
    return {
      checks,
      rate: checks / seconds,
      cpuMs: cpu / 1e6 / (checks / 1000),
      late: { median: median(late), p99: quantile(late, 0.99), worst: worst(late) },
      lost: late.filter((ms) => ms > interval / 2 / 1000).length,
      detection: { median: median(found), worst: worst(found) },
      pss,
    };
  } finally {
    await network.destroy();
  }
}

interface Arrival {
  readonly at: number;
  readonly address: number;
}

async function startBackend(host: Host, folder: string, at: number, kind: string) {
  const child = host.spawn([join(folder, 'backend'), String(at), kind], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines: string[] = [];
  const closed = new Promise<void>((done) => {
    if (child.stdout)
      createInterface({ input: child.stdout })
        .on('line', (line) => lines.push(line))
        .on('close', done);
  });
  await patiently('the backend', () => lines.includes('ready'));
  return {
    kill: () => void host.run(['pkill', '-KILL', '-f', `^${join(folder, 'backend')} ${at} `]),
    async arrivals(): Promise<Arrival[]> {
      child.stdin?.end();
      await closed;
      return lines.slice(1).map((line) => {
        const [time = 0, address = 0] = line.split(' ').map(Number);
        return { at: time, address };
      });
    },
  };
}

function startCheckers(host: Host, { name, command }: Candidate, folder: string, text: string) {
  const file = join(folder, 'checkers.conf');
  const pids = join(folder, `${name}.checkers.pid`);
  writeFileSync(file, text);
  rmSync(pids, { force: true });
  const standIn = name === 'keepalived' && !existsSync('/proc/net/ip_vs') ? { LD_PRELOAD: join(folder, 'ipvs-stand-in.so') } : {};
  const environment: NodeJS.ProcessEnv = { ...process.env, ...standIn };
  delete environment.NODE_EXTRA_CA_CERTS;
  const child: ChildProcess = host.spawn([...command, '-C', '-n', '-l', '-D', '-f', file, '-p', join(folder, `${name}.pid`), '-c', pids], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment,
  });
  const lines: { at: number; text: string }[] = [];
  for (const stream of [child.stdout, child.stderr])
    if (stream) createInterface({ input: stream }).on('line', (line) => lines.push({ at: monotonic(), text: line }));
  const ended = new Promise((done) => child.once('exit', done));
  return {
    /** Of the process that checks, as seen from here. */
    async pid(): Promise<number> {
      await patiently('the checker process', () => existsSync(pids) && lines.some((l) => l.text.includes('Startup complete'))).catch(
        (error) => {
          throw new Error(
            `${error.message}:\n${lines
              .slice(-20)
              .map((l) => l.text)
              .join('\n')}`,
          );
        },
      );
      const inner = Number(readFileSync(pids, 'utf8'));
      const found = processTree(child.pid ?? 0).find((pid) => new RegExp(`^NSpid:.*\\s${inner}$`, 'm').test(statusOf(pid)));
      if (found === undefined) throw new Error(`${name} has no checker process:\n${lines.map((l) => l.text).join('\n')}`);
      return found;
    },
    removals: (since: number) =>
      lines.filter((l) => l.at >= since && / Removing service .*:81 from VS/.test(` ${l.text}`)).map((l) => (l.at - since) / 1000),
    last: () =>
      lines
        .slice(-10)
        .map((l) => l.text)
        .join('\n'),
    async stop() {
      for (const pid of processTree(child.pid ?? 0).slice(1, 2)) process.kill(pid, 'SIGTERM');
      await ended;
    },
  };
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}

/** Nanoseconds on a processor so far, of all threads. */
function cpuTime(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce(
    (sum, task) => sum + Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]),
    0,
  );
}

function pssOf(pid: number): number {
  return Number(/^Pss:\s+([0-9]+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]) / 1024;
}

function lateness(arrivals: readonly Arrival[]): number[] {
  const last = new Map<number, number>();
  const late: number[] = [];
  for (const { at, address } of arrivals) {
    const before = last.get(address);
    if (before !== undefined) late.push(Math.max(0, at - before - interval) / 1000);
    last.set(address, at);
  }
  return late;
}

async function patiently(what: string, is: () => boolean): Promise<void> {
  const limit = monotonic() + 30e6;
  while (!is()) {
    if (monotonic() > limit) throw new Error(`${what} did not come up in 30 s`);
    await sleep(20);
  }
}

function compile(folder: string): void {
  const source = (name: string) => join(import.meta.dirname, 'native', name);
  execFileSync('cc', ['-O2', '-o', join(folder, 'backend'), source('backend.c')]);
  execFileSync('cc', ['-O2', '-shared', '-fPIC', '-o', join(folder, 'ipvs-stand-in.so'), source('ipvs-stand-in.c'), '-ldl']);
}

export async function checkersBench(words: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      seconds: { type: 'string', default: '10' },
      runs: { type: 'string', default: '3' },
      only: { type: 'string', default: '' },
      json: { type: 'boolean', default: false },
    },
  });
  const seconds = Number(values.seconds);
  if (!Number.isInteger(seconds) || seconds < 2 || seconds > 60) throw new Error('--seconds takes a whole number from 2 to 60');
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1 || runs > 100) throw new Error('--runs takes a whole number from 1 to 100');
  const folder = mkdtempSync(join(tmpdir(), `ka-bench-${process.pid}-`));
  const rows: string[][] = [];
  try {
    compile(folder);
    for (const scenario of scenarios.filter((s) => s.name.includes(values.only))) {
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
  const header = ['', 'program', 'checks/s', 'CPU ms/1000', 'late median', 'p99', 'worst', 'lost', 'found median', 'worst', 'PSS MiB'];
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
    r.pss.toFixed(1),
  ];
}
