// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { seconds } from '../../../lib/base/time.ts';
import { createResident } from '../../../lib/process/resident.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

describe('memory that only a start needs', () => {
  it('is given back when no configuration has come into force for a while, and again when V8 has collected', () => {
    const clock = createFakeClock();
    const calls: number[] = [];
    let trims = 0;
    const settle = createResident(clock, {
      giveBackProgramText() {
        calls.push(clock.now());
        return 0;
      },
      giveBackFreeMemory: () => ++trims > 0,
    });
    const begun = clock.now();
    settle();
    clock.advance(seconds(1));
    settle();
    clock.advance(seconds(100));
    assert.deepEqual(calls, [begun + seconds(3), begun + seconds(31)]);
    assert.equal(clock.pending(), 0);
    settle();
    clock.advance(seconds(100));
    assert.deepEqual([calls.length, trims], [4, 4]);
  });

  it('stays where the system does not tell of it', () => {
    const clock = createFakeClock();
    createResident(clock, {
      giveBackProgramText() {
        throw Object.assign(new Error('no /proc'), { code: 'ENOENT' });
      },
      giveBackFreeMemory: () => false,
    })();
    clock.advance(seconds(100));
  });
});
