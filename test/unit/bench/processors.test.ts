// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { processorTimes, shareInUse } from '../../../bench/processors.ts';

describe('the use of the processors', () => {
  it('is what was not idle of the time that passed', () => {
    assert.equal(shareInUse({ total: 1000, idle: 900 }, { total: 1400, idle: 1000 }), 0.75);
    assert.equal(shareInUse({ total: 1000, idle: 900 }, { total: 1400, idle: 1300 }), 0);
  });

  it('is none when no time has passed', () => {
    assert.equal(shareInUse({ total: 1000, idle: 900 }, { total: 1000, idle: 900 }), 0);
  });

  it('is read from this machine', () => {
    const { total, idle } = processorTimes();
    assert.ok(total >= idle && idle > 0);
  });
});
