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

  it('never waits for a reader, and tells how many lines were lost', () => {
    const fifo = join(directory, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = openSync(fifo, 'w');
    const write = openConsole(writer);
    const line = `${'x'.repeat(999)}\n`;
    // A pipe holds 64 KiB: the last ones do not fit.
    for (let i = 0; i < 100; i++) write(line);
    const buffer = Buffer.alloc(1 << 17);
    const held = readSync(reader, buffer) / line.length;
    assert.ok(held > 10 && held < 100);
    write('there is room\n');
    const text = buffer.toString('utf8', 0, readSync(reader, buffer));
    assert.equal(text, `${100 - held} log lines were lost: standard error is not being read\nthere is room\n`);
    closeSync(writer);
    closeSync(reader);
    // Nobody is left to read: no exception either.
    write('into the void\n');
  });
});
