// SPDX-License-Identifier: MIT
// What programs that are started get of our capabilities, and what a process that has confined itself cannot do any more.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { loadNative } from '../../lib/native/load.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const native = loadNative();

/** The sets of a program that is started now. */
function startedWith(): Record<string, string> {
  const status = execFileSync('cat', ['/proc/self/status'], { encoding: 'utf8' });
  return Object.fromEntries([...status.matchAll(/^(Cap\w+|NoNewPrivs):\s+(\w+)$/gm)].map(([, name, value]) => [name, value]));
}

describe('lesser rights', () => {
  const usual = startedWith();
  const netAdmin = (1 << 12).toString(16).padStart(16, '0');

  it('are those of what is started meanwhile, even as root, and nobody else’s', () => {
    let inside: Record<string, string> = {};
    const inForce = native.withLesserRights([12, 63], () => {
      inside = startedWith();
    });
    assert.equal(inForce, true);
    assert.deepEqual([inside.CapPrm, inside.CapEff, inside.CapAmb], [netAdmin, netAdmin, netAdmin]);
    assert.deepEqual(startedWith(), usual);
  });

  it('end when the start fails', () => {
    const broken = () => {
      throw new Error('broken');
    };
    assert.throws(() => native.withLesserRights([], broken), /broken/);
    assert.deepEqual(startedWith(), usual);
  });

  it('are no more than we have', () => {
    native.withLesserRights([12], () => {
      const script = `
        import { loadNative } from './lib/native/load.ts';
        import { execFileSync } from 'node:child_process';
        loadNative().withLesserRights([12, 13], () => process.stdout.write(execFileSync('grep', ['CapEff', '/proc/self/status'])));`;
      const output = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
        cwd: root,
        encoding: 'utf8',
      });
      // Without CAP_SETPCAP root cannot give part of it: all of that.
      assert.equal(/CapEff:\s+(\w+)/.exec(output)?.[1], netAdmin);
    });
  });

  it('refuse what is no capability', () => {
    for (const wrong of [-1, 64, 1.5]) assert.throws(() => native.withLesserRights([wrong], () => {}), /capabilities\[\]/);
  });
}).timeout(20_000);

describe('a process that has confined itself', () => {
  it('starts nothing, traces nobody, mounts nothing, from any thread; and works on', () => {
    const script = `
      import { loadNative } from './lib/native/load.ts';
      import { spawnSync } from 'node:child_process';
      import { readFile } from 'node:fs/promises';
      import { readdirSync, readFileSync } from 'node:fs';
      import { Worker } from 'node:worker_threads';
      const native = loadNative();
      await readFile('/proc/self/status');
      const filtered = native.confine();
      const modes = readdirSync('/proc/self/task').map((t) => /^NoNewPrivs:\\s+1\\nSeccomp:\\s+2$/m.test(readFileSync('/proc/self/task/' + t + '/status', 'utf8')));
      const code = (act) => { try { act(); return ''; } catch (error) { return error.code; } };
      const answer = { filtered, threads: modes.length, all: modes.every(Boolean), spawn: spawnSync('true').error?.code,
        start: code(() => native.startProgram({ path: '/bin/true', arguments: ['true'], environment: [] })),
        mount: code(() => native.isolateMounts()), read: (await readFile('/proc/self/status', 'utf8')).length > 0 };
      const worker = new Worker("import { parentPort } from 'node:worker_threads'; import { spawnSync } from 'node:child_process'; parentPort.postMessage(spawnSync('true').error?.code)", { eval: true, execArgv: ['--input-type=module'] });
      worker.on('message', (inWorker) => { console.log(JSON.stringify({ ...answer, inWorker })); });`;
    const done = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { cwd: root, encoding: 'utf8' });
    assert.equal(done.status, 0, done.stderr);
    const { threads, ...answer } = JSON.parse(done.stdout);
    assert.ok(threads > 4);
    const refused = { spawn: 'EPERM', start: 'EPERM', mount: 'EPERM', inWorker: 'EPERM' };
    assert.deepEqual(answer, { filtered: true, all: true, read: true, ...refused });
  });
}).timeout(20_000);
