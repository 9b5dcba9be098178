// Runs the test suites one after the other and closes with "N passed, N failed, N skipped".
// Usage: node test/run.mjs [suite …]; without a name all of them. Suites that need namespaces need root.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
// Cheap ones first; topologies last, alone on the machine, since they measure times.
const suites = ['architecture', 'unit', 'config', 'conformance', 'native', 'process', 'topo'];

function files(folder) {
  if (!existsSync(join(root, 'test', folder))) return [];
  return readdirSync(join(root, 'test', folder), { recursive: true })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join('test', folder, name))
    .sort();
}

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !suites.includes(name) && !existsSync(join(root, name)));
if (unknown.length > 0) {
  console.error(`unknown suite: ${unknown.join(', ')}; there are ${suites.join(', ')}, or name test files`);
  process.exit(2);
}

const scratch = mkdtempSync(join(tmpdir(), 'ka-ts-test-'));
const total = { passes: 0, failures: 0, pending: 0 };
let broken = 0;
const jobs = asked.length > 0 ? asked : suites;
for (const job of jobs) {
  const list = suites.includes(job) ? files(job) : [job];
  if (list.length === 0) continue;
  const report = join(scratch, `${jobs.indexOf(job)}.json`);
  const began = Date.now();
  console.log(`\n== ${job} (${list.length} files)`);
  const run = spawnSync(
    process.execPath,
    [join(root, 'node_modules/mocha/bin/mocha.js'), '--exit', '--reporter', join(root, 'test/support/reporter.cjs'), '--reporter-option', `output=${report}`, ...list],
    { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  try {
    const stats = JSON.parse(readFileSync(report, 'utf8'));
    for (const key of Object.keys(total)) total[key] += stats[key];
    if (run.status !== 0 && stats.failures === 0) broken++;
  } catch {
    // The runner died before it could count: a suite that tells nothing has failed.
    console.log(`   ${job}: the runner ended with status ${run.status ?? run.signal} and left no result`);
    broken++;
  }
  console.log(`   ${job}: ${((Date.now() - began) / 1000).toFixed(1)} s`);
}
rmSync(scratch, { recursive: true, force: true });
console.log(`\n${total.passes} passed, ${total.failures + broken} failed, ${total.pending} skipped`);
process.exit(total.failures + broken > 0 || total.passes === 0 ? 1 : 0);
