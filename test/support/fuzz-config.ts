// SPDX-License-Identifier: MIT
// A fuzzer for the configuration reader: it changes samples at random, byte by byte and word by word, and keeps what makes the
// reader say something new. The same seed gives the same inputs.

import { randomFrom } from '../../lib/config/definitions.ts';
import { dumpConfig } from '../../lib/config/dump.ts';
import { rowsOf } from '../../lib/config/keywords/index.ts';
import { limits } from '../../lib/config/limits.ts';
import { loadConfig, loadSnapshot } from '../../lib/config/load.ts';
import type { Loaded } from '../../lib/config/options.ts';
import { describe, logLine } from '../../lib/config/report.ts';
import { grammar } from '../../lib/grammar.ts';
import { memoryFiles } from '../unit/config/memory-files.ts';

export interface Crash {
  readonly input: Uint8Array;
  readonly message: string;
}

export interface Fuzzed {
  readonly runs: number;
  /** Inputs kept because they made the reader say something new. */
  readonly kept: number;
  /** Different things said: codes of findings at keywords. */
  readonly features: number;
  /** Milliseconds of the slowest input. */
  readonly slowest: number;
  readonly crashes: readonly Crash[];
}

/** What one input may take, in milliseconds: far above any honest one, and far below what an operator calls a hang. */
const patience = 10_000;
const mostBytes = 64 * 1024;
const mostKept = 5000;
const mostCrashes = 20;

/** Feeds changed samples to the reader until `until()`. */
export function fuzzConfig(samples: readonly Uint8Array[], seed: number, until: () => boolean): Fuzzed {
  const random = randomFrom(seed);
  const corpus = [...samples];
  const features = new Set<string>();
  const crashes: Crash[] = [];
  const first = corpus.length;
  let runs = 0;
  let slowest = 0;
  while (!until() && crashes.length < mostCrashes) {
    const input = mutate(corpus, random);
    const began = performance.now();
    const tried = tryInput(input);
    const took = performance.now() - began;
    runs++;
    slowest = Math.max(slowest, took);
    const message = took > patience ? `took ${Math.round(took)} ms` : tried.fault;
    if (message !== null && !crashes.some((c) => c.message === message)) crashes.push({ input, message });
    const before = features.size;
    for (const feature of tried.features) features.add(feature);
    if (features.size > before && corpus.length - first < mostKept) corpus.push(input);
  }
  return { runs, kept: corpus.length - first, features: features.size, slowest, crashes };
}

/** Reads one input in every way there is; `fault` says what must not be. */
export function tryInput(input: Uint8Array): { readonly fault: string | null; readonly features: readonly string[] } {
  try {
    const loaded = loadConfig(memoryFiles({ '/etc/keepalived/x': input, '/etc/keepalived/other.conf': 'global_defs {\n}\n' }), {
      file: 'x',
      configId: 'low',
      seed: 1,
      lenient: false,
    });
    return { fault: faultOf(loaded), features: loaded.findings.map((f) => `${f.code} ${f.expected ?? ''}`) };
  } catch (error) {
    return { fault: (error as Error).stack?.split('\n').slice(0, 3).join('\n') ?? String(error), features: [] };
  }
}

function faultOf(loaded: Loaded): string | null {
  const { findings, config } = loaded;
  if (findings.length > limits.findings + 50) return 'more findings than the limit allows';
  for (const finding of findings) {
    logLine(finding, 1);
    describe(finding, loaded.sourceLine);
    if (finding.place && finding.place.line > 0 && loaded.sourceLine(finding.place.file, finding.place.line) === null)
      return `${finding.code} stands at a line that does not exist`;
  }
  const again = loadSnapshot(JSON.parse(JSON.stringify(loaded.snapshot)));
  if (again.testStatus !== loaded.testStatus) return 'a child reads its snapshot with another result';
  if (!config) return null;
  const dump = dumpConfig(config, { secrets: true });
  const back = loadConfig(memoryFiles({ '/dump': dump }), { file: '/dump', configId: 'low', seed: 1, lenient: false });
  if (!back.config) return `the dump is refused: ${back.findings.find((f) => f.severity === 'fatal')?.code}`;
  const second = dumpConfig(back.config, { secrets: true });
  return second === dump ? null : `the dump changes when it is read: ${firstDifference(dump, second)}`;
}

