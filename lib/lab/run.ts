// SPDX-License-Identifier: MIT
// The one way in which the lab runs a helper program and waits for it.

import { spawn } from 'node:child_process';

export interface Finished {
  /** Exit status; null when a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string;
  /** Milliseconds until the program is ended with SIGKILL; 10 s by default. */
  readonly timeout?: number;
}

/** Runs a program to its end. Throws only when it could not be started; look at `status` for the rest. */
export function run(argv: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const [program, ...rest] = argv;
  if (program === undefined) throw new TypeError('nothing to run');
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'pipe'] });
    const out: string[] = [];
    const complaints: string[] = [];
    const timer = setTimeout(() => child.kill('SIGKILL'), options.timeout ?? 10_000);
    child.stdout.setEncoding('utf8').on('data', (text: string) => out.push(text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => complaints.push(text));
    child.stdin.on('error', () => {}); // a program that does not read its input is not an error
    child.stdin.end(options.input ?? '');
    child.on('error', (cause) => {
      clearTimeout(timer);
      reject(new Error(`${program} could not be started: ${cause.message}`, { cause }));
    });
    child.on('close', (status) => {
      clearTimeout(timer);
      resolve({ status, stdout: out.join(''), stderr: complaints.join('') });
    });
  });
}

/** Runs a program that has to succeed. Throws Error with the command and what it wrote. */
export async function runOrThrow(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const { status, stdout, stderr } = await run(argv, options);
  if (status === 0) return stdout;
  const end = status === null ? 'was ended by a signal' : `ended with status ${status}`;
  throw new Error(`${argv.join(' ')} ${end}${stderr === '' ? '' : `: ${stderr.trim()}`}`);
}
