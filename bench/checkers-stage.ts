// SPDX-License-Identifier: MIT
// What a run of bench/checkers.ts consists of: the servers that are checked, and the daemon that checks them.

import { type ChildProcess, execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonic } from '../lib/lab/daemon.ts';
import { type Host, processTree } from '../lib/lab/host.ts';
import type { Candidate } from './candidates.ts';

/** Of servers that live, and of those that are going to die. */
export const port = { alive: 80, victim: 81 } as const;

export interface Arrival {
  readonly at: number;
  readonly address: number;
}

export async function startBackend(host: Host, folder: string, at: number, kind: string) {
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
    /** It is dead from here on. */
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

export function startCheckers(host: Host, { name, command }: Candidate, folder: string, text: string) {
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
    /** Dead servers out of a pool: when, and the last half of their addresses. */
    removals: (since: number) =>
      lines.flatMap((l) => {
        const [, high, low] = /Removing service \[10\.201\.(\d+)\.(\d+)\]:tcp:81 from VS/.exec(l.text) ?? [];
        return l.at >= since && low !== undefined ? [{ at: l.at, address: Number(high) * 256 + Number(low) }] : [];
      }),
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
export function cpuTime(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce(
    (sum, task) => sum + Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]),
    0,
  );
}

export function pssOf(pid: number): number {
  return Number(/^Pss:\s+([0-9]+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]) / 1024;
}

async function patiently(what: string, is: () => boolean): Promise<void> {
  const limit = monotonic() + 30e6;
  while (!is()) {
    if (monotonic() > limit) throw new Error(`${what} did not come up in 30 s`);
    await sleep(20);
  }
}

export function compile(folder: string): void {
  const source = (name: string) => join(import.meta.dirname, 'native', name);
  execFileSync('cc', ['-O2', '-o', join(folder, 'backend'), source('backend.c')]);
  execFileSync('cc', ['-O2', '-shared', '-fPIC', '-o', join(folder, 'ipvs-stand-in.so'), source('ipvs-stand-in.c'), '-ldl']);
}
