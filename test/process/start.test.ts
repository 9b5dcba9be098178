// What makes a start quick must be there, and taken by the Node it was made with: V8 refuses a code cache without a word.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../support/until.ts';
import { ask, instance, oneHostSuite, requireBuild, root, start } from './support.ts';

const uses = ['config-test', 'command', 'daemon', 'vrrp', 'checkers', 'bfd'];

describe('start', () => {
  before(requireBuild);

  for (const use of uses) {
    it(`takes the code cache of ${use}`, () => {
      const built = readdirSync(join(root, 'dist', 'bundle')).find((name) => name.startsWith(`${use}-v`));
      assert.ok(built, 'the build made none');
      const probe = `
        const { cacheFile, compile } = require(${JSON.stringify(join(root, 'bin', 'bundle.cjs'))});
        console.log(JSON.stringify([cacheFile('${use}'), compile('${use}').cachedDataRejected ?? null]));`;
      const { stdout, stderr } = spawnSync(process.execPath, ['-e', probe], { encoding: 'utf8' });
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

describe('a daemon that has started', function () {
  this.timeout(30_000);
  const suite = oneHostSuite();

  it('does not keep what only its start has needed, nor flags that cost a start', async () => {
    suite.daemon = start(suite.host, suite.directory, instance());
    await suite.daemon.logged(/Startup complete/);
    for (const file of [suite.daemon.parentFile, suite.daemon.vrrpFile]) {
      const of = (name: string) => suite.shell(`cat /proc/$(cat ${file})/${name}`);
      // A flag of V8 there, and Node compiles its own modules anew.
      assert.deepEqual(
        (await of('cmdline')).split('\0').filter((word) => word.startsWith('--') && !word.includes('node-api')),
        [],
      );
      const limit = 12 * 1024;
      await until(`${file}: less than ${limit} kB of Node's ${process.execPath}`, async () => residentKb(await of('smaps')) < limit);
    }
  });
});

/** Of the executable. */
function residentKb(smaps: string): number {
  const mappings = smaps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m).filter((text) => text.split('\n', 1)[0]?.endsWith(process.execPath));
  assert.ok(mappings.length > 0);
  return mappings.reduce((sum, text) => sum + Number(/^Rss:\s+(\d+) kB/m.exec(text)?.[1]), 0);
}
