// SPDX-License-Identifier: MIT
// npm run fuzz [-- SECONDS [TARGET …]] [--jobs N] [--coverage] [--minimise]: libFuzzer with AddressSanitizer and
// UndefinedBehaviorSanitizer against every native decoder. A finding is left in build/fuzz/found and printed with how to see
// it again. --coverage: no fuzzing, the lines that the kept inputs reach. --minimise: the kept inputs, fewest that reach all.

import { parseArgs } from 'node:util';
import { coverage, needed } from './coverage.ts';
import { buildTargets, keepSmallest, type Result, runTarget, targets } from './targets.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    jobs: { type: 'string', default: '2' },
    coverage: { type: 'boolean', default: false },
    minimise: { type: 'boolean', default: false },
  },
});
const seconds = Number(positionals[0] ?? 60);
const all = targets();
const chosen = positionals.length > 1 ? positionals.slice(1) : all;
const strange = chosen.filter((name) => !all.includes(name));
const jobs = Number(values.jobs);
if (!(seconds > 0 && seconds <= 86_400) || !(jobs >= 1 && jobs <= 64) || strange.length > 0) {
  console.error(`usage: npm run fuzz [-- SECONDS [TARGET …]] [--jobs 1..64] [--coverage] [--minimise]\ntargets: ${all.join(' ')}`);
  process.exit(2);
}

function tell(result: Result): void {
  const { name, executions, ran, edges, kept, finding } = result;
  const rate = Math.round(executions / Math.max(ran, 1));
  console.log(`${name.padEnd(10)} ${executions} inputs in ${ran.toFixed(0)} s (${rate}/s), ${edges} edges, ${kept} inputs kept`);
  if (finding !== null) console.log(`${name}: ${finding}`);
}

async function fuzz(): Promise<number> {
  const waiting = [...chosen];
  let findings = 0;
  const worker = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const result = await runTarget(name, seconds);
      tell(result);
      if (result.finding !== null) findings++;
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return findings;
}

if (values.coverage) {
  buildTargets(true);
  const rows = coverage(chosen);
  for (const { file, lines, covered } of rows)
    console.log(`${((100 * covered) / lines).toFixed(1).padStart(5)} %  ${file} (${covered} of ${lines} lines)`);
  const lines = rows.reduce((sum, row) => sum + row.lines, 0);
  const share = (100 * rows.reduce((sum, row) => sum + row.covered, 0)) / lines;
  console.log(`${share.toFixed(1).padStart(5)} %  of ${lines} lines of decoders`);
  process.exit(share >= needed || chosen.length < all.length ? 0 : 1);
}
buildTargets(false);
if (values.minimise) for (const name of chosen) console.log(`${name}: ${keepSmallest(name)} inputs kept in test/fuzz/corpus/${name}.hex`);
else process.exit((await fuzz()) > 0 ? 1 : 0);
