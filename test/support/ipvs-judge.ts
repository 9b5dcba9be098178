// keepalived and ipvsadm on tables of their own: each network namespace has one.

import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from './until.ts';

const execute = promisify(execFile);

/** `ipvsadm -Sn` in the namespace, line by line. */
export async function savedTable(netns: string): Promise<string[]> {
  const { stdout } = await execute('ip', ['netns', 'exec', netns, 'ipvsadm', '-Sn'], { maxBuffer: 1 << 24 });
  return stdout.trimEnd().split('\n');
}

export async function ipvsadm(netns: string, ...args: string[]): Promise<string> {
  const { stdout } = await execute('ip', ['netns', 'exec', netns, 'ipvsadm', ...args], { maxBuffer: 1 << 24 });
  return stdout;
}

export interface Judge {
  /** Everything that it has logged. */
  log(): string;
  reload(text: string): Promise<void>;
  stop(): Promise<void>;
}

/** The packaged keepalived with its checker process alone, once it has started. Its files and processes go with stop(). */
export async function startJudge(netns: string, text: string, patience = { within: 30_000 }): Promise<Judge> {
  const folder = mkdtempSync(join(tmpdir(), 'ka-test-judge-'));
  const file = join(folder, 'keepalived.conf');
  writeFileSync(file, text);
  const pids = ['-p', 'k.pid', '-c', 'c.pid', '-r', 'v.pid'].map((word) => (word.startsWith('-') ? word : join(folder, word)));
  const child = spawn('ip', ['netns', 'exec', netns, 'keepalived', '-C', '-n', '-l', '-D', '-f', file, ...pids], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk) => (log += chunk));
  const ended = new Promise((done) => child.once('close', done));
  const logged = (pattern: RegExp, from = 0) => until(`keepalived logs ${pattern}`, () => pattern.test(log.slice(from)), patience);
  await logged(/Startup complete/).catch((error: Error) => {
    child.kill('SIGKILL');
    throw new Error(`${error.message}:\n${log}`);
  });
  return {
    log: () => log,
    async reload(next) {
      const from = log.length;
      writeFileSync(file, next);
      child.kill('SIGHUP');
      await logged(/Reload finished|Reload complete/, from);
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
