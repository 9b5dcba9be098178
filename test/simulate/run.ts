// SPDX-License-Identifier: MIT
// npm run simulate [-- CLUSTERS] [--years N] [--seed N] [--story]: clusters of virtual routers through years of random faults in
// virtual time. The first broken invariant ends it with the seed and the story; `--seed S --story` and one cluster play it again.

import { parseArgs } from 'node:util';
import { noFigures, runCluster } from './cluster.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    years: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    story: { type: 'boolean', default: false },
  },
});
const clusters = Number(positionals[0] ?? 1000);
const years = Number(values.years);
const seed = Number(values.seed);
if (!(clusters >= 1) || !(years > 0 && years <= 100) || !Number.isInteger(seed)) {
  console.error('usage: npm run simulate [-- CLUSTERS] [--years 0..100] [--seed N] [--story]');
  process.exit(2);
}
const figures = noFigures();
const began = performance.now();
const options = values.story ? { tell: (line: string) => console.log(line) } : {};
for (let n = 0; n < clusters; n++) {
  const broken = runCluster(seed + n, years, figures, options);
  if (broken) {
    console.log(
      `${broken.what}\n${broken.story.join('\n')}\nto see it again: npm run simulate -- 1 --seed ${broken.seed} --years ${years} --story`,
    );
    process.exit(1);
  }
  if ((n + 1) % 500 === 0) console.log(`${n + 1} clusters, ${((performance.now() - began) / 1000).toFixed(0)} s`);
}
const seconds = (performance.now() - began) / 1000;
console.log(
  `${clusters * years} cluster-years, seeds ${seed}..${seed + clusters - 1}: ${figures.episodes} episodes of ${figures.faults} faults, no broken invariant; ` +
    `an Active within ${figures.worstActive.toFixed(2)} and peace within ${figures.worstPeace.toFixed(2)} Active_Down_Intervals (and the longest preempt delay) ` +
    `after the last fault; ${((clusters * years) / seconds).toFixed(1)} cluster-years/s, ${figures.deeds} deeds, ${seconds.toFixed(0)} s`,
);
