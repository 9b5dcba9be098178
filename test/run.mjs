// SPDX-License-Identifier: MIT
// Runs the test suites one after the other and closes with "N passed, N failed, N skipped".
// Usage: node test/run.mjs [suite …]; without a name all of them. Suites that need namespaces need root.
// The suite `uml` runs inside a user-mode kernel, all its files in one boot (test/support/uml/boot.mjs).
// KA_OTHER_NODE names a second Node binary: everything but the topologies and `uml` runs on that one too.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// A large list of extra certificates, read at each start of Node, would be measured instead of us. npm needs it all the same.
if (process.env.NODE_EXTRA_CA_CERTS) process.env.KA_NPM_CA_CERTS = process.env.NODE_EXTRA_CA_CERTS;
delete process.env.NODE_EXTRA_CA_CERTS;

const root = fileURLToPath(new URL('..', import.meta.url));
// Cheap ones first; topologies last, alone on the machine, since they measure times. The others share it with the second Node.
const suites = ['architecture', 'unit', 'config', 'conformance', 'native', 'process', 'uml', 'topo'];
// These do not run on the second Node: the first measures times, the other boots a kernel that emulates one slow processor.
const once = ['topo', 'uml'];
// These hold what real processes do against the clock. A shared virtual machine stops even a bare real-time thread now and then
// (docs/decisions/0015), so a failed test gets two more attempts, and the end of the run names it. What is wrong fails them all.
const attempts = { native: 3, process: 3, topo: 3, uml: 2 };

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
const repeated = [];
const failed = [];
/** Suites without a count, each with its last lines: who reads only the end of a long log must find there what broke. */
const broken = [];
const chosen = asked.length > 0 ? asked : suites;
// Three lanes of suites, each one after the other: the first and the second Node side by side, then what must be alone.
const isAlone = (suite) => suite === 'topo' || suite.startsWith(join('test', 'topo'));
const first = chosen.filter((suite) => !isAlone(suite)).map((suite) => ({ suite, node: process.execPath, note: '' }));
const second = [];
const last = chosen.filter(isAlone).map((suite) => ({ suite, node: process.execPath, note: '' }));
const other = process.env.KA_OTHER_NODE;
if (other) {
  const version = spawnSync(other, ['--version'], { encoding: 'utf8' }).stdout?.trim() || other;
  for (const suite of chosen) if (!once.includes(suite)) second.push({ suite, node: other, note: ` on Node ${version}` });
}

let started = 0;
/** Runs one suite; its output goes through, or is held back until it has ended so that two lanes stay readable. */
async function play({ suite, node, note }, isHeldBack) {
  const list = suites.includes(suite) ? files(suite) : [suite];
  if (list.length === 0) return;
  const report = join(scratch, `${started++}.json`);
  const began = Date.now();
  const title = `\n== ${suite}${note} (${list.length} files)`;
  if (!isHeldBack) console.log(title);
  const inKernel = list.every((name) => name.startsWith(join('test', 'uml')));
  const boot = [join(root, 'test/support/uml/boot.mjs'), '--writable', scratch, '--limit', '600', '--', node];
  const kind = list[0].split('/')[1];
  const run = spawn(
    node,
    [
      ...(inKernel ? boot : []),
      join(root, 'node_modules/mocha/bin/mocha.js'),
      '--exit',
      '--reporter',
      join(root, 'test/support/reporter.cjs'),
      '--reporter-option',
      `output=${report}`,
      '--retries',
      String((attempts[kind] ?? 1) - 1),
      ...(process.stdout.isTTY ? ['--color'] : []),
      ...list,
    ],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const held = [];
  for (const stream of [run.stdout, run.stderr]) {
    stream.on('data', (bytes) => {
      held.push(bytes);
      if (!isHeldBack) process.stdout.write(bytes);
    });
  }
  const status = await new Promise((resolve) => {
    run.on('error', (error) => resolve(error.message));
    run.on('close', (code, signal) => resolve(code ?? signal));
  });
  if (isHeldBack) {
    console.log(title);
    process.stdout.write(Buffer.concat(held));
  }
  const fall = (how) => {
    const lines = Buffer.concat(held).toString().trimEnd().split('\n').slice(-30);
    broken.push(`  ${suite}${note}: the runner ${how}; its last lines:\n${lines.map((line) => `    ${line}`).join('\n')}`);
  };
  try {
    const stats = JSON.parse(readFileSync(report, 'utf8'));
    for (const key of Object.keys(total)) total[key] += stats[key];
    for (const test of stats.repeated) repeated.push({ ...test, where: `${suite}${note}` });
    for (const test of stats.failed) failed.push({ ...test, where: `${suite}${note}` });
    if (status !== 0 && stats.failures === 0) fall(`ended with status ${status} though no test failed`);
  } catch {
    // The runner died before it could count: a suite that tells nothing has failed.
    fall(`ended with status ${status} and left no result`);
  }
  console.log(`   ${suite}${note}: ${((Date.now() - began) / 1000).toFixed(1)} s`);
}

const running = new Set();
/** Plays a lane's suites in an order in which no suite runs twice at once: both would build the same sanitized engine. */
async function lane(jobs, isHeldBack) {
  const waiting = [...jobs];
  while (waiting.length > 0) {
    const free = waiting.findIndex(({ suite }) => !running.has(suite));
    if (free < 0) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      continue;
    }
    const [job] = waiting.splice(free, 1);
    running.add(job.suite);
    await play(job, isHeldBack);
    running.delete(job.suite);
  }
}

// The second Node begins with the processes, which mostly wait, and ends with the sanitized builds, when the first one waits.
const rank = (suite) => ({ process: 0, native: 2 })[suite] ?? 1;
second.sort((a, b) => rank(a.suite) - rank(b.suite));
await Promise.all([lane(first, false), lane(second, true)]);
await lane(last, false);
rmSync(scratch, { recursive: true, force: true });
if (repeated.length > 0) {
  console.log('\nTests that needed another attempt, and what the one before said:');
  for (const { where, title, said } of repeated) console.log(`  ${where}: ${title}\n    ${said}`);
}
if (failed.length > 0) {
  console.log('\nTests that failed:');
  for (const { where, title, said } of failed) console.log(`  ${where}: ${title}\n    ${said.split('\n').slice(0, 20).join('\n    ')}`);
}
if (broken.length > 0) console.log(`\nSuites that broke off:\n${broken.join('\n')}`);
const failures = total.failures + broken.length;
console.log(`\n${total.passes} passed, ${failures} failed, ${total.pending} skipped`);
process.exit(failures > 0 || total.passes === 0 ? 1 : 0);
