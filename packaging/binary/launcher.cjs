// SPDX-License-Identifier: MIT
// What the single file runs first: bin/ka-ts, with the bundles and the addon read from the file itself.
process.on('SIGUSR1', () => {});

const { closeSync, constants, openSync, unlinkSync, writeSync } = require('node:fs');
const { dirname, join } = require('node:path');
const sea = require('node:sea');

/** dlopen(3) needs a file: some directory that can be written to and is not mounted noexec. */
function withAddonFile(use) {
  const failures = [];
  for (const folder of [
    process.env.XDG_RUNTIME_DIR,
    '/run',
    '/dev/shm',
    process.env.TMPDIR,
    '/tmp',
    '/var/tmp',
    dirname(process.execPath),
  ]) {
    if (!folder) continue;
    const file = join(folder, `.ka-ts-${process.pid}-${Math.random().toString(36).slice(2)}.node`);
    try {
      const fd = openSync(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o700);
      try {
        const bytes = new Uint8Array(sea.getRawAsset('ka_ts.node'));
        for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
        closeSync(fd);
        return use(file);
      } finally {
        // It stays mapped.
        unlinkSync(file);
      }
    } catch (error) {
      failures.push(`${folder}: ${error.message}`);
    }
  }
  throw new Error(`The packet engine could not be loaded from any directory:\n  ${failures.join('\n  ')}`);
}

// Looked for by lib/process/own-program.ts and lib/native/load.ts.
globalThis.kaTsSingleFile = { withAddonFile };
require('../../bin/ka-ts');
