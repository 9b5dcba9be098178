// SPDX-License-Identifier: MIT
// The file of operations: what is kept, and what becomes of one that is none.

import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { overlayText } from '../../../lib/control/core/overlay.ts';
import type { OverlayEntry } from '../../../lib/control/document.ts';
import { placeObjection, readOperations, writeOperations } from '../../../lib/process/operations-file.ts';
import { createMemoryLog } from '../../support/memory-log.ts';

const entry: OverlayEntry = {
  kind: 'priority',
  instance: 'VI_1',
  value: 1,
  at: 1,
  until: null,
  uid: 0,
  pid: 9,
  user: 'root',
  why: 'failover',
};
const own = process.getuid?.() ?? 0;

describe('the file of operations', () => {
  let directory = '';
  let file = '';
  let log = createMemoryLog();
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'ka-operations-'));
    file = join(directory, 'operations');
    log = createMemoryLog();
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));
  const read = () => readOperations(file, own, log);

  it('keeps what was written, for root alone, and is not there without operations', () => {
    assert.equal(read(), null);
    writeOperations(file, [entry]);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.deepEqual(read(), [entry]);
    writeOperations(file, []);
    assert.equal(existsSync(file), false);
    assert.deepEqual(log.lines, []);
  });

  const bad: readonly (readonly [string, string, number, RegExp])[] = [
    ['garbage', '\0\xff{', 0o600, /it is no JSON/],
    ['a version that is not ours', '{"overlay":2,"entries":[]}', 0o600, /another version/],
    ["an address owner's priority", overlayText([{ ...entry, value: 255 }]), 0o600, /entry 1 of "entries"/],
    ['a file that others may write', overlayText([entry]), 0o666, /others may write it \(mode 666, expected 600\)/],
    ['more than a list of operations has', 'x'.repeat(1_048_577), 0o600, /1048577 bytes/],
  ];
  for (const [what, text, mode, reason] of bad)
    it(`puts ${what} aside, says why, and goes on`, () => {
      writeFileSync(file, text);
      chmodSync(file, mode);
      assert.deepEqual(read(), []);
      assert.equal(existsSync(file), false);
      assert.equal(readFileSync(`${file}.bad`, 'utf8'), text);
      assert.match(log.lines.join(), reason);
      assert.match(log.lines.join(), /operations\.bad/);
    });

  it('is not read through a link, nor as a directory', () => {
    writeFileSync(join(directory, 'elsewhere'), overlayText([entry]));
    symlinkSync('elsewhere', file);
    assert.deepEqual(read(), []);
    assert.match(log.lines[0] ?? '', /symbolic link/);
    rmSync(file);
    assert.deepEqual(readOperations(directory, own, createMemoryLog()), []);
    rmSync(`${directory}.bad`, { recursive: true, force: true });
  });

  it('wants a folder that is there', () => {
    assert.equal(placeObjection(file), null);
    assert.match(placeObjection(join(directory, 'none', 'x')) ?? '', /none/);
  });
});
