// SPDX-License-Identifier: MIT
// What makes a start quick must be there, and taken by the Node it was made with: V8 refuses a code cache without a word.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

  it('loads no module of Node that a VRRP process may never need', () => {
    const probe = `
      const { load } = require(${JSON.stringify(join(root, 'bin', 'bundle.cjs'))});
      const before = new Set(process.moduleLoadList);
      load('vrrp');
      const late = ['crypto', 'net', 'fs/promises', 'child_process', 'stream', 'dgram', 'tls', 'perf_hooks'];
      const loaded = process.moduleLoadList.filter((name) => !before.has(name) && late.includes(name.replace('NativeModule ', '')));
      require('node:fs').writeSync(1, JSON.stringify(loaded));`;
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', probe], { encoding: 'utf8' });
    assert.equal(stderr, '');
    assert.deepEqual(JSON.parse(stdout), []);
  });

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

describe('a daemon that starts', function () {
  this.timeout(30_000);
  const suite = oneHostSuite();
  const hold = (more = '') => `global_defs {
  startup_script "/bin/sh -c 'sleep 1'" root
  ${more}
}
`;
  /** Processes of ours, by what they are. */
  const roles = () => suite.shell('for e in /proc/[0-9]*/environ; do tr "\\0" "\\n" <"$e" 2>/dev/null | grep ^KA_TS_ROLE=; done || true');

  it('has its VRRP process begin beside it, before it knows that it needs one', async () => {
    suite.daemon = start(suite.host, suite.directory, hold() + instance());
    // No child is started before the script has ended.
    await until('a VRRP process', async () => (await roles()) === 'KA_TS_ROLE=vrrp');
    assert.ok(!suite.daemon.lines.some((line) => line.startsWith('Starting VRRP')));
    const line = await suite.daemon.logged(/^Starting VRRP child process, pid=\d+$/);
    await suite.daemon.logged(/^Startup complete$/);
    assert.equal(line, `Starting VRRP child process, pid=${readFileSync(suite.daemon.vrrpFile, 'utf8').trim()}`);
    assert.equal(await roles(), 'KA_TS_ROLE=vrrp');
  });

  it('lets go of it when there is nothing for it to do', async () => {
    const file = join(suite.directory, 'nothing');
    writeFileSync(file, '');
    suite.daemon = start(suite.host, suite.directory, `${hold()}include ${file}\n`);
    await until('a VRRP process', async () => (await roles()) === 'KA_TS_ROLE=vrrp');
    await suite.daemon.logged(/no configuration to run/);
    await until('none', async () => (await roles()) === '');
    assert.ok(!suite.daemon.lines.some((line) => line.startsWith('Starting VRRP')));
  });

  it('takes it along when the configuration is refused', async () => {
    suite.daemon = start(suite.host, suite.directory, `${instance()}vrrp_instance VI_2 {\n  virtual_router_id\n}\n`);
    assert.equal(await suite.daemon.ended, 2);
    await until('none', async () => (await roles()) === '');
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
