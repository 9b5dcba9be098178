// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, launcher, requireBuild } from './support.ts';

describe('the program', () => {
  before(requireBuild);

  it('prints its version block on standard error and ends with 0', () => {
    for (const option of ['-v', '--version', '--vers']) {
      const { status, stdout, stderr } = ask(option);
      assert.equal(status, 0);
      assert.equal(stdout, '');
      assert.match(stderr, /^Keepalived v2\.4\.3 \(07\/20,2026\)\n\n.*\n\nRunning on Linux /);
      assert.match(stderr, /^Config options: {2}.*\bVRRP\b/m);
    }
  });

  it('prints its usage with every option on standard error and ends with 0', () => {
    const { status, stdout, stderr } = ask('-h');
    assert.equal(status, 0);
    assert.equal(stdout, '');
    for (const word of ['-f, --use-file', '-n, --dont-fork', '-r, --vrrp_pid', '-t, --config-test', 'lab'])
      assert.ok(stderr.includes(word));
  });

  it('refuses unknown options and missing parameters with status 1', () => {
    for (const [args, text] of [
      [['-Q'], 'Unknown option -Q\n'],
      [['--bogus=1'], 'Unknown option --bogus=1\n'],
      [['-f'], 'Missing parameter for option -f\n'],
      [['-n', '--use-file='], 'Missing parameter for option --use-file\n'],
    ] as const) {
      const { status, stdout, stderr } = ask(...args);
      assert.deepEqual([status, stdout, stderr], [1, '', text]);
    }
  });

  it('refuses a word that is no command, and names the one that was meant', () => {
    for (const [args, text] of [
      [['staus'], "ka-ts: no command 'staus'; did you mean 'status'?\nTry 'ka-ts --help'.\n"],
      [['xyzzy', '-n'], "ka-ts: no command 'xyzzy'\nTry 'ka-ts --help'.\n"],
    ] as const) {
      const { status, stdout, stderr } = ask(...args);
      assert.deepEqual([status, stdout, stderr], [2, '', text]);
    }
  });

  it('passes over such a word where it is called keepalived, and starts', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ka-ts-word-'));
    try {
      symlinkSync(launcher, join(folder, 'keepalived'));
      const words = ['xyzzy', '-n', '-l', '-G', '-f', join(folder, 'none.conf'), '-p', join(folder, 'pid')];
      const { stdout, stderr } = spawnSync(process.execPath, [join(folder, 'keepalived'), ...words], { encoding: 'utf8', timeout: 20_000 });
      assert.match(stdout, /^Unexpected argument\(s\): xyzzy /);
      assert.match(stderr, /Starting Keepalived|none\.conf/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('prints signal numbers', () => {
    assert.deepEqual([ask('--signum', 'RELOAD').stdout, ask('--signum=DATA').stdout], ['1\n', '10\n']);
  });

  it('answers as the packaged keepalived does', () => {
    const lines = ['-Q', '--bogus=1', '-f', '--use-file=', '-s', '--debug', '--no-mem-check', '-nZ', '--dont', '--signum FOO']
      .concat(['STOP', 'RELOAD', 'DATA', 'STATS', 'STATS_CLEAR', 'JSON'].map((name) => `--signum ${name}`))
      .map((line) => line.split(' '));
    for (const words of lines) {
      const theirs = spawnSync('keepalived', words, { encoding: 'utf8', timeout: 20_000 });
      const ours = ask(...words);
      assert.deepEqual([ours.status, ours.stdout, ours.stderr], [theirs.status, theirs.stdout, theirs.stderr], words.join(' '));
    }
  });

  it('works through a symbolic link called keepalived', () => {
    const directory = mkdtempSync(join(tmpdir(), `ka-process-${process.pid}-`));
    try {
      symlinkSync(launcher, join(directory, 'keepalived'));
      const { status, stderr } = spawnSync(process.execPath, [join(directory, 'keepalived'), '-v'], { encoding: 'utf8' });
      assert.equal(status, 0);
      assert.match(stderr, /^Keepalived v2\.4\.3 /);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it('can be executed itself', () => {
    assert.equal(spawnSync(launcher, ['-v']).status, 0);
  });
}).timeout(30_000);
