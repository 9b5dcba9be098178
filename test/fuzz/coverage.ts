// SPDX-License-Identifier: MIT
// How much of the decoders the kept inputs reach: clang's counters, read by llvm-cov, summed over the functions that read what
// others wrote. What only writes requests is left out where both are in one file.

import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { corpus, folder, root } from './targets.ts';

/** Per cent of the lines. */
export const needed = 95;

export interface Row {
  readonly file: string;
  readonly lines: number;
  readonly covered: number;
}

/** File → which of its functions read what comes from outside; by their names. */
const decoders: readonly (readonly [string, RegExp])[] = [
  ...['address', 'ah', 'auth_hmac', 'bfd', 'checksum', 'claim', 'describe', 'judge', 'vrrp'].map(
    (name) => [`native/codec/${name}.cc`, /./] as const,
  ),
  ['native/codec/bytes.h', /./],
  ...['address', 'link', 'route', 'rule', 'ipvs'].map(
    (name) => [`native/netlink/${name}.cc`, /parse|read|find|number|text_of|address_of|attributes/] as const,
  ),
  ['native/netlink/process_events.cc', /parse_process_event/],
  ['native/netlink/message.h', /for_each|read_/],
];

function tool(name: string, args: readonly string[]): string {
  const versions = ['', ...Array.from({ length: 12 }, (_, i) => `-${24 - i}`)];
  const program = versions.map((version) => name + version).find((candidate) => spawnSync(candidate, ['-help']).error === undefined);
  if (program === undefined) throw new Error(`${name} is needed for coverage: it comes with the package llvm`);
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 28, cwd: root });
  if (status !== 0) throw new Error(`${program}: ${stderr}`);
  return stdout;
}

/** Runs the corpus of each target once in the build with counters. */
export function coverage(names: readonly string[]): Row[] {
  const where = folder(true);
  const profiles = join(where, 'profiles');
  mkdirSync(profiles, { recursive: true });
  const programs = names.map((name) => join(where, `fuzz_${name}`));
  const raw = names.map((name, at) => {
    const profile = join(profiles, `${name}.profraw`);
    const { status, stderr } = spawnSync(programs[at] ?? '', ['-runs=0', corpus(name)], {
      env: { ...process.env, LLVM_PROFILE_FILE: profile },
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${name}: ${stderr.slice(-4000)}`);
    return profile;
  });
  const merged = join(profiles, 'all.profdata');
  tool('llvm-profdata', ['merge', '-sparse', '-o', merged, ...raw]);
  const objects = programs.slice(1).flatMap((program) => ['-object', program]);
  return decoders.map(([file, functions]) => {
    const report = tool('llvm-cov', ['show', programs[0] ?? '', ...objects, `-instr-profile=${merged}`, join(root, file)]);
    return { file, ...count(report, functions) };
  });
}

/** Counts the lines of the functions whose names fit; a function begins at a line without indent that has a parenthesis. */
export function count(report: string, functions: RegExp): { lines: number; covered: number } {
  let inside = false;
  let lines = 0;
  let covered = 0;
  for (const row of report.split('\n')) {
    const match = /^\s*\d+\|\s*([\d.]+[kMGE]?)?\|(.*)$/.exec(row);
    if (!match) continue;
    const [, times, code = ''] = match;
    const heading = /^(?! |namespace|\/\/|#|})\S.*?([\w:~]+)\(/.exec(code);
    if (heading) inside = functions.test(heading[1] ?? '');
    if (functions.source === '.') inside = true;
    if (!inside || times === undefined) continue;
    lines++;
    if (times !== '0') covered++;
  }
  return { lines, covered };
}
