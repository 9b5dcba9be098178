// SPDX-License-Identifier: MIT
// `ka-ts lab --lvs`: the pool of a load balancer while its servers die and return, and what a client sees of it. Where this kernel has
// no IPVS it plays in a kernel of its own, user-mode Linux.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isInstalled, monotonic, ownCommand } from './daemon.ts';
import { checks, createLvsStage, type LvsStage, type ServerName, servers, service } from './lvs-stage.ts';
import { sweepDeadRuns } from './network.ts';
import { createPaint, type Paint, padEnd } from './paint.ts';
import { run } from './run.ts';

export interface LvsOptions {
  readonly command: readonly string[];
  readonly json: boolean;
}

/** Set where the lab plays in a kernel of its own. */
const inside = 'KA_LAB_INSIDE';

interface Step {
  readonly title: string;
  readonly turn: readonly (readonly [ServerName, boolean])[];
  /** Whoever is to serve afterwards. */
  readonly expected: readonly ServerName[];
}

const steps: readonly Step[] = [
  { title: 'both servers are there', turn: [], expected: ['rs1', 'rs2'] },
  { title: 'rs1 dies', turn: [['rs1', false]], expected: ['rs2'] },
  { title: 'rs1 returns', turn: [['rs1', true]], expected: ['rs1', 'rs2'] },
  {
    title: 'both die',
    turn: [
      ['rs1', false],
      ['rs2', false],
    ],
    expected: [],
  },
  { title: 'rs2 returns', turn: [['rs2', true]], expected: ['rs2'] },
  { title: 'rs1 returns', turn: [['rs1', true]], expected: ['rs1', 'rs2'] },
];

/** The longest that a check may take to notice: an interval and its own time; the rest is for slow machines. */
const promised = checks.interval + checks.timeout;
const slack = 2;
/** A start takes its time in a kernel that is emulated. */
const startLimit = 30;
/** Seconds that the client asks once the pool is settled. */
const watched = 1.5;

interface Result {
  readonly number: number;
  readonly title: string;
  readonly expected: readonly string[];
  readonly pool: readonly string[] | null;
  /** Seconds until the pool was as it should be; null: it never was. */
  readonly took: number | null;
  /** Answers to the client afterwards, by who gave them. */
  readonly answers: Readonly<Record<string, number>>;
  readonly broken: readonly string[];
}

/** Resolves with the exit status. Throws Error with what to do when it cannot play at all. */
export async function lvsLab(options: LvsOptions, signal: AbortSignal): Promise<number> {
  if (!(await hasIpvs())) return playInOwnKernel(options, signal);
  // Inside, the console of the kernel is a terminal whatever ours is.
  const paint = createPaint(!options.json && isColored() && process.env[inside] !== 'plain');
  const print = (line: string) => process.stdout.write(`${line}\n`);
  await sweepDeadRuns();
  if (!options.json) for (const line of introduction(options, paint)) print(line);
  const stage = await createLvsStage(options.command);
  const began = monotonic();
  const tell = (what: string, text: string) => {
    const at = (monotonic() - began) / 1e6;
    if (options.json) print(JSON.stringify({ kind: what, at, text }));
    else print(`${paint.dim(`${at.toFixed(1).padStart(6)} s`)}  ${padEnd(what, 6)}  ${text}`);
  };
  try {
    const results: Result[] = [];
    let pool = '';
    const tellPool = (text: string) => {
      if (text !== pool) tell('pool', text);
      pool = text;
    };
    for (const [i, step] of steps.entries()) {
      const result = await play(stage, step, i + 1, tell, tellPool, signal);
      results.push(result);
      if (options.json) print(JSON.stringify({ kind: 'result', ...result }));
      if (result.took === null && i === 0) {
        for (const line of stage.log.slice(-20)) process.stderr.write(`${line}\n`);
        break;
      }
    }
    if (!options.json) for (const line of summary(results, paint)) print(line);
    return results.every((r) => r.broken.length === 0) ? 0 : 1;
  } finally {
    await stage.close();
  }
}

type Tell = (what: string, text: string) => void;

async function play(
  stage: LvsStage,
  step: Step,
  number: number,
  tell: Tell,
  tellPool: (text: string) => void,
  signal: AbortSignal,
): Promise<Result> {
  const began = monotonic();
  const limit = (number === 1 ? startLimit : promised + slack) * 1e6;
  tell('step', `${number}. ${step.title}`);
  for (const [server, on] of step.turn) stage.turn(server, on);
  let pool: string[] | null = null;
  let took: number | null = null;
  while (took === null && monotonic() - began < limit) {
    signal.throwIfAborted();
    pool = namesOf(await stage.pool());
    tellPool(poolText(pool));
    if (pool?.join() === step.expected.join()) took = (monotonic() - began) / 1e6;
    else await sleep(50);
  }
  // Requests that were under way belong to the pool before.
  await sleep(600);
  stage.answers();
  await sleep(watched * 1000);
  const answers: Record<string, number> = {};
  for (const who of stage.answers()) answers[who] = (answers[who] ?? 0) + 1;
  tell('client', answersText(answers));
  const broken = [
    ...(took === null ? [`the pool is ${poolText(pool)}, expected ${poolText(step.expected)}`] : []),
    ...step.expected.filter((name) => !answers[name]).map((name) => `${name} answers nobody`),
    ...Object.keys(answers)
      .filter((who) => !step.expected.includes(who as ServerName) && !(who === '-' && step.expected.length === 0))
      .map((who) => (who === '-' ? `${answers[who]} requests had no answer` : `${who} answers, which is not in the pool`)),
  ];
  return { number, title: step.title, expected: step.expected, pool, took, answers, broken };
}

