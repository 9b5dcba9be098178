// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { createBacklog } from '../../../lib/kernel/backlog.ts';

describe('a backlog', () => {
  function setup() {
    const reader = { room: 0, got: '', wakes: [] as (() => void)[] };
    const backlog = createBacklog<string>({
      most: 3,
      send(item) {
        const part = item.slice(0, reader.room);
        reader.room -= part.length;
        reader.got += part;
        return part.length < item.length ? item.slice(part.length) : null;
      },
      lost: (count) => `(${count})`,
      later: (wake) => void reader.wakes.push(wake),
    });
    const wake = (room: number) => {
      reader.room = room;
      for (const one of reader.wakes.splice(0)) one();
    };
    return { backlog, reader, wake };
  }

  it('hands an item over at once while there is room, and asks for no timer', () => {
    const { backlog, reader } = setup();
    reader.room = 9;
    backlog.push('abc');
    backlog.push('def');
    assert.deepEqual([reader.got, reader.wakes.length], ['abcdef', 0]);
  });

  it('goes on with the rest of an item, and lets nothing overtake it', () => {
    const { backlog, reader, wake } = setup();
    reader.room = 2;
    backlog.push('abc');
    reader.room = 9;
    backlog.push('def');
    assert.equal(reader.got, 'ab');
    assert.equal(reader.wakes.length, 1, 'one timer at a time');
    wake(9);
    assert.deepEqual([reader.got, reader.wakes.length], ['abcdef', 0]);
  });

  it('keeps so many, counts those beyond and says how many they were when there is room', () => {
    const { backlog, reader, wake } = setup();
    for (const item of ['a', 'b', 'c', 'd', 'e']) backlog.push(item);
    wake(4);
    assert.equal(reader.got, 'abc(', 'the note itself may have to wait');
    wake(9);
    backlog.push('f');
    assert.deepEqual([reader.got, reader.wakes.length], ['abc(2)f', 0]);
  });

  it('can be asked to hand over what fits', () => {
    const { backlog, reader } = setup();
    backlog.push('a');
    reader.room = 1;
    backlog.drain();
    assert.equal(reader.got, 'a');
  });
});
