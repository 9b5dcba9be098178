// SPDX-License-Identifier: MIT
// Tools over child_process.spawn.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { errorText } from '../base/errors.ts';
import type { NativeAddon } from '../native/surface.ts';
import type { ToolResult, Tools } from '../ports/tools.ts';

const folders = ['/usr/sbin', '/sbin', '/usr/bin', '/bin', '/usr/local/sbin'];
const limit = 10_000;
/** Of what it says; more is not looked at. */
const mostOutput = 4 * 1024 * 1024;

/** `native`: of a process that has been started with lesser rights than root usually has; tools expect to be root. */
export function createTools(native?: Pick<NativeAddon, 'asUsualRoot'>): Tools {
  const around: Around = native ? native.asUsualRoot : (start) => start();
  return {
    run(program, args, input) {
      const path = find(program);
      if (path === null) return Promise.resolve({ kind: 'not_started', text: `${program} is in none of ${folders.join(', ')}` });
      return runTo(path, args, input, around);
    },
  };
}

function find(program: string): string | null {
  for (const folder of folders) {
    const path = join(folder, program);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // The next folder.
    }
  }
  return null;
}

type Around = (start: () => void) => void;

function runTo(path: string, args: readonly string[], input: string, around: Around): Promise<ToolResult> {
  return new Promise((resolve) => around(() => resolve(ended(start(path, args), input))));
}

function start(path: string, args: readonly string[]): ChildProcessWithoutNullStreams {
  return spawn(path, [...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { LC_ALL: 'C', PATH: folders.join(':') },
    timeout: limit,
    killSignal: 'SIGKILL',
  });
}

function ended(child: ChildProcessWithoutNullStreams, input: string): Promise<ToolResult> {
  return new Promise((resolve) => {
    const text = { output: '', errors: '' };
    const collect = (key: keyof typeof text) => (chunk: Buffer) => {
      if (text[key].length < mostOutput) text[key] += chunk.toString('utf8');
    };
    child.stdout.on('data', collect('output'));
    child.stderr.on('data', collect('errors'));
    // It may end without reading.
    child.stdin.on('error', () => {});
    child.on('error', (error) => resolve({ kind: 'not_started', text: errorText(error) }));
    child.on('close', (status, signal) =>
      resolve({
        kind: 'ended',
        status: status ?? 128,
        ...text,
        ...(signal === null ? {} : { errors: `${text.errors}ended by ${signal}` }),
      }),
    );
    child.stdin.end(input);
  });
}
