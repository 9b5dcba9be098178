// SPDX-License-Identifier: MIT
// The command line of the benches.

import { parseArgs } from 'node:util';
import type { Load } from './load.ts';

export const benchNames = ['failover', 'handover', 'jitter', 'footprint', 'scale', 'flood', 'steady', 'disturbed', 'bfd'] as const;
export type BenchName = (typeof benchNames)[number];

export interface Options {
  readonly benches: readonly BenchName[];
  /** Of each candidate under each load; null: as many as the bench has by itself. */
  readonly runs: number | null;
  /** Advertisement interval in seconds, 1..255: what version 2 can say. */
  readonly interval: number;
  readonly loads: readonly Load[];
  /** vrrp_rt_priority for all candidates, 1..99; null: each does what it does by itself. */
  readonly realtime: number | null;
  /** How many virtual routers advertise at once, and for how many seconds: they give the jitter bench its sample. */
  readonly jitter: { readonly instances: number; readonly window: number };
  readonly quick: boolean;
  readonly json: boolean;
  /** The single file of build/package takes part too. */
  readonly packaged: boolean;
  /** Write bench/results/. */
  readonly save: boolean;
}

export const usage = `usage: npm run bench [-- ${benchNames.join('|')} ...] [option ...]
       npm run bench -- plots|config|watching
  --runs N        runs of each candidate under each load (7, long benches 3)
  --interval S    advertisement interval in whole seconds (1)
  --load WHICH    idle or busy; both when not given
  --realtime P    put vrrp_rt_priority P into everybody's configuration
  --packaged      the single file of build/package takes part too
  --quick         one short run of each: to see that it works, not to quote
  --save          keep the figures in bench/results for the plots
  --json          one JSON line per figure on standard output, the table on standard error`;

/** Throws Error with a sentence for the operator. */
export function parseOptions(words: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      runs: { type: 'string' },
      interval: { type: 'string' },
      load: { type: 'string' },
      realtime: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      save: { type: 'boolean', default: false },
      packaged: { type: 'boolean', default: false },
    },
  });
  const { quick, json, save, packaged } = values;
  const interval = values.interval === undefined ? 1 : whole('--interval', values.interval, 1, 255);
  // A gap takes two adverts: a window for at least three intervals has some of every virtual router.
  const window = Math.max(quick ? 5 : 30, 3 * interval);
  return {
    benches: positionals.length === 0 ? benchNames : [...new Set(positionals.map(benchName))],
    runs: values.runs === undefined ? (quick ? 1 : null) : whole('--runs', values.runs, 1, 1000),
    interval,
    loads: values.load === undefined ? ['idle', 'busy'] : [load(values.load)],
    realtime: values.realtime === undefined ? null : whole('--realtime', values.realtime, 1, 99),
    jitter: { instances: quick ? 5 : 20, window },
    quick,
    json,
    save,
    packaged,
  };
}

function benchName(text: string): BenchName {
  const name = benchNames.find((known) => known === text);
  if (name === undefined) throw new Error(`there is no bench called ${text}; there are ${benchNames.join(' and ')}`);
  return name;
}

function load(text: string): Load {
  if (text === 'idle' || text === 'busy') return text;
  throw new Error(`--load is idle or busy, not ${text}`);
}

function whole(option: string, text: string, least: number, most: number): number {
  const value = /^[0-9]{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new Error(`${option} takes a whole number from ${least} to ${most}, not ${text}`);
}
