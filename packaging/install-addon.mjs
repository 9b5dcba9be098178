// SPDX-License-Identifier: MIT
// npm install: compiles the addon, unless the package brought one that this machine can load.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const addon = join(root, 'build', 'Release', 'ka_ts.node');

/** In a process of its own: one that was built for another C library may end it. */
function loads() {
  return existsSync(addon) && spawnSync(process.execPath, ['-e', 'process.dlopen({ exports: {} }, process.argv[1])', addon]).status === 0;
}

// In a clone what lies there may be older than the sources.
if (existsSync(join(root, '.git')) || !loads()) {
  const made = spawnSync('cmake-js', ['compile'], { cwd: root, stdio: 'inherit' });
  process.exitCode = made.status ?? 1;
}
