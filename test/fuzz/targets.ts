// SPDX-License-Identifier: MIT
// The fuzz targets as programs: built by clang, started on the inputs kept in test/fuzz/corpus (a line of hex each) and the seeds.

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { sharedPath } from '../support/shared.ts';
import { seeds } from './seeds.ts';

export const root = resolve(import.meta.dirname, '..', '..');
const found = join(root, 'build', 'fuzz', 'found');
const longest = 4096;
const longestKept = 512;

export interface Result {
  readonly name: string;
  readonly executions: number;
  /** Seconds. */
  readonly ran: number;
  /** Edges of the program reached at least once. */
  readonly edges: number;
  /** Inputs in the working corpus afterwards. */
  readonly kept: number;
  /** What is wrong, and how to see it again; null for nothing. */
  readonly finding: string | null;
}

/** Names of all targets. */
export function targets(): string[] {
  return readdirSync(join(root, 'test/fuzz/targets'))
    .filter((name) => name.endsWith('.cc'))
    .map((name) => name.slice(0, -3))
    .sort();
}

/** Where a build lies. */
export function folder(coverage: boolean): string {
  return join(root, 'build', coverage ? 'fuzz-coverage' : 'fuzz');
}

/** Throws with the compiler's words when it fails. */
export function buildTargets(coverage: boolean): void {
  const where = folder(coverage);
  const cache = spawnSync('ccache', ['--version']).status === 0 ? ['-DCMAKE_CXX_COMPILER_LAUNCHER=ccache'] : [];
  const options = ['-DKA_FUZZ=ON', '-DCMAKE_CXX_COMPILER=clang++', `-DKA_COVERAGE=${coverage ? 'ON' : 'OFF'}`, ...cache];
  const calls = [
    ['-S', root, '-B', where, ...options],
    ['--build', where, '--parallel', '2'],
  ];
  for (const call of calls) {
    const { status, stdout, stderr, error } = spawnSync('cmake', call, { encoding: 'utf8', maxBuffer: 1 << 26 });
    if (status !== 0) throw new Error(`cmake ${call.join(' ')}: ${error?.message ?? ''}\n${stdout}\n${stderr}`);
  }
}

function keptFile(name: string): string {
  return join(root, 'test/fuzz/corpus', `${name}.hex`);
}

function keptInputs(name: string): Buffer[] {
  const file = keptFile(name);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => /^([0-9a-f]{2})+$/.test(line))
    .map((line) => Buffer.from(line, 'hex'));
}

function put(where: string, input: Uint8Array): void {
  writeFileSync(join(where, createHash('sha1').update(input).digest('hex')), input);
}

/** The working corpus of a target with everything known in it: kept inputs, and the seeds where the golden frames are. */
export function corpus(name: string): string {
  const where = join(root, 'build', 'fuzz', 'corpus', name);
  mkdirSync(where, { recursive: true });
  for (const input of keptInputs(name)) put(where, input);
  if (existsSync(sharedPath('vectors'))) for (const input of seeds().get(name) ?? []) put(where, Uint8Array.from(input).slice(0, longest));
  return where;
}

const environment = {
  ...process.env,
  ASAN_OPTIONS: 'detect_leaks=1:allocator_may_return_null=0',
  UBSAN_OPTIONS: 'print_stacktrace=1',
  // Counters of a run that is not counted.
  LLVM_PROFILE_FILE: '/dev/null',
};

export interface RunOptions {
  /** The build with counters, where that is there already. */
  readonly counted?: boolean;
  /** Further options of libFuzzer. */
  readonly more?: readonly string[];
}

/** Fuzzes for so many seconds. */
export function runTarget(name: string, seconds: number, { counted = false, more = [] }: RunOptions = {}): Promise<Result> {
  mkdirSync(found, { recursive: true });
  const where = corpus(name);
  const program = join(folder(counted), `fuzz_${name}`);
  const limits = [
    `-max_total_time=${Math.ceil(seconds)}`,
    `-max_len=${longest}`,
    '-timeout=10',
    '-rss_limit_mb=1024',
    '-print_final_stats=1',
    ...more,
  ];
  const child = spawn(program, [...limits, `-artifact_prefix=${found}/${name}-`, where], {
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const began = performance.now();
  let last = '';
  let edges = 0;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    for (const match of text.matchAll(/\bcov: (\d+)/g)) edges = Number(match[1]);
    last = (last + text).slice(-20_000);
  });
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', (code, signal) => {
      const executions = Number(/number_of_executed_units:\s+(\d+)/.exec(last)?.[1] ?? 0);
      const artifact = /Test unit written to (\S+)/.exec(last)?.[1];
      const how = `${program} ${artifact ?? ''}`;
      const finding = code === 0 ? null : `ended with ${code ?? signal}; to see it again: ${how}\n${last.slice(-4000)}`;
      done({ name, executions, ran: (performance.now() - began) / 1000, edges, kept: readdirSync(where).length, finding });
    });
  });
}

/** Fewest inputs of the working corpus that reach all it reaches, written to the repository. How many. */
export function keepSmallest(name: string): number {
  const small = join(root, 'build', 'fuzz', 'small', name);
  rmSync(small, { recursive: true, force: true });
  mkdirSync(small, { recursive: true });
  const program = join(folder(false), `fuzz_${name}`);
  const { status, stderr } = spawnSync(program, ['-merge=1', `-max_len=${longestKept}`, small, corpus(name)], {
    env: environment,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${program} -merge=1: ${stderr.slice(-4000)}`);
  const inputs = readdirSync(small).map((file) => readFileSync(join(small, file)).toString('hex'));
  inputs.sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  writeFileSync(keptFile(name), `${inputs.filter((line) => line !== '').join('\n')}\n`);
  return inputs.length;
}
