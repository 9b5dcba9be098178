// SPDX-License-Identifier: MIT
// npm run bench: ka-ts beside the packaged keepalived on this machine, in one run.
//
//   npm run bench [-- failover|handover|jitter|footprint …] [--runs N] [--interval S] [--load idle|busy] [--realtime P] [--quick] [--json]
//
// The candidates take turns (A B A B …) with the same configuration; every run gets a network of its own: namespaces around
// a bridge, the routers and a third host whose tap takes each frame with the kernel's receive time. Nothing outside those
// namespaces is touched, every wait has a deadline, everything is removed in the end. Needs root.
//
//   options.ts      the command line             statistics.ts  quantiles, medians
//   candidates.ts   the programs compared        figures.ts     samples of all runs → figures, JSON lines
//   bench.ts        what a bench is              table.ts       figures → text
//   compare.ts      who runs when
//   stage.ts        the network of a run         observer.ts    frames → sightings
//   load.ts         busy processes               processors.ts  how busy the machine was
//   configuration.ts                             what the routers are told
//   failover.ts, handover.ts, jitter.ts, footprint.ts, scale.ts, flood.ts, steady.ts,
//   disturbed.ts, bfd.ts, watching.ts   the benches: one run each, and the reading of what was observed
//
// How to read the figures: docs/performance.md.

import { cpus, loadavg, release } from 'node:os';
import { sweepDeadRuns } from '../lib/lab/network.ts';
import type { Bench, Series } from './bench.ts';
import { bfd } from './bfd.ts';
import { candidates, describeCandidate } from './candidates.ts';
import { compare } from './compare.ts';
import { disturbed } from './disturbed.ts';
import { failover } from './failover.ts';
import { type Figure, figuresOf, jsonLine } from './figures.ts';
import { flood } from './flood.ts';
import { footprint } from './footprint.ts';
import { handover } from './handover.ts';
import { jitter } from './jitter.ts';
import { type BenchName, type Options, parseOptions, usage } from './options.ts';
import { save } from './results.ts';
import { scale } from './scale.ts';
import { median, worst } from './statistics.ts';
import { steady } from './steady.ts';
import { renderTables } from './table.ts';

// A large list of extra certificates, read at each start of Node, would be measured instead of us.
delete process.env.NODE_EXTRA_CA_CERTS;

const benches: Readonly<Record<BenchName, readonly Bench[]>> = {
  failover,
  handover,
  jitter: [jitter],
  footprint,
  scale,
  flood,
  steady: [steady],
  disturbed,
  bfd: [bfd],
};

const usualRuns = 7;

async function main(options: Options): Promise<void> {
  if (process.geteuid?.() !== 0) throw new Error('the benches build network namespaces: run them as root');
  const contestants = candidates(options.packaged);
  const names = await Promise.all(contestants.map(describeCandidate));
  await sweepDeadRuns();
  const circumstances = [
    `${names.join(', ')}; ${cpus().length} processors, Linux ${release()}, Node ${process.versions.node}`,
    `${(loadavg()[0] ?? 0).toFixed(2)} processes ran on average in the last minute: what else runs here belongs to the result`,
  ];
  for (const line of circumstances) note(line);
  if (options.quick) note('--quick: too few and too short runs for a result');

  const figures: Figure[] = [];
  for (const bench of options.benches.flatMap((name) => benches[name])) {
    for (const load of options.loads.filter((one) => bench.loads?.includes(one) ?? true)) {
      const runs = options.runs ?? bench.runs ?? usualRuns;
      const comparison = await compare(bench, contestants, { ...options, load }, runs, (run, { name }, sample) => {
        const said = Object.entries(sample).map(([series, values]) => `${series} ${summary(values)}`);
        note(`${bench.name}, ${bench.scenario}, ${load}: run ${run} of ${runs}, ${name}: ${said.join(', ')}`);
      });
      const found = figuresOf(comparison);
      figures.push(...found);
      if (options.json) for (const figure of found) console.log(jsonLine(figure));
    }
  }
  if (options.save) save(circumstances, figures);
  (options.json ? console.error : console.log)(`\n${renderTables(figures)}`);
}

function summary(values: Series): string {
  const middle = median(values).toFixed(3);
  return values.length === 1 ? middle : `${middle} (worst of ${values.length}: ${worst(values).toFixed(3)})`;
}

/** Progress and circumstances: beside the result, not in it. */
function note(text: string): void {
  console.error(text);
}

// The namespaces and everything in them end with this process: leaving in order is enough.
for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  process.once(signal, () => process.exit(status));

try {
  const words = process.argv.slice(2);
  if (words.includes('--help') || words.includes('-h')) console.log(usage);
  else if (words[0] === 'config') process.exitCode = (await import('./config.ts')).configBench(words.slice(1));
  else if (words[0] === 'plots') (await import('./plots.ts')).plotAll();
  else if (words[0] === 'checkers') await (await import('./checkers.ts')).checkersBench(words.slice(1));
  else if (words[0] === 'watching') await (await import('./watching.ts')).watchingBench(words.slice(1));
  else await main(parseOptions(words));
} catch (error) {
  console.error(`bench: ${(error as Error).message}`);
  process.exit(1);
}
