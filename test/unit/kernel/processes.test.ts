// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { milliseconds } from '../../../lib/base/time.ts';
import { createClock } from '../../../lib/kernel/clock.ts';
import { createProcesses } from '../../../lib/kernel/processes.ts';
import { loadNative } from '../../../lib/native/load.ts';
import type { Command, ExitResult, Processes } from '../../../lib/ports/processes.ts';
import { createMemoryLog } from '../../support/memory-log.ts';
import { until } from '../../support/until.ts';

const addon = new URL('../../../build/Release/ka_ts.node', import.meta.url).pathname;

describe('running scripts', () => {
  const context = { clock: createClock(), log: createMemoryLog(), native: loadNative(), environment: process.env };
  const shared = createProcesses(context);
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), `ka-unit-${process.pid}-`));
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  it('tells the exit status', async () => {
    assert.deepEqual(await run(['exit 3']).result, { kind: 'exited', status: 3 });
  });

  it('tells the signal that ended it', async () => {
    assert.deepEqual(await run(['kill -SEGV $$']).result, { kind: 'signalled', signal: 11 });
  });

  it('tells what cannot be started, after run() has returned', async () => {
    const { result, handle } = run([], { path: '/nonexistent/script' });
    assert.equal(handle.pid, 0);
    const end = await result;
    assert.ok(end.kind === 'not_started' && end.code === 'ENOENT');
  });

  it('tells what cannot even be asked for', async () => {
    const end = await run([], { path: 'a\0b' }).result;
    assert.equal(end.kind, 'not_started');
  });

  it('gives /dev/null as standard input, output and error', async () => {
    const file = join(directory, 'standard');
    await run(['found=$(readlink /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2); echo "$found" > "$1"', 'sh', file]).result;
    assert.equal(readFileSync(file, 'utf8'), '/dev/null\n/dev/null\n/dev/null\n');
  });

  it('passes on no descriptor that the daemon has opened', async () => {
    const ours = join(directory, 'ours');
    const fd = openSync(ours, 'w');
    const file = join(directory, 'descriptors');
    await run(['ls -l /proc/self/fd > "$1"', 'sh', file]).result;
    closeSync(fd);
    const text = readFileSync(file, 'utf8');
    assert.match(text, /0 -> \/dev\/null/);
    assert.ok(!text.includes(ours), text);
  });

  it('withholds IFS, LD_PRELOAD and LD_LIBRARY_PATH and passes the rest', async () => {
    const file = join(directory, 'environment');
    const environment = { PATH: process.env.PATH, IFS: 'x', LD_PRELOAD: '/nonexistent.so', LD_LIBRARY_PATH: '/y', KEPT: 'yes' };
    await run(['/usr/bin/env > "$1"', 'sh', file], {}, createProcesses({ ...context, environment })).result;
    const text = readFileSync(file, 'utf8');
    assert.match(text, /^KEPT=yes$/m);
    assert.doesNotMatch(text, /^(IFS|LD_PRELOAD|LD_LIBRARY_PATH)=/m);
  });

  it('runs in a process group of its own', async () => {
    const file = join(directory, 'group');
    const { handle, result } = run(['cut -d" " -f5 /proc/$$/stat > "$1"', 'sh', file]);
    await result;
    assert.equal(Number(readFileSync(file, 'utf8')), handle.pid);
  });

  it('uses the configured name as argv[0]', async () => {
    const file = join(directory, 'argv0');
    await run(['tr "\\0" " " < /proc/$$/cmdline > "$1"', 'sh', file], { argv0: 'check-me' }).result;
    assert.match(readFileSync(file, 'utf8'), /^check-me /);
  });

  it('runs a script without #! by the shell', async () => {
    const file = join(directory, 'bare');
    writeFileSync(file, 'exit 4\n', { mode: 0o755 });
    assert.deepEqual(await run([], { path: file, args: [] }).result, { kind: 'exited', status: 4 });
  });

  it('runs as another user with that group alone', async function () {
    if (process.geteuid?.() !== 0) return this.skip();
    const file = join(directory, 'id');
    writeFileSync(file, '', { mode: 0o666 });
    rmSync(file);
    const output = join(tmpdir(), `ka-unit-${process.pid}-id`);
    await run(['id > "$1"', 'sh', output], { identity: { uid: 65534, gid: 65534 } }).result;
    const text = readFileSync(output, 'utf8');
    rmSync(output);
    assert.match(text, /^uid=65534\(nobody\) gid=65534\(nogroup\) groups=65534\(nogroup\)$/m);
  });

  it('ends a script with its whole group when its time is over', async () => {
    const file = join(directory, 'sleeper');
    const { result, processes } = run(['sleep 100 & echo $! > "$1"; sleep 100', 'sh', file], { timeout: milliseconds(300) });
    assert.deepEqual(await result, { kind: 'timed_out' });
    assert.equal(processes.running(), 0);
    const grandchild = Number(readFileSync(file, 'utf8'));
    await until('the grandchild is gone', () => !isAlive(grandchild));
  });

  it('kills what ignores TERM two seconds later, leader or not', async () => {
    const file = join(directory, 'stubborn');
    const ignoring = 'trap "" TERM; (echo $BASHPID > "$1"; while :; do sleep 1; done) & while :; do sleep 1; done';
    const { result } = run([ignoring, 'bash', file], { path: '/bin/bash', timeout: milliseconds(200) });
    const started = performance.now();
    assert.deepEqual(await result, { kind: 'timed_out' });
    assert.ok(performance.now() - started > 1900, 'TERM must have been ignored for two seconds');
    const grandchild = Number(readFileSync(file, 'utf8'));
    await until('the grandchild is gone', () => !isAlive(grandchild));
  }).timeout(15_000);

  it('ends one that is asked to, and all of them at once', async () => {
    const one = run(['sleep 100']);
    one.handle.terminate();
    assert.deepEqual(await one.result, { kind: 'signalled', signal: 15 });
    const two = run(['trap "" TERM; sleep 100']);
    two.processes.killAll();
    assert.deepEqual(await two.result, { kind: 'signalled', signal: 9 });
  });

  it('gives the scheduling of before, and no signal blocked or ignored', async () => {
    const file = join(directory, 'ordinary');
    const { native } = context;
    const { soft, hard } = native.limit('rttime');
    native.setLimit('rttime', { soft: 123_456, hard });
    process.on('SIGPIPE', () => {});
    try {
      await run(['grep -E "^Sig(Blk|Ign)|^Max realtime timeout" /proc/self/status /proc/self/limits > "$1"', 'sh', file]).result;
    } finally {
      native.setLimit('rttime', { soft, hard });
    }
    const text = readFileSync(file, 'utf8');
    assert.match(text, /SigBlk:\t0+$/m);
    assert.match(text, /SigIgn:\t0+$/m);
    assert.match(text, /Max realtime timeout +unlimited/);
  });

  it('gives another limit of core files where asked to', async () => {
    const file = join(directory, 'core');
    const processes = createProcesses({ ...context, softCoreLimit: 4096 });
    await run(['grep "^Max core" /proc/$$/limits > "$1"', 'sh', file], {}, processes).result;
    assert.match(readFileSync(file, 'utf8'), /^Max core file size +(4096|0) /);
  });

  it('tells who could not become another user', async function () {
    if (process.geteuid?.() !== 0) return this.skip();
    const script = join(directory, 'as-nobody.mjs');
    writeFileSync(
      script,
      `import { createRequire } from 'node:module';
      const native = createRequire('/')('${addon}');
      process.setgroups([]); process.setgid(65534); process.setuid(65534);
      const start = (ids) => { try { return native.startProgram({ path: 'true', arguments: ['true'], environment: [], ...ids }) > 0; } catch (e) { return e.code + ' ' + e.syscall; } };
      console.log(start({}), start({ uid: 65534, gid: 65534 }), start({ uid: 0 }), start({ gid: 0 }));`,
    );
    chmodSync(directory, 0o755);
    const { stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
    assert.equal(stdout, 'true true EPERM setresuid EPERM setgroups\n', stderr);
  });

  it('ends when the daemon is killed', async () => {
    const daemon = `const native = require('${addon}');
      console.log(native.startProgram({ path: 'sleep', arguments: ['sleep', '100'], environment: [], ...IDS }));
      process.kill(process.pid, 'SIGKILL');`;
    for (const ids of ['{}', ...(process.geteuid?.() === 0 ? ['{ uid: 65534, gid: 65534 }'] : [])]) {
      const pid = Number(spawnSync(process.execPath, ['-e', daemon.replace('IDS', ids)], { encoding: 'utf8' }).stdout);
      assert.ok(pid > 0);
      await until('the script is gone', () => !isAlive(pid));
    }
  });

  function run(args: string[], changes: Partial<Command> = {}, processes: Processes = shared) {
    let tell: (result: ExitResult) => void = () => {};
    const result = new Promise<ExitResult>((resolve) => {
      tell = resolve;
    });
    const command: Command = { path: '/bin/sh', args: ['-c', ...args], identity: null, timeout: null, onExit: (r) => tell(r), ...changes };
    return { handle: processes.run(command), result, processes };
  }
});

/** Zombies count as gone: nobody of this test is their parent. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
