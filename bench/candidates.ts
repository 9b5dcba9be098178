// SPDX-License-Identifier: MIT
// The programs that are compared. Anything that takes keepalived's options and configuration could stand here.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isInstalled, ownCommand } from '../lib/lab/daemon.ts';
import { run } from '../lib/lab/run.ts';

export interface Candidate {
  readonly name: string;
  /** Program and words before keepalived's options. */
  readonly command: readonly string[];
}

export const keepalived: Candidate = { name: 'keepalived', command: ['keepalived'] };

/** What this tree has built. */
export const kaTs: Candidate = { name: 'ka-ts', command: ownCommand() };

/** What `npm run package:binary` makes. */
export const singleFile = join(import.meta.dirname, '..', 'build', 'package', 'ka-ts');

/**
 * What the others are compared with comes last. `packaged`: the single file takes part too. Throws Error with what to do when something
 * is missing.
 */
export function candidates(packaged = false): readonly Candidate[] {
  if (!isInstalled('keepalived')) throw new Error('the packaged keepalived is not installed: apt-get install keepalived');
  const built = join(import.meta.dirname, '..', 'dist', 'bundle', 'daemon.cjs');
  if (!existsSync(built)) throw new Error(`${built} is missing: npm run build`);
  if (packaged && !existsSync(singleFile)) throw new Error(`${singleFile} is missing: npm run package:binary`);
  return [kaTs, ...(packaged ? [{ name: 'one file', command: [singleFile] }] : []), keepalived];
}

/** What a candidate calls itself, with its version: `Keepalived v2.2.7`, `ka-ts 0.1.0`. */
export async function describeCandidate({ name, command }: Candidate): Promise<string> {
  const { stdout, stderr } = await run([...command, '--version']);
  // The single file is ka-ts too.
  const program = name === keepalived.name ? name : 'ka-ts';
  const version = new RegExp(`^${program} (\\S+)`, 'im').exec(stdout + stderr)?.[1]?.replace(/,$/, '');
  return `${name} ${version ?? '(version unknown)'}`;
}
