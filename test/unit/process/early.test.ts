// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DaemonOptions, parseCommandLine } from '../../../lib/cli/options.ts';
import { type SpawnCalls, startEarly } from '../../../lib/process/early.ts';

/** Starts nothing; each descriptor is none. */
function fakeCalls(started: number[] = []): SpawnCalls {
  const refused = () => assert.fail('not called here');
  return {
    startProgram() {
      started.push(1);
      throw Object.assign(new Error('clone'), { code: 'EAGAIN' });
    },
    socketPair: () => [-1, -1],
    createGuardTable: () => -1,
    withLesserRights(_capabilities, start) {
      start();
      return true;
    },
    takeEnding: refused,
    openChannel: refused,
  };
}

function options(...words: string[]): DaemonOptions {
  const line = parseCommandLine(words);
  assert.equal(line.kind, 'run');
  return line.options;
}

describe('a VRRP process is started early', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'ka-early-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const tries = (text: string | null, ...words: string[]) => {
    const file = join(folder, 'a.conf');
    if (text === null) rmSync(file, { force: true });
    else writeFileSync(file, text);
    const started: number[] = [];
    assert.equal(startEarly(options(...words), file, fakeCalls(started)), null, 'what cannot be started is left to the parent');
    return started.length === 1;
  };

  it('in the foreground, for a configuration that seems to need it', () => {
    assert.equal(tries('vrrp_instance VI_1 {\n}\n', '-n'), true);
    assert.equal(tries('include /etc/other.conf\n', '-n', '-P'), true);
  });

  it('but not for one that does not, nor for none', () => {
    assert.equal(tries('virtual_server 192.0.2.1 80 {\n}\n', '-n'), false);
    assert.equal(tries(null, '-n'), false);
  });

  it('nor where children inherit what the parent changes first', () => {
    const text = 'vrrp_instance VI_1 {\n}\n';
    assert.equal(tries(`global_defs {\n net_namespace other\n}\n${text}`, '-n'), false);
    assert.equal(tries(text, '-n', '-s', 'other'), false);
    assert.equal(tries(text, '-n', '-m'), false);
    assert.equal(tries(text), false);
  });

  it('nor without VRRP', () => {
    assert.equal(tries('vrrp_instance VI_1 {\n}\n', '-n', '-C'), false);
  });
});
