// SPDX-License-Identifier: MIT
// npm run sanitized [-- address|thread [FILE …]]: topology tests with daemons whose engine is built with sanitizers. The program stands in
// build/sanitized-KIND as if it were installed there; Node itself is the usual one, so the runtime is preloaded. Needs root.
// All of them, a quarter of an hour: npm run sanitized -- address test/topo/*.test.ts

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const kinds = {
  address: { flags: 'address,undefined', libraries: ['libasan.so', 'libubsan.so'], variable: 'ASAN_OPTIONS' },
  thread: { flags: 'thread', libraries: ['libtsan.so'], variable: 'TSAN_OPTIONS' },
};
const [kind = 'address', ...asked] = process.argv.slice(2);
if (!(kind in kinds)) {
  console.error('usage: npm run sanitized [-- address|thread [FILE …]]');
  process.exit(2);
}
/** Takeovers, AH and auth_hmac, scripts, reloads of all kinds; no descriptors, full disks, killed and stopped processes. */
const files = asked.length > 0 ? asked : ['authentication', 'reload-details', 'chaos'].map((name) => `test/topo/${name}.test.ts`);
const { flags, libraries, variable } = kinds[kind];
const program = join(root, 'build', `sanitized-${kind}`);

function run(command, args, environment = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...environment } });
  if (error) console.error(error.message);
  return status ?? 1;
}

// The same folder as cmake-js takes for Node's headers, with what it is told about the compiler.
if (run('npx', ['cmake-js', 'compile', '-l', 'error', '-O', program, `--CDKA_SANITIZE=${flags}`]) !== 0) process.exit(1);
for (const folder of ['bin', 'dist']) {
  rmSync(join(program, folder), { recursive: true, force: true });
  cpSync(join(root, folder), join(program, folder), { recursive: true });
}
mkdirSync(join(program, 'build', 'Release'), { recursive: true });
cpSync(join(program, 'Release', 'ka_ts.node'), join(program, 'build', 'Release', 'ka_ts.node'));

/** Of GCC: clang has the runtime inside. */
const find = (name) => spawnSync('c++', [`-print-file-name=${name}`], { encoding: 'utf8' }).stdout.trim();
const reports = mkdtempSync(join(tmpdir(), 'ka-sanitized-'));
const options = {
  // Node's own memory at its end is no leak of ours; V8 catches faults itself.
  ASAN_OPTIONS: `detect_leaks=0:handle_segv=0:detect_odr_violation=0:log_path=${reports}/report`,
  TSAN_OPTIONS: `report_signal_unsafe=0:ignore_noninstrumented_modules=1:log_path=${reports}/report`,
};
const failed = run('npx', ['mocha', '--exit', '--timeout', '60000', '--retries', '2', ...files], {
  KA_PROGRAM: join(program, 'bin', 'ka-ts'),
  KA_PROGRAM_ENVIRONMENT: JSON.stringify({ LD_PRELOAD: libraries.map(find).join(' '), [variable]: options[variable] }),
});
const found = readdirSync(reports);
for (const name of found) console.error(readFileSync(join(reports, name), 'utf8').slice(0, 20_000));
rmSync(reports, { recursive: true, force: true });
console.log(`${kind}: ${found.length} reports`);
process.exit(found.length > 0 ? 1 : failed);