function firstDifference(a: string, b: string): string {
  const other = b.split('\n');
  const i = a.split('\n').findIndex((line, n) => line !== other[n]);
  return (a.split('\n')[i] ?? 'it grows').trim().split(/[ \t]/, 1)[0] ?? '';
}

const specials = [
  ...['{', '}', '"', "'", '\\', '\n', '\r\n', '\t', '\0', '!', '#', '@low ', '@^low ', '~SEQ(A,1,3) ', '~SEQx(A,9,12) ', '~LST(A,x,y) '],
  ...['$A=', '$A', `\${A}`, '$A= \\\n', `\${_ENV HOME}`, `\${_ENV}`, `\${_RANDOM 1 9}`, `\${_PWD}`, `\${_HASH}`, 'include other.conf\n'],
  ...[
    'include x\n',
    'includea {a,b}*\n',
    '-1',
    '0',
    '1',
    '255',
    '256',
    '65536',
    '4294967296',
    '99999999999999999999',
    '0x10',
    '1.5',
    '1e9',
  ],
  ...[
    '10.0.0.1',
    '10.0.0.1/24',
    '2001:db8::1/64',
    '::',
    'eth0',
    'lo',
    'on',
    'off',
    'constructor',
    '__proto__',
    'toString',
    '\u00fc',
    '\xff',
  ],
];

/** Every word that means something. */
const dictionary = [...specials, ...new Set([...rowsOf(grammar)].map(([, keyword]) => keyword))].map((word) => Buffer.from(word));

type Random = () => number;
type Mutation = (input: Uint8Array, random: Random, corpus: readonly Uint8Array[]) => Uint8Array;

const mutations: readonly Mutation[] = [
  (input, random) => spliced(input, at(input, random), 1, Uint8Array.of(Math.floor(random() * 256))),
  (input, random) => spliced(input, at(input, random), length(random), none),
  (input, random) => spliced(input, at(input, random), 0, pick(dictionary, random)),
  // A word for another one.
  (input, random) => {
    const [from, to] = range(input, random, isSpace);
    return spliced(input, from, to - from, pick(dictionary, random));
  },
  // A line lost, written twice, or moved.
  (input, random) => {
    const [from, to] = range(input, random, isNewline);
    return spliced(input, from, to - from, none);
  },
  (input, random) => {
    const [from, to] = range(input, random, isNewline);
    return spliced(input, from, 0, input.subarray(from, to), newline);
  },
  (input, random) => {
    const [from, to] = range(input, random, isNewline);
    return spliced(input, at(input, random), 0, newline, input.subarray(from, to), newline);
  },
  // A part of another input, or many of the same.
  (input, random, corpus) => {
    const other = pick(corpus, random);
    const from = at(other, random);
    return spliced(input, at(input, random), 0, other.subarray(from, from + Math.floor(random() * 2000)));
  },
  (input, random) => {
    const from = at(input, random);
    const part = input.subarray(from, from + length(random));
    return spliced(input, from, 0, ...Array.from({ length: Math.floor(random() * 50) }, () => part));
  },
  (input, random) => input.subarray(0, at(input, random)),
];

const none = new Uint8Array();
const newline = Uint8Array.of(10);

function mutate(corpus: readonly Uint8Array[], random: Random): Uint8Array {
  let input = pick(corpus, random);
  for (let n = 1 + Math.floor(random() ** 2 * 12); n > 0; n--) input = pick(mutations, random)(input, random, corpus);
  return input.subarray(0, mostBytes);
}

function pick<T>(list: readonly T[], random: Random): T {
  const found = list[Math.floor(random() * list.length)];
  if (found === undefined) throw new RangeError('nothing to choose from');
  return found;
}

function at(input: Uint8Array, random: Random): number {
  return Math.floor(random() * (input.length + 1));
}

/** Mostly short. */
function length(random: Random): number {
  return 1 + Math.floor(random() ** 4 * 200);
}

/** The bytes around a random place up to the next ones that `ends` accepts. */
function range(input: Uint8Array, random: Random, ends: (byte: number) => boolean): [number, number] {
  let from = at(input, random);
  let to = from;
  while (from > 0 && !ends(input[from - 1] ?? 0)) from--;
  while (to < input.length && !ends(input[to] ?? 0)) to++;
  return [from, to];
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

function isNewline(byte: number): boolean {
  return byte === 10;
}

function spliced(input: Uint8Array, from: number, drop: number, ...insert: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat([input.subarray(0, from), ...insert, input.subarray(from + drop)]);
}
