// SPDX-License-Identifier: MIT
// Servers for checks to look at, as a program on a host of a test network (backends.mjs).

import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Host } from '../../lib/lab/host.ts';
import { until } from './until.ts';

const program = fileURLToPath(new URL('backends.mjs', import.meta.url));

export interface Backends {
  /** What they saw, a line each. */
  readonly lines: readonly string[];
  off(port: number): void;
  on(port: number): void;
  stop(): void;
}

/** `what`: `KIND@PORT` or `KIND@PORT@ADDRESS` each; resolves when all listen. */
export async function startBackends(host: Host, ...what: readonly string[]): Promise<Backends> {
  const child = host.spawn([process.execPath, program, ...what], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines: string[] = [];
  if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  const order = (line: string) => void child.stdin?.write(`${line}\n`);
  await until('the backends', () => lines.includes('ready'));
  return { lines, off: (port) => order(`off ${port}`), on: (port) => order(`on ${port}`), stop: () => child.stdin?.end() };
}
