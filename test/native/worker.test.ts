// SPDX-License-Identifier: MIT
// A worker thread of the library's user that is terminated in the middle of a callback of the addon: it ends, the process does not.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What a worker opens so that `busy` is called, and what its parent does for that. */
const callbacks: Record<string, { inWorker: string; inParent: string }> = {
  'the bytes of a channel': {
    inWorker: 'native.openChannel(workerData, busy, () => {});',
    inParent: "writeSync(theirs, Buffer.alloc(1000, 'line\\n'));",
  },
  'the end of a channel': { inWorker: 'native.openChannel(workerData, busy, () => {});', inParent: 'closeSync(theirs);' },
  'a signal': { inWorker: 'native.listenToSignal(10, busy);', inParent: "process.kill(process.pid, 'SIGUSR1');" },
};

describe('a worker thread that is terminated while it is told', () => {
  for (const [what, { inWorker, inParent }] of Object.entries(callbacks)) {
    it(`${what} ends alone`, () => {
      const worker = `
        const { parentPort, workerData } = require('node:worker_threads');
        const native = require('${root}/build/Release/ka_ts.node');
        const busy = () => { parentPort.postMessage('busy'); while (parentPort) parentPort.postMessage; };
        ${inWorker}
        setInterval(() => {}, 1000);
        parentPort.postMessage('open');`;
      const script = `
        const { Worker } = require('node:worker_threads');
        const { once } = require('node:events');
        const { closeSync, writeSync } = require('node:fs');
        const native = require('${root}/build/Release/ka_ts.node');
        (async () => {
          const [ours, theirs] = native.socketPair('stream');
          const worker = new Worker(${JSON.stringify(worker)}, { eval: true, workerData: ours });
          await once(worker, 'message');
          ${inParent}
          await once(worker, 'message');
          console.log(await worker.terminate());
        })();`;
      const done = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8', timeout: 20_000 });
      assert.deepEqual([done.status, done.stdout, done.stderr], [0, '1\n', '']);
    });
  }
}).timeout(30_000);
