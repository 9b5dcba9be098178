// SPDX-License-Identifier: MIT
// Figures kept for the plots: bench/results/NAME.json, small enough to be committed with the page that quotes them.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Figure, jsonLine } from './figures.ts';

const folder = join(import.meta.dirname, 'results');

export interface Saved {
  /** Programs, machine and how busy it was, as the bench says before it begins. */
  readonly circumstances: readonly string[];
  readonly figures: readonly Figure[];
}

/** One file for each bench among the figures; what an earlier run kept of these benches is gone. */
export function save(circumstances: readonly string[], figures: readonly Figure[]): void {
  mkdirSync(folder, { recursive: true });
  for (const bench of new Set(figures.map((f) => f.bench))) {
    const lines = figures.filter((f) => f.bench === bench).map((f) => `    ${jsonLine(f)}`);
    const head = `{\n  "circumstances": ${JSON.stringify(circumstances)},\n  "figures": [\n`;
    writeFileSync(join(folder, `${bench}.json`), `${head}${lines.join(',\n')}\n  ]\n}\n`);
  }
}

/** Bench → what was kept of it, in the order of their names. Throws Error for a file that is no JSON. */
export function readSaved(): ReadonlyMap<string, Saved> {
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return new Map(
    names.sort().map((name) => [name.slice(0, -'.json'.length), JSON.parse(readFileSync(join(folder, name), 'utf8')) as Saved]),
  );
}
