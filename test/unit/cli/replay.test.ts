// SPDX-License-Identifier: MIT
// `ka-ts replay` on files that are no recordings. Real ones: test/topo/recordings.test.ts.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replayCommand } from '../../../lib/cli/replay.ts';

describe('ka-ts replay', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ka-ts-replay-'));
  after(() => rmSync(folder, { recursive: true }));

  const run = async (...argv: string[]) => {
    const [out, error]: [string[], string[]] = [[], []];
    const status = await replayCommand(argv, { write: (text) => void out.push(text), error: (text) => void error.push(text) });
    return { status, out: out.join(''), error: error.join('') };
  };
  const on = (text: string) => {
    writeFileSync(join(folder, 'r.json'), text);
    return run(join(folder, 'r.json'));
  };
  const head = { format: 'ka-ts-recording', version: 1, program: 'ka-ts', epoch: 0, transitions: [] };

  it('says what a file lacks to be a recording', async () => {
    for (const [text, reason] of [
      ['{', 'not JSON'],
      ['null', 'no "format"'],
      ['{}', 'no "format"'],
      [JSON.stringify({ ...head, version: 9, steps: [] }), 'has version 9'],
      [JSON.stringify(head), 'steps, transitions or epoch are missing'],
      [JSON.stringify({ ...head, steps: [{}] }), 'r.json'],
      [JSON.stringify({ ...head, steps: [null] }), 'r.json'],
      [
        JSON.stringify({ ...head, steps: [{ what: { kind: 'event', member: 5 }, state: null, names: [], settings: [], before: [] }] }),
        'r.json',
      ],
    ] as const) {
      const { status, error } = await on(text);
      assert.equal(status, 2, text);
      assert.ok(error.includes(reason), error);
    }
  });

  it('says how to use it', async () => {
    assert.equal((await run()).status, 2);
    assert.match((await run('--help')).out, /^Usage: ka-ts replay/);
    assert.equal((await run('/nowhere.json')).status, 2);
  });
});