function namesOf(pool: Awaited<ReturnType<LvsStage['pool']>>): string[] | null {
  if (pool === null) return null;
  const name = (address: string) => Object.entries(servers).find(([, a]) => a === address)?.[0] ?? address;
  return pool
    .filter((member) => member.weight > 0)
    .map((member) => name(member.address))
    .sort();
}

function poolText(pool: readonly string[] | null): string {
  return pool === null ? 'not there yet' : pool.join(', ') || 'empty';
}

function answersText(answers: Readonly<Record<string, number>>): string {
  const words = Object.entries(answers)
    .sort()
    .map(([who, count]) => (who === '-' ? `${count} without an answer` : `${count} by ${who}`));
  return words.join(', ') || 'nothing was asked';
}

function introduction({ command }: LvsOptions, paint: Paint): string[] {
  return [
    `A service with a pool: ${paint.bold(`${service.address}:${service.port}`)}, round robin, direct routing, a page of each server checked every ${checks.interval} s`,
    `  ${paint.bold('director')}  10.77.0.1, runs ${command.map((word) => word.split('/').at(-1)).join(' ')}`,
    ...Object.entries(servers).map(([name, address]) => `  ${paint.bold(padEnd(name, 8))}  ${address}`),
    `  ${paint.bold('client')}    10.77.0.100, asks ten times a second`,
    '',
  ];
}

function summary(results: readonly Result[], paint: Paint): string[] {
  const rows = results.map((r) => [
    String(r.number),
    r.title,
    poolText(r.pool),
    r.took === null ? 'never' : `${r.took.toFixed(2)} s`,
    answersText(r.answers),
    r.broken.length === 0 ? paint.green('✓') : paint.red('✗'),
  ]);
  const heads = ['', 'step', 'pool', 'after', 'client afterwards', ''];
  const widths = heads.map((head, i) => Math.max(head.length, ...rows.map((row) => (row[i] ?? '').length)));
  const set = (cells: readonly string[]) =>
    cells
      .map((cell, i) => padEnd(cell, widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  const failed = results.filter((r) => r.broken.length > 0).length;
  const longest = Math.max(0, ...results.slice(1).map((r) => r.took ?? 0));
  return [
    '',
    paint.bold(set(heads)),
    ...rows.map(set),
    ...results.flatMap((r) => r.broken.map((b) => paint.red(`✗ ${r.number}: ${b}`))),
    '',
    failed === 0
      ? paint.green(
          `Every one of ${results.length} steps ended as it should; the longest after the start took ${longest.toFixed(1)} s, with a check every ${checks.interval} s and ${checks.timeout} s for it.`,
        )
      : paint.red(`${failed} of ${results.length} steps did not end as they should.`),
  ];
}

async function hasIpvs(): Promise<boolean> {
  if (!existsSync('/proc/net/ip_vs') && isInstalled('modprobe')) await run(['modprobe', '-q', '-a', 'ip_vs', 'ip_vs_rr']);
  return existsSync('/proc/net/ip_vs');
}

function isColored(): boolean {
  return process.stdout.isTTY && process.env.NO_COLOR === undefined;
}

/** The lab once more, inside. */
function playInOwnKernel({ command, json }: LvsOptions, signal: AbortSignal): Promise<number> {
  const [node = process.execPath, launcher = ''] = ownCommand();
  const boot = join(dirname(dirname(launcher)), 'test', 'support', 'uml', 'boot.mjs');
  const help = 'load the module ip_vs, or run the lab from a clone of the repository after "sh test/support/install-system.sh test"';
  if (process.env[inside]) throw new Error(`this kernel has no IPVS: ${help}`);
  if (!existsSync(boot) || !existsSync('/usr/bin/linux.uml'))
    throw new Error(`this kernel has no IPVS, and there is no user-mode Linux to play in: ${help}`);
  if (!json)
    process.stdout.write('This kernel has no IPVS: playing in a kernel of its own (user-mode Linux), which takes a little longer.\n\n');
  const inner = [node, launcher, 'lab', '--lvs', ...(json ? ['--json'] : []), '--daemon', command.join(' ')];
  const child = spawn(node, [boot, '--limit', '180', '--', ...inner], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, [inside]: isColored() ? 'colored' : 'plain' },
  });
  signal.addEventListener('abort', () => child.kill('SIGTERM'), { once: true });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve(status ?? 2));
  });
}
