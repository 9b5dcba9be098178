// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { milliseconds } from '../../../lib/base/time.ts';
import { createFifoWriter, keptLines } from '../../../lib/notify/fifo-writer.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createFakeFifos } from '../../support/fake-fifos.ts';
import { createMemoryLog } from '../../support/memory-log.ts';

describe('the FIFO writer', () => {
  it('writes each line at once while there is room', () => {
    const { writer, pipe, clock } = setup(100);
    writer.write('one\n');
    writer.write('two\n');
    assert.equal(pipe.content, 'one\ntwo\n');
    assert.equal(clock.pending(), 0);
  });

  it('keeps what does not fit, in order, and writes it when the reader has made room', () => {
    const { writer, pipe, clock } = setup(8);
    for (const line of ['one\n', 'two\n', 'six\n', 'ten\n']) writer.write(line);
    assert.equal(pipe.content, 'one\ntwo\n');
    pipe.content = '';
    clock.advance(milliseconds(50));
    assert.equal(pipe.content, 'six\nten\n');
    assert.equal(writer.lost(), 0);
    assert.equal(clock.pending(), 0);
  });

  it('goes on in the middle of a line that the pipe took in part', () => {
    const { writer, pipe, clock, fifos } = setup(6);
    writer.write('first\nsecond\n');
    assert.equal(pipe.content, 'first\n');
    fifos.size = 100;
    clock.advance(milliseconds(50));
    assert.equal(pipe.content, 'first\nsecond\n');
  });

  it('drops the oldest lines beyond its limit, counts them and says so once, and again when somebody reads', () => {
    const { writer, pipe, clock, log, fifos } = setup(0);
    const total = keptLines + 300;
    for (let i = 0; i < total; i++) writer.write(`${i}\n`);
    assert.equal(writer.lost(), 300);
    assert.deepEqual(log.lines, ['vrrp notify fifo is full and nobody reads it - dropping the oldest lines']);
    assert.equal(pipe.content, '');
    clock.advance(milliseconds(40));
    fifos.size = 100_000;
    clock.advance(milliseconds(50));
    const lines = pipe.content.trimEnd().split('\n').map(Number);
    assert.equal(lines.length, keptLines);
    assert.equal(lines[0], 300);
    assert.equal(lines.at(-1), total - 1);
    assert.deepEqual(log.lines.slice(1), ['vrrp notify fifo: read again, 300 lines were lost']);
  });

  it('never cuts a line that has begun', () => {
    const { writer, pipe, clock, fifos } = setup(3);
    writer.write('abcdef\n');
    for (let i = 0; i < keptLines + 5; i++) writer.write('x\n');
    fifos.size = 100_000;
    clock.advance(milliseconds(50));
    assert.ok(pipe.content.startsWith('abcdef\nx\n'));
  });

  it('gives up what waits when the pipe fails', () => {
    const { writer, fifos, log, clock } = setup(100);
    fifos.error = new Error('EIO: i/o error, write');
    writer.write('a\n');
    assert.equal(writer.lost(), 1);
    assert.deepEqual(log.lines, ['vrrp notify fifo write error: EIO: i/o error, write']);
    assert.equal(clock.pending(), 0);
  });

  it('may be closed twice, and leaves nothing behind', () => {
    const { writer, pipe, clock, log } = setup(0);
    writer.write('a\n');
    writer.close();
    writer.close();
    writer.write('b\n');
    assert.equal(pipe.open, false);
    assert.equal(clock.pending(), 0);
    assert.deepEqual(log.lines, ['vrrp notify fifo: closed with 1 lines that nobody read']);
  });
});

function setup(size: number) {
  const clock = createFakeClock();
  const log = createMemoryLog();
  const fifos = createFakeFifos();
  fifos.size = size;
  const fifo = fifos.open('/run/x', null);
  assert.notEqual(fifo, 'foreign');
  const [pipe] = fifos.pipes;
  assert.ok(pipe && fifo !== 'foreign');
  return { clock, log, fifos, pipe, writer: createFifoWriter(fifo, 'vrrp notify fifo', clock, log) };
}
