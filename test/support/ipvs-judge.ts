// SPDX-License-Identifier: MIT
// keepalived, or we, and ipvsadm on tables of their own: each network namespace has one.

import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from './until.ts';

const execute = promisify(execFile);

/** `ipvsadm -Sn` in the namespace, line by line. */
export async function savedTable(netns: string): Promise<string[]> {
  return (await ipvsadm(netns, '-Sn')).trimEnd().split('\n');
}

export async function ipvsadm(netns: string, ...args: string[]): Promise<string> {
  const { stdout } = await execute('ip', ['netns', 'exec', netns, 'ipvsadm', ...args], { maxBuffer: 1 << 24 });
  return stdout;
}

export interface Director {
  /** Everything that it has logged. */
  log(): string;
  /** Where ours listens. */
  readonly socket: string;
  reload(text: string): Promise<void>;
  stop(): Promise<void>;
}

/** The packaged keepalived with its checker process alone, once it has started. */
export function startJudge(netns: string, text: string): Promise<Director> {
  return startDirector(netns, ['keepalived'], text);
}

/** A daemon with `roles` alone, once it has started. Its files and processes go with stop(). */
export async function startDirector(
  netns: string,
  command: readonly string[],
  text: string,
  roles: readonly string[] = ['-C'],
): Promise<Director> {
  const patience = { within: 60_000 };
  const folder = mkdtempSync(join(tmpdir(), 'ka-test-director-'));
  const file = join(folder, 'keepalived.conf');
  writeFileSync(file, text);
  const pids = ['-p', 'k.pid', '-c', 'c.pid', '-r', 'v.pid'].map((word) => (word.startsWith('-') ? word : join(folder, word)));
  const child = spawn('ip', ['netns', 'exec', netns, ...command, ...roles, '-n', '-l', '-D', '-f', file, ...pids], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk) => (log += chunk));
  const ended = new Promise((done) => child.once('close', done));
  const logged = (pattern: RegExp, from = 0) =>
    until(`${command[0]} logs ${pattern}`, () => pattern.test(log.slice(from)), patience).catch((error: Error) => {
      child.kill('SIGKILL');
      throw new Error(`${error.message}:\n${log}`);
    });
  await logged(/Startup complete/);
  return {
    log: () => log,
    socket: join(folder, 'k.sock'),
    async reload(next) {
      const from = log.length;
      writeFileSync(file, next);
      child.kill('SIGHUP');
      await logged(/Reload (finished|complete)/, from);
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
