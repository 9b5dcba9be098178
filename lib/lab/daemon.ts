// SPDX-License-Identifier: MIT
// A VRRP daemon on a host: ka-ts, keepalived or any program that takes keepalived's options.

import { type ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Micros, micros } from '../base/time.ts';
import { singleFile } from '../native/single-file.ts';
import { childrenOf, type Host, processTree } from './host.ts';

export interface LogLine {
  /** When we read it, CLOCK_MONOTONIC. */
  readonly at: Micros;
  /** Without the time stamp that a console log starts with. */
  readonly text: string;
}

export interface DaemonSpec {
  /** Program and words before the options. */
  readonly command: readonly string[];
  readonly configuration: string;
  /** Where its pid files go; one folder may serve many starts. */
  readonly directory: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly onLine?: (line: LogLine) => void;
}

export interface Daemon {
  readonly spec: DaemonSpec;
  readonly startedAt: Micros;
  /** Of the parent; it holds a pid as seen on the host. */
  readonly pidFile: string;
  /** Everything it has logged so far. */
  readonly lines: readonly LogLine[];
  /** Settles when the program has ended; never rejects. */
  readonly ended: Promise<{ readonly status: number | null; readonly signal: NodeJS.Signals | null }>;
  readonly running: () => boolean;
  /** Pids as seen from outside the host: the parent first; empty when it is gone. */
  pids(): number[];
  /** Pid of the VRRP child as seen from outside, once its pid file is written. */
  vrrpPid(): number | undefined;
  /** Signals the parent process. */
  signal(name: NodeJS.Signals): void;
  /** SIGTERM and the wait for its end; SIGKILL to all of it after `limit` milliseconds. true: it ended by itself. */
  stop(limit?: number): Promise<boolean>;
  /** SIGKILL to all of it at one moment, as when the power goes: nobody is left to say farewell. */
  kill(): Promise<void>;
}

/** CLOCK_MONOTONIC, as in the packets' time stamps. */
export function monotonic(): Micros {
  return micros(Number(process.hrtime.bigint() / 1000n));
}

let starts = 0;

/** Starts a daemon in the foreground with its log on our side. Refuses, by throwing, the machine's own namespace. */
export function startDaemon(host: Host, spec: DaemonSpec): Daemon {
  // keepalived refuses to start while a killed process's pid file is locked: each start gets its own.
  const pidFile = (role: string) => join(spec.directory, `${host.name}.${starts}.${role}.pid`);
  starts++;
  const [parentFile, vrrpFile] = [pidFile('parent'), pidFile('vrrp')];
  const startedAt = monotonic();
  const files = ['-p', parentFile, '-r', vrrpFile, '-c', pidFile('checkers'), '-b', pidFile('bfd')];
  const child = host.spawn([...spec.command, '-n', '-l', '-D', '-P', '-f', spec.configuration, ...files], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...spec.environment },
    detached: true,
  });
  const lines: LogLine[] = [];
  collect(child, (line) => {
    lines.push(line);
    spec.onLine?.(line);
  });
  const ended = once(child, 'exit').then(async ([status, signal]) => {
    // The rest of its log; not for ever: something it left behind may still hold the pipe.
    if (child.stderr?.closed === false) await Promise.race([once(child, 'close'), sleep(500)]);
    return { status: status as number | null, signal: signal as NodeJS.Signals | null };
  });
  const running = () => child.exitCode === null && child.signalCode === null;
  // nsenter itself stays outside: the daemon is its only child.
  const parent = () => (child.pid === undefined ? undefined : childrenOf(child.pid)[0]);
  const pids = () => {
    const root = running() ? parent() : undefined;
    return root === undefined ? [] : processTree(root);
  };
  const kill = async () => {
    // Stopped first, all of them and what they start meanwhile: a child that saw its parent die would still say farewell.
    const stopped = new Set<number>();
    for (let fresh = pids(); fresh.length > 0; fresh = pids().filter((pid) => !stopped.has(pid)))
      for (const pid of fresh) {
        send(pid, 'SIGSTOP');
        stopped.add(pid);
      }
    for (const pid of stopped) send(pid, 'SIGKILL');
    // nsenter stops itself when it sees its child stopped, and would never see it die.
    const wake = setInterval(() => child.kill('SIGCONT'), 20);
    await ended;
    clearInterval(wake);
  };
  return {
    spec,
    startedAt,
    pidFile: parentFile,
    lines,
    ended,
    running,
    pids,
    vrrpPid: () => pids().find((pid) => innerPid(pid) === readPid(vrrpFile)),
    signal: (name) => {
      const pid = parent();
      if (pid !== undefined) send(pid, name);
    },
    stop: async (limit = 10_000) => {
      const pid = parent();
      if (pid !== undefined) send(pid, 'SIGTERM');
      let late = false;
      const timer = setTimeout(() => {
        late = true;
        void kill();
      }, limit);
      await ended;
      clearTimeout(timer);
      return !late;
    },
    kill,
  };
}

/** The words that start the ka-ts of this very installation. */
export function ownCommand(): string[] {
  if (singleFile()) return [process.execPath];
  return [process.execPath, join(import.meta.dirname, '..', '..', 'bin', 'ka-ts')];
}

/** true when a program of this name can be found. */
export function isInstalled(program: string): boolean {
  return spawnSync('sh', ['-c', 'command -v -- "$1"', 'sh', program], { stdio: 'ignore' }).status === 0;
}

function collect(child: ChildProcess, take: (line: LogLine) => void): void {
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream }).on('line', (text) => take({ at: monotonic(), text: withoutStamp(text) }));
  }
}

/** `Sat Nov 21 12:35:27 2026: text` → `text` */
function withoutStamp(line: string): string {
  return line.replace(/^[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9]{2} [0-9:.]{8,15} [0-9]{4}: /, '');
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended meanwhile.
  }
}

function readPid(file: string): number {
  try {
    return Number.parseInt(readFileSync(file, 'utf8'), 10);
  } catch {
    return Number.NaN;
  }
}

/** A process's pid as it sees itself; NaN when it is gone. */
export function innerPid(pid: number): number {
  try {
    const line = /^NSpid:.*\s([0-9]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(line?.[1]);
  } catch {
    return Number.NaN;
  }
}
