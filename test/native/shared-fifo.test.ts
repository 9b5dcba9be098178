// SPDX-License-Identifier: MIT
// A FIFO that two processes of the daemon write to: who has not made it follows who has.

import assert from 'node:assert/strict';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFifos } from '../../lib/kernel/fifos.ts';
import { loadNative } from '../../lib/native/load.ts';
import type { OpenFifo } from '../../lib/ports/fifos.ts';

describe('a FIFO of two processes', () => {
  const fifos = createFifos(loadNative());
  const folder = mkdtempSync(join(tmpdir(), `ka-test-${process.pid}-`));
  const path = join(folder, 'all');
  after(() => rmSync(folder, { recursive: true, force: true }));
  const open = (): OpenFifo => {
    const fifo = fifos.open(path, null);
    assert.ok(fifo !== 'foreign');
    return fifo;
  };
  const write = (fifo: OpenFifo, text: string) => assert.equal(fifo.write(Buffer.from(text)), text.length);
  const read = (fd: number): string => {
    const bytes = Buffer.alloc(100);
    return bytes.toString('latin1', 0, readSync(fd, bytes));
  };

  it('stays one when its maker makes it anew', () => {
    const maker = open();
    const other = open();
    assert.deepEqual([maker.made, other.made], [true, false]);
    const before = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    write(maker, 'a\n');
    write(other, 'b\n');
    assert.equal(read(before), 'a\nb\n');
    closeSync(before);
    maker.close();
    // Nobody has one at that moment: the line goes where it went before.
    write(other, 'between\n');
    const again = open();
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    write(again, 'c\n');
    write(other, 'd\n');
    assert.equal(read(reader), 'c\nd\n');
    closeSync(reader);
    other.close();
    again.close();
  });
});
