// SPDX-License-Identifier: MIT
// Runs a command in a kernel of its own: Debian's user-mode Linux, a 6.1 kernel that runs as a process and has what the
// machine's kernel may lack (dummy, ipvlan, VLAN, VRF, bonds, IPVS, netem …). It sees the machine's whole file system, to read only;
// /tmp and /run are empty and its own; one folder may be written to, under the same path inside and outside.
//
// Usage: node test/support/uml/boot.mjs [--writable FOLDER] [--limit SECONDS] [--memory MEGABYTES] -- COMMAND [ARGUMENT …]
// Its output and exit status are the command's; 124 when the limit (300 s) was reached, 125 when the kernel did not come up.
// Variables whose names begin with KA_ are handed on. Needs root. One processor, no real time: test behaviour here, not speed.
//
// To add a test: put NAME.test.ts into test/uml. `node test/run.mjs uml` runs all of them in one boot, with everything test/support
// offers; a kernel module that is not loaded yet belongs into the list of init.sh. An ipvlan is then `ip link add x link eth0 type ipvlan`.

import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

const kernel = '/usr/bin/linux.uml';
const status = { limit: 124, noKernel: 125 };

const { values, positionals } = parseArgs({
  options: {
    writable: { type: 'string' },
    limit: { type: 'string', default: '300' },
    memory: { type: 'string', default: '1024' },
  },
  allowPositionals: true,
});
if (positionals.length === 0) {
  console.error('usage: boot.mjs [--writable FOLDER] [--limit SECONDS] [--memory MEGABYTES] -- COMMAND [ARGUMENT …]');
  process.exit(64);
}
if (!existsSync(kernel)) {
  console.error('boot.mjs: user-mode Linux is not installed: sh test/support/install-system.sh test');
  process.exit(status.noKernel);
}

const folder = mkdtempSync(join(realpathSync(tmpdir()), `ka-test-${process.pid}-kernel-`));
process.exitCode = await boot().finally(() => rmSync(folder, { recursive: true, force: true }));

/** Resolves with the exit status. */
async function boot() {
  const root = resolve(import.meta.dirname, '..', '..', '..');
  const shared = resolve(process.env.KA_SHARED ?? join(root, '..', 'shared'));
  // What lies under the inner /tmp or /run would be hidden; it is mounted there once more.
  const hidden = [root, shared, dirname(process.execPath)].map((path) => (existsSync(path) ? realpathSync(path) : path));
  const visible = hidden.filter((path) => /^\/(tmp|run)\//.test(path));
  const writable = values.writable === undefined ? [] : [realpathSync(values.writable)];
  const environment = Object.entries(process.env).filter(([name]) => /^KA_[A-Z_]+$/.test(name));
  const script = [
    `visible=${quote(visible.join('\n'))}`,
    `writable=${quote(writable.join('\n'))}`,
    `exchange=${quote(folder)}`,
    ...environment.map(([name, value]) => `export ${name}=${quote(value ?? '')}`),
    `cd ${quote(process.cwd())}`,
    positionals.map(quote).join(' '),
  ];
  writeFileSync(join(folder, 'command'), `${script.slice(0, 3).join('\n')}\nrun() (\n${script.slice(3).join('\n')}\n)\n`);
  copyFileSync(join(import.meta.dirname, 'init.sh'), join(folder, 'init.sh'));
  const options = [`mem=${Number(values.memory)}M`, 'rootfstype=hostfs', 'rootflags=/', 'ro', `init=${join(folder, 'init.sh')}`];
  const console_ = ['con=null', 'con0=fd:0,fd:1', 'loglevel=1', 'panic=-1', `uml_dir=${folder}/`];
  // A pid namespace of its own ends every one of the kernel's processes with it, and it ends with us.
  const ends = ['--pdeathsig', 'KILL', 'unshare', '--pid', '--fork', '--kill-child=KILL', '--mount-proc'];
  const child = spawn('setpriv', [...ends, kernel, ...options, ...console_], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, TMPDIR: existsSync('/dev/shm') ? '/dev/shm' : folder },
  });
  const told = pass(child.stdout);
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (complaints += text));
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, Number(values.limit) * 1000);
  await new Promise((done) => child.once('close', done));
  clearTimeout(timer);
  if (late) console.error(`boot.mjs: not done after ${values.limit} s: the kernel was ended`);
  if (existsSync(join(folder, 'status'))) return Number(readFileSync(join(folder, 'status'), 'utf8'));
  if (late) return status.limit;
  console.error(`boot.mjs: the kernel ended early\n${told()}${complaints}`);
  return status.noKernel;
}

/** Passes on the lines between the marks of init.sh; the returned function tells what came before them. */
function pass(stream) {
  const before = [];
  let begun = false;
  let ended = false;
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
    if (line === '-- the kernel halts') ended = true;
    else if (line === '-- the kernel is up') begun = true;
    else if (!begun) before.push(line);
    else if (!ended) console.log(line);
  });
  return () => before.map((line) => `${line}\n`).join('');
}

function quote(word) {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
