// SPDX-License-Identifier: MIT
// The program that this process runs, as files: how to start it once more, and whether somebody has put another in its place.

import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { singleFile } from '../native/single-file.ts';

export interface Command {
  readonly path: string;
  readonly arguments: readonly string[];
}

/** What this process was started with. `flags`: further ones for Node. */
export function ownCommand(flags: readonly string[] = []): Command {
  const words = process.argv.slice(2);
  // A single file takes Node's flags in one word, and has no script to name.
  if (singleFile())
    return { path: process.execPath, arguments: [...(flags.length > 0 ? [`--node-options=${flags.join(' ')}`] : []), ...words] };
  return { path: process.execPath, arguments: [...flags, ...process.execArgv, ...process.argv.slice(1)] };
}

export interface OwnProgram {
  /** The files are not those that were there at the time of the call that made this; false while one of them is missing. */
  hasChanged(): boolean;
}

/** `files`: all that a new start reads. */
export function watchOwnProgram(files: readonly string[] = ownFiles()): OwnProgram {
  const before = marksOf(files);
  return {
    hasChanged() {
      const now = marksOf(files);
      return now !== null && now !== before;
    },
  };
}

/** null: one is missing, as in the midst of an installation. */
function marksOf(files: readonly string[]): string | null {
  const marks: string[] = [];
  for (const file of files) {
    const stat = statSync(file, { throwIfNoEntry: false });
    if (!stat) return null;
    marks.push(`${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeMs}`);
  }
  return marks.join(' ');
}

function ownFiles(): readonly string[] {
  const launcher = process.argv[1];
  if (launcher === undefined || singleFile()) return [process.execPath];
  const root = join(dirname(launcher), '..');
  const bundle = join(root, 'dist', 'bundle');
  const parts = existsSync(bundle) ? readdirSync(bundle).filter((name) => name.endsWith('.cjs')) : [];
  return [process.execPath, ...parts.map((name) => join(bundle, name)), join(root, 'build', 'Release', 'ka_ts.node')].filter(existsSync);
}
