// SPDX-License-Identifier: MIT
// Builds the Node-free library with AddressSanitizer and UndefinedBehaviorSanitizer and runs its test program.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { root, vectorPackets } from './vectors.ts';

const build = `${root}/build/asan`;

/** Runs a program to its end. Throws with its whole output when it fails; answers with standard output. */
function run(program: string, args: readonly string[], input = ''): string {
  const done = spawnSync(program, args, {
    cwd: root,
    input,
    encoding: 'utf8',
    timeout: 300_000,
    maxBuffer: 1 << 26,
    env: { ...process.env, ASAN_OPTIONS: 'detect_leaks=1', UBSAN_OPTIONS: 'print_stacktrace=1' },
  });
  assert.equal(done.status, 0, `${program} ${args.join(' ')}: ${done.error?.message ?? ''}\n${done.stdout}\n${done.stderr}`);
  return done.stdout;
}

describe('the core without Node, under sanitizers', function () {
  this.timeout(400_000);

  before(() => {
    run('cmake', ['-S', '.', '-B', build, '-DKA_CORE_ONLY=ON', '-DKA_SANITIZE=address,undefined']);
    run('cmake', ['--build', build, '--parallel', '2']);
  });

  it('passes its own tests', () => {
    const lines = run(`${build}/ka_core_test`, []).trim().split('\n');
    const tests = lines.filter((line) => line.startsWith('ok '));
    assert.equal(lines.at(-1), `${tests.length} tests, 0 failed`);
    assert.ok(tests.length >= 15, `only ${tests.length} tests ran`);
  });

  it('takes every golden packet cut at every length and with every bit flipped', () => {
    const packets = vectorPackets();
    assert.ok(packets.length > 50);
    const input = packets.map((p) => `${p.family} ${p.protocol} ${Buffer.from(p.packet).toString('hex')}\n`).join('');
    const [, count, variants] = /^(\d+) packets, (\d+) variants/.exec(run(`${build}/ka_core_test`, ['frames'], input)) ?? [];
    assert.equal(Number(count), packets.length);
    assert.ok(Number(variants) > packets.length * 100);
  });

  it('compiles every C++ file of this folder', () => {
    assert.ok(existsSync(`${build}/ka_core_test`));
    for (const file of readdirSync(`${root}/test/native`).filter((name) => name.endsWith('.cc'))) {
      assert.ok(existsSync(`${build}/CMakeFiles/ka_core_test.dir/test/native/${file}.o`), `${file} was not compiled`);
    }
  });
});
