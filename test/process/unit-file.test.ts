// SPDX-License-Identifier: MIT
// The units in packaging/systemd, as systemd itself reads them.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCommandLine } from '../../lib/cli/options.ts';
import { root } from './support.ts';

const has = spawnSync('systemd-analyze', ['--version']).status === 0;

describe('the systemd units', function () {
  this.timeout(30_000);
  let folder = '';
  const text = (name: string) => readFileSync(join(root, 'packaging/systemd', name), 'utf8');
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'ka-ts-unit-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** The unit, hardened or not, with a program that is there; its path. */
  function installed(hardened: boolean): string {
    const unit = join(folder, hardened ? 'hard' : 'plain', 'ka-ts.service');
    mkdirSync(`${unit}.d`, { recursive: true });
    const withProgram = (name: string) => text(name).replaceAll('/usr/bin/ka-ts', '/bin/true');
    writeFileSync(unit, withProgram('ka-ts.service'));
    if (hardened) writeFileSync(join(`${unit}.d`, 'hardened.conf'), withProgram('hardened.conf'));
    return unit;
  }

  for (const [name, hardened, most] of [
    ['the plain one', false, 75],
    ['the hardened one', true, 35],
  ] as const) {
    it(`${name}: is understood, and leaves an exposure of at most ${most / 10}`, function () {
      if (!has) this.skip();
      const unit = installed(hardened);
      const verified = spawnSync('systemd-analyze', ['verify', '--man=no', unit], { encoding: 'utf8' });
      assert.equal(verified.status, 0, verified.stderr);
      assert.doesNotMatch(verified.stderr, /Unknown|ignoring|invalid/i);
      const rated = spawnSync('systemd-analyze', ['security', '--offline=true', `--threshold=${most}`, unit], { encoding: 'utf8' });
      assert.equal(rated.status, 0, rated.stdout.slice(-300));
    });
  }

  it('start it with options that it has', () => {
    for (const name of ['ka-ts.service', 'hardened.conf']) {
      const [, words = ''] = /^ExecStart=\/usr\/bin\/ka-ts (.*)$/m.exec(text(name)) ?? [];
      const options = words.split(' ').filter((word) => !word.startsWith('$'));
      assert.ok(options.length > 0);
      assert.equal(parseCommandLine(options).kind, 'run', words);
    }
  });
});
