// SPDX-License-Identifier: MIT
// npm run chaos [-- ROUNDS [SEED]]: test/topo/chaos.test.ts at length, 100 rounds when not told otherwise. Needs root.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const [rounds = '100', seed = String(1 + Math.floor(Math.random() * 1e6))] = process.argv.slice(2);
if (!/^[1-9]\d{0,5}$/.test(rounds) || !/^\d{1,9}$/.test(seed)) {
  console.error('usage: npm run chaos [-- ROUNDS [SEED]]');
  process.exit(2);
}
const { status } = spawnSync('npx', ['mocha', '--exit', 'test/topo/chaos.test.ts'], {
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  stdio: 'inherit',
  env: { ...process.env, KA_CHAOS_ROUNDS: rounds, KA_CHAOS_SEED: seed },
});
process.exit(status ?? 1);
