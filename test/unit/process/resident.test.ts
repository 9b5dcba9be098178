import assert from 'node:assert/strict';
import { micros, seconds } from '../../../lib/base/time.ts';
import { createResident } from '../../../lib/process/resident.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

describe('memory that only a start needs', () => {
  it('is given back once, when no configuration has come into force for a while', () => {
    const clock = createFakeClock();
    const calls: number[] = [];
    const settle = createResident(clock, {
      giveBackProgramText() {
        calls.push(clock.now());
        return 0;
      },
    });
    const begun = clock.now();
    settle();
    clock.advance(seconds(1));
    settle();
    clock.advance(seconds(10));
    assert.deepEqual(calls, [begun + seconds(3)]);
    settle();
    clock.advance(seconds(10));
    assert.equal(calls.length, 2);
  });

  it('stays where the system does not tell of it', () => {
    const clock = createFakeClock();
    createResident(clock, {
      giveBackProgramText() {
        throw Object.assign(new Error('no /proc'), { code: 'ENOENT' });
      },
    })();
    clock.advance(micros(10_000_000));
  });
});
