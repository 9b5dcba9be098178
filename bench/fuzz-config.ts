// SPDX-License-Identifier: MIT
// npm run fuzz:config [-- --minutes N] [--seed N]: changed configurations against the reader, for ten minutes when not told
// otherwise. What it finds is written to a new folder; each find becomes a case of test/config/fuzz.test.ts.

import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fuzzConfig } from '../test/support/fuzz-config.ts';
import { sharedPath } from '../test/support/shared.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string', default: '1' } } });
const minutes = Number(values.minutes);
const seed = Number(values.seed);
if (!(minutes > 0 && minutes <= 600) || !Number.isInteger(seed)) {
  console.error('usage: npm run fuzz:config [-- --minutes 0.1..600 --seed N]');
  process.exit(2);
}

const samples = readdirSync(sharedPath('configs'))
  .filter((name) => name.endsWith('.conf'))
  .map((name) => readFileSync(sharedPath('configs', name)));
const end = performance.now() + minutes * 60_000;
const { runs, kept, features, slowest, crashes } = fuzzConfig(samples, seed, () => performance.now() >= end);
const memory = Math.round(process.resourceUsage().maxRSS / 1024);
console.log(
  `${runs} inputs from ${samples.length} samples in ${minutes} minutes (seed ${seed}): ${crashes.length} finds; ${features} different findings, ` +
    `${kept} inputs kept, slowest ${Math.round(slowest)} ms, at most ${memory} MiB`,
);
if (crashes.length > 0) {
  const folder = mkdtempSync(join(tmpdir(), 'ka-ts-fuzz-'));
  for (const [i, { input, message }] of crashes.entries()) {
    writeFileSync(join(folder, `${i}.conf`), input);
    console.log(`${join(folder, `${i}.conf`)}: ${message}`);
  }
  process.exit(1);
}
