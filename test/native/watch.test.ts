// SPDX-License-Identifier: MIT
// The kernel's word to the trackers: directories, processes, and what a driver says of its link.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readlinkSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createClock } from '../../lib/kernel/clock.ts';
import { createProcessTable } from '../../lib/kernel/process-table.ts';
import { createWatchedFiles } from '../../lib/kernel/watched-files.ts';
import { loadNative } from '../../lib/native/load.ts';
import { until } from '../support/until.ts';

const native = loadNative();

describe('watched files', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), `ka-test-${process.pid}-`));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function watch(path: string) {
    const files = createWatchedFiles(native, createClock());
    const seen: (string | null)[] = [];
    const troubles: string[] = [];
    const handle = files.watch(
      path,
      () => seen.push(files.read(path)),
      (why) => troubles.push(why),
    );
    return { files, seen, troubles, close: () => handle.close() };
  }

  it('are read when they are written and closed, replaced and deleted; never half written', async () => {
    const path = join(folder, 'f');
    const w = watch(path);
    try {
      for (let i = 1; i <= 50; i++) writeFileSync(path, `${i}\n`);
      await until('the last write', () => w.seen.at(-1) === '50\n');
      writeFileSync(`${path}.new`, '51\n');
      renameSync(`${path}.new`, path);
      await until('the replacement', () => w.seen.at(-1) === '51\n');
      rmSync(path);
      await until('the end', () => w.seen.at(-1) === null);
      assert.ok(!w.seen.includes(''), 'an empty file was seen');
    } finally {
      w.close();
    }
  });

  it('are found again when their directory is deleted and made anew', async () => {
    const directory = join(folder, 'd');
    const path = join(directory, 'f');
    const w = watch(path);
    try {
      assert.deepEqual(w.troubles, ['its directory cannot be watched (ENOENT)']);
      mkdirSync(directory);
      writeFileSync(path, '1');
      await until('the new directory', () => w.seen.at(-1) === '1');
      rmSync(path);
      rmdirSync(directory);
      await until('the deleted one', () => w.seen.at(-1) === null);
      mkdirSync(directory);
      writeFileSync(path, '2');
      await until('the next one', () => w.seen.at(-1) === '2');
    } finally {
      w.close();
    }
  });

  it('in /proc are looked at once a second, since that tells nothing', () => {
    const w = watch('/proc/uptime');
    w.close();
    w.close();
    assert.deepEqual(w.troubles, ['its directory cannot be watched (its file system reports no changes)']);
    assert.equal(w.files.read(folder), null, 'a directory has no number');
  });
});

describe('watched processes', () => {
  it('are told when they start, fork and end; others are not', async () => {
    const table = createProcessTable(native, createClock());
    const told: string[] = [];
    let unavailable: string | null = null;
    const events = table.listen(
      {
        onFork: (pid, parent) => told.push(`fork ${pid} of ${parent}`),
        onChange: (pid) => told.push(`change ${pid} ${table.facts(pid)?.name}`),
        onExit: (pid) => told.push(`exit ${pid}`),
        onLost: () => told.push('lost'),
        onUnavailable: (why) => {
          unavailable = why;
        },
      },
      { bytes: 0, force: false },
    );
    try {
      events.setNames(['sleep'], false);
      const stranger = spawn('true');
      const child = spawn('sleep', ['300']);
      const pid = child.pid ?? assert.fail('no child');
      events.follow(pid, true);
      await until('the start, or that there are no events', () => unavailable !== null || told.some((t) => t === `change ${pid} sleep`));
      child.kill();
      await once(child, 'exit');
      assert.equal(table.facts(pid), null);
      if (unavailable !== null) return;
      await until('the end', () => told.includes(`exit ${pid}`));
      assert.ok(!told.some((t) => t.includes(` ${stranger.pid} `)), told.join('; '));
    } finally {
      events.close();
      events.close();
    }
  });

  it('are told in a network namespace too, through the one of process 1', async function () {
    this.timeout(20_000);
    // The connector answers in the first namespace alone. Where process 1 is hidden from us, as in a container, we stand in for it.
    const first =
      'mount -t tmpfs none /proc/1 && mkdir /proc/1/ns && touch /proc/1/ns/net && mount --bind /proc/self/ns/net /proc/1/ns/net';
    const agent = fileURLToPath(new URL('./process-agent.ts', import.meta.url));
    const line = `${first} && exec unshare --net '${process.execPath}' --import tsx '${agent}'`;
    const watcher = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', line], { stdio: ['pipe', 'pipe', 'inherit'] });
    const sleeper = spawn('sleep', ['300']);
    try {
      const told: string[] = [];
      createInterface({ input: watcher.stdout }).on('line', (text) => told.push(text));
      await until('the answer of the kernel', () => told.length > 1, { within: 15_000 });
      assert.notEqual(told[0], `in ${readlinkSync('/proc/self/ns/net')}`);
      // A kernel without process events, or a container of its own.
      if (!told.includes('acknowledged 0')) return void assert.match(told.join(), /ECONNREFUSED/);
      const { pid } = spawn('sleep', ['0.1']);
      await until('the program', () => told.includes(`changed ${pid}`));
      assert.ok(!told.includes(`changed ${sleeper.pid}`), told.join('; '));
    } finally {
      sleeper.kill();
      watcher.kill();
    }
  });

  it('show their name and their words', () => {
    const facts = createProcessTable(native, createClock()).facts(process.pid) ?? assert.fail('not there');
    assert.equal(facts.words[0], process.argv0);
    assert.ok(facts.name.length > 0 && facts.name.length <= 15);
  });

  it('arguments are checked', () => {
    assert.throws(() => native.watchProcesses({ receiveBuffer: -1, force: false }, () => {}), TypeError);
    assert.throws(() => native.watchDirectories('x' as never), TypeError);
    assert.throws(() => native.linkStatus('lo', 'smoke' as never), TypeError);
  });
});

describe('the link of an interface', () => {
  it('is what its flags say; a driver without registers, and no interface at all, answer nothing', () => {
    assert.equal(native.linkStatus('lo', 'ioctl'), true);
    assert.equal(native.linkStatus('lo', 'mii'), null);
    assert.equal(native.linkStatus('nothing0', 'ioctl'), null);
    assert.equal(native.linkStatus('a-name-that-is-too-long', 'ethtool'), null);
  });
});
