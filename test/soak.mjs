// SPDX-License-Identifier: MIT
// npm run soak -- NAME …: the long forms of tests that are short in npm test. Without a name all of them. The environment wins:
// KA_SLOPE_MINUTES=30 npm run soak -- slope

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Name → test file, and the environment that makes it long. */
const soaks = {
  reloads: ['test/process/many-reloads.test.ts', { KA_RELOADS: '1000' }],
  kills: ['test/topo/killed-often.test.ts', { KA_KILLS: '50' }],
  slope: ['test/process/slope.test.ts', { KA_SLOPE_MINUTES: '10' }],
  systems: ['test/process/single-file.test.ts', { KA_SYSTEMS: '1' }],
  flaps: ['test/process/scripts.test.ts', { KA_FLAPS: '500' }],
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in soaks));
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(', ')}; there are ${Object.keys(soaks).join(', ')}`);
  process.exit(2);
}
let status = 0;
for (const name of asked.length > 0 ? asked : Object.keys(soaks)) {
  const [file, environment] = soaks[name];
  const { status: ended } = spawnSync('npx', ['mocha', file], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: 'inherit',
    env: { ...environment, ...process.env },
  });
  status ||= ended ?? 1;
}
process.exit(status);
