// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { consoleSink, openConsole } from '../../../lib/kernel/log.ts';

describe('the console', () => {
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), `ka-unit-${process.pid}-`));
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  it('stamps each line', () => {
    let written = '';
    consoleSink((text) => {
      written += text;
    })('info', 'hello');
    assert.match(written, /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} 2[0-9]{3}: hello\n$/);
  });

  it('shares the offset of a file with whoever else writes there', () => {
    const file = join(directory, 'file');
    const fd = openSync(file, 'w');
    writeSync(fd, 'before\n');
    openConsole(fd)('ours\n');
    writeSync(fd, 'after\n');
    closeSync(fd);
    assert.equal(readFileSync(file, 'utf8'), 'before\nours\nafter\n');
  });

  it('never waits for a reader: lines wait, in their order, and those beyond 4000 are counted', () => {
    const fifo = join(directory, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = openSync(fifo, 'w');
    let wake = () => {};
    const write = openConsole(writer, (next) => {
      wake = next;
    });
    const line = (i: number) => `${String(i).padStart(4, '0')} ${'x'.repeat(94)}\n`;
    // A pipe holds 64 KiB, which is less than 700 of them.
    for (let i = 0; i < 5000; i++) write(line(i));
    let text = '';
    const buffer = Buffer.alloc(1 << 17);
    for (let turn = 0; turn < 20 && !text.endsWith('read\n'); turn++) {
      text += buffer.toString('utf8', 0, readSync(reader, buffer));
      wake();
    }
    const lines = text.split('\n').slice(0, -1);
    const kept = lines.slice(0, -1);
    assert.ok(kept.length > 4100 && kept.length < 4700, String(kept.length));
    assert.ok(kept.every((l, i) => l.startsWith(String(i).padStart(4, '0'))));
    assert.equal(lines.at(-1), `${5000 - kept.length} log lines were lost: standard error is not being read`);
    write('there is room\n');
    assert.equal(buffer.toString('utf8', 0, readSync(reader, buffer)), 'there is room\n');
    closeSync(writer);
    closeSync(reader);
    // Nobody is left to read: no exception either.
    write('into the void\n');
  });
});
