// SPDX-License-Identifier: MIT
// What a parent leaves to the program that takes its place in the same process (docs/decisions/0022-upgrade-in-place.md): its
// children go on, and the new parent learns what they are Active for.

import { readFileSync, writeSync } from 'node:fs';
import type { Micros } from '../base/time.ts';
import type { PackedRecord } from './guard-messages.ts';
import { createGuardTable, type GuardTable } from './guard-table.ts';
import { bequestVariable as variable } from './marks.ts';
import type { Role } from './messages.ts';

/** What the guardian knows. */
export interface GuardianBequest {
  readonly records: readonly PackedRecord[];
  /** How long a child took from its configuration to its first word of it; null: not known. */
  readonly loadTakes: Micros | null;
}

/** A child that goes on. */
export interface LeftChild {
  readonly role: Role;
  readonly pid: number;
  /** Its guard table; -1: none. */
  readonly guardFd: number;
}

export interface Bequest {
  /** Where the first program was started: relative paths among the arguments mean this. */
  readonly directory: string;
  /** Of the program before. */
  readonly version: string;
  readonly children: readonly LeftChild[];
  readonly guardian: GuardianBequest;
}

interface Note extends Omit<Bequest, 'guardian'> {
  readonly guardianFd: number;
}

/** The descriptors that must stay open, and the variable `NAME=value` for the new program. */
export function packBequest(bequest: Bequest, newFile: () => number): { readonly keep: readonly number[]; readonly variable: string } {
  const { guardian, ...rest } = bequest;
  const guardianFd = newFile();
  const bytes = Buffer.from(JSON.stringify(guardian));
  for (let at = 0; at < bytes.length; ) at += writeSync(guardianFd, bytes, at, bytes.length - at, at);
  const note: Note = { ...rest, guardianFd };
  const keep = [guardianFd, ...rest.children.map((child) => child.guardFd).filter((fd) => fd >= 0)];
  return { keep, variable: `${variable}=${JSON.stringify(note)}` };
}

/** What the program before has left to this one; null: there was none. To be called once. */
export function takeBequest(environment: NodeJS.ProcessEnv = process.env): Bequest | null {
  const text = environment[variable];
  delete environment[variable];
  if (text === undefined) return null;
  const { guardianFd, ...rest } = JSON.parse(text) as Note;
  // The file's own position is where the writer left it: read by name, from its beginning.
  const guardian = JSON.parse(readFileSync(`/proc/self/fd/${guardianFd}`, 'utf8')) as GuardianBequest;
  return { ...rest, guardian };
}

/** The guard table of a child that was left. */
export function leftTable({ guardFd }: LeftChild): GuardTable {
  return createGuardTable(() => guardFd);
}
