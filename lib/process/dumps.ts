// SPDX-License-Identifier: MIT
// Dump files: where they go and how they get there. They appear whole or not at all, under a name that nobody can prepare
// a symbolic link for, and without a synchronous call: a slow disk must not hold the event loop and with it the lease
// (reference: process document, section 6).

import { randomBytes } from 'node:crypto';
import { constants, open, rename, rm } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import { errorText } from '../base/errors.ts';
import type { Log } from '../ports/log.ts';

/** What a process can be asked for by signal. */
export type DumpKind = 'data' | 'statistics' | 'clear_statistics' | 'json';

/** glibc's numbers of keepalived's SIGRTMIN+2 and SIGRTMAX-1. */
export const signalOf = { json: 36, clear_statistics: 63 } as const;

export const dumpFile = {
  data: 'keepalived.data',
  statistics: 'keepalived.stats',
  clear_statistics: 'keepalived.stats',
  json: 'keepalived.json',
} as const;

/** `$TMPDIR` where it is absolute, else /tmp. */
export function dumpDirectory(environment: NodeJS.ProcessEnv): string {
  const { TMPDIR } = environment;
  return TMPDIR !== undefined && isAbsolute(TMPDIR) ? TMPDIR : '/tmp';
}

export interface DumpWriter {
  /** `name` within the directory, or absolute. Writes soon, one file after the other; of several texts waiting for one name the last one wins. Failures are logged. */
  write(name: string, text: string): void;
  /** Resolves when nothing waits to be written. Never rejects. */
  settled(): Promise<void>;
}

/** Files get the mode 0666 without `umask`. */
export function createDumpWriter(context: { readonly log: () => Log; readonly directory: string; readonly umask: number }): DumpWriter {
  const waiting = new Map<string, string>();
  let work: Promise<void> | null = null;

  const writeAll = async () => {
    for (let next = firstOf(waiting); next; next = firstOf(waiting)) {
      const [name, text] = next;
      waiting.delete(name);
      const path = resolve(context.directory, name);
      try {
        await replaceFile(path, text, 0o666 & ~context.umask);
      } catch (error) {
        context.log().error(`Can't write dump file ${path}: ${errorText(error)}`);
      }
    }
    work = null;
  };

  return {
    write(name, text) {
      waiting.set(name, text);
      work ??= writeAll();
    },
    settled: () => work ?? Promise.resolve(),
  };
}

function firstOf(map: ReadonlyMap<string, string>): [string, string] | undefined {
  const { value } = map.entries().next();
  return value;
}

/** Throws Error{code}; then nothing is left behind and the old file is untouched. */
export async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  const temporary = `${path}.${randomBytes(9).toString('hex')}`;
  const file = await open(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
  try {
    try {
      await file.writeFile(text);
      await file.chmod(mode);
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
