// SPDX-License-Identifier: MIT
// Who runs when. The candidates take turns, so that whatever else the machine does meanwhile meets them alike.

import type { Bench, Comparison, Conditions, Sample } from './bench.ts';
import type { Candidate } from './candidates.ts';
import { processorTimes, shareInUse } from './processors.ts';

/** Runs A B A B …, `runs` times each. `report` hears of each sample. A run that fails ends the comparison by throwing. */
export async function compare(
  bench: Bench,
  candidates: readonly Candidate[],
  conditions: Conditions,
  runs: number,
  report: (run: number, candidate: Candidate, sample: Sample) => void,
): Promise<Comparison> {
  const before = processorTimes();
  const samples = new Map<string, Sample[]>(candidates.map(({ name }) => [name, []]));
  for (let run = 1; run <= runs; run++) {
    for (const candidate of candidates) {
      const what = `${bench.name}, ${bench.scenario}, ${conditions.load}, run ${run} of ${candidate.name}`;
      const sample = await bench.run(candidate, conditions).catch((cause: Error) => {
        throw new Error(`${what}: ${cause.message}`, { cause });
      });
      samples.get(candidate.name)?.push(sample);
      report(run, candidate, sample);
    }
  }
  return { bench, conditions, samples, inUse: shareInUse(before, processorTimes()) };
}
