// SPDX-License-Identifier: MIT
// Signals are tried in child processes: a listener is a property of the whole process.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { root } from './vectors.ts';

/** Runs a script with `native` at hand and a helper that waits for the loop to deliver what is pending. */
function node(script: string): { status: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string } {
  const prelude = `const native = require('${root}/build/Release/ka_ts.node');
    native.outliveUnusedSignals();
    const { execFileSync } = require('node:child_process');
    const kill = (signal) => execFileSync('kill', ['-' + signal, String(process.pid)]);`;
  return spawnSync(process.execPath, ['-e', prelude + script], { encoding: 'utf8', timeout: 20_000 });
}

describe('signals that Node has no name for', () => {
  it('reach a callback of the event loop, the real-time ones too', () => {
    const done = node(`let count = 0;
      const one = native.listenToSignal(36, () => { console.log('JSON'); if (++count === 1) kill(63); });
      native.listenToSignal(63, () => { console.log('clear'); clearTimeout(wait); });
      const wait = setTimeout(() => {}, 10_000);
      kill(36);`);
    assert.deepEqual([done.stdout, done.status], ['JSON\nclear\n', 0], done.stderr);
  });

  it('do not keep the process alive, and are outlived after close(), which may be called twice', () => {
    const done = node(`const listener = native.listenToSignal(36, () => console.log('never'));
      listener.close();
      listener.close();
      kill(36);
      const again = native.listenToSignal(36, () => { console.log('again'); again.close(); clearTimeout(wait); });
      const wait = setTimeout(() => {}, 10_000);
      kill(36);`);
    assert.deepEqual([done.stdout, done.status], ['again\n', 0], done.stderr);
  });

  it('have one listener each, and only those that can be caught', () => {
    const done = node(`native.listenToSignal(36, () => {});
      for (const signal of [36, 9]) try { native.listenToSignal(signal, () => {}); } catch (error) { console.log(error.code); }
      for (const args of [[0, () => {}], [65, () => {}], [36]])
        try { native.listenToSignal(...args); } catch (error) { console.log(error.name); }`);
    assert.equal(done.stdout, 'EBUSY\nEINVAL\nTypeError\nTypeError\nTypeError\n', done.stderr);
  });

  it('make what a callback throws an uncaught exception', () => {
    const done = node(`process.on('uncaughtException', (error) => { console.log('caught', error.message); process.exit(3); });
      native.listenToSignal(36, () => { throw new Error('mine'); });
      setTimeout(() => {}, 10_000);
      kill(36);`);
    assert.deepEqual([done.stdout, done.status], ['caught mine\n', 3], done.stderr);
  });
}).timeout(30_000);
