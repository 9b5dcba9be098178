// What makes a start quick must be there, and taken by the Node it was made with: V8 refuses a code cache without a word.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { childFlags } from '../../lib/process/node-flags.ts';
import { ask, requireBuild, root } from './support.ts';

const uses = { 'config-test': [], command: [], daemon: [], vrrp: childFlags, checkers: childFlags, bfd: childFlags };

describe('start', () => {
  before(requireBuild);

  for (const [use, flags] of Object.entries(uses)) {
    it(`takes the code cache of ${use}`, () => {
      const built = readdirSync(join(root, 'dist', 'bundle')).find((name) => name.startsWith(`${use}-v`));
      assert.ok(built, 'the build made none');
      const probe = `
        const { cacheFile, compile } = require(${JSON.stringify(join(root, 'bin', 'bundle.cjs'))});
        console.log(JSON.stringify([cacheFile('${use}'), compile('${use}').cachedDataRejected ?? null]));`;
      const { stdout, stderr } = spawnSync(process.execPath, [...flags, '-e', probe], { encoding: 'utf8' });
      assert.equal(stderr, '');
      const [wanted, rejected] = JSON.parse(stdout) as [string, boolean | null];
      // Another Node than that of the build finds none, and starts without.
      assert.equal(rejected, wanted.endsWith(`/${built}`) ? false : null);
    });
  }

  it('finds a configuration test wherever it hides, and nothing else in what looks like one', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ka-ts-start-'));
    const file = join(folder, 'test.conf');
    writeFileSync(file, 'global_defs {\n    rooter_id x\n}\n');
    try {
      for (const words of [['-t'], ['-nt'], ['-lDt'], ['--config-t']]) {
        const { status, stderr } = ask(...words, '-f', file);
        assert.match(stderr, /Unknown keyword 'rooter_id'/, words.join(' '));
        assert.equal(status, 5);
      }
      assert.equal(ask(`-f${file}`, '--signum=DATA').stdout, '10\n');
      assert.match(ask('-t', '--signum=DATA').stdout, /^10$/m);
      assert.match(ask('check', '-t').stderr, /ka-ts check/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
