// SPDX-License-Identifier: MIT
// Tells the process events of programs called sleep, a line each, from wherever it runs: for tests of other network namespaces.

import { readlinkSync } from 'node:fs';
import { loadNative } from '../../lib/native/load.ts';

console.log(`in ${readlinkSync('/proc/self/ns/net')}`);
try {
  const watcher = loadNative().watchProcesses({ receiveBuffer: 0, force: false }, (events) => {
    for (const { kind, pid, errno } of events) console.log(`${kind} ${kind === 'acknowledged' ? errno : pid}`);
  });
  watcher.setNames(['sleep'], false);
} catch (error) {
  console.log(String(error));
}
// Until its standard input ends with the test.
process.stdin.resume();
