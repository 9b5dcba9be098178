// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { add, seconds } from '../../../lib/base/time.ts';
import { createRespawn } from '../../../lib/process/respawn.ts';

describe('respawning', () => {
  it('waits 0, 1, 2, 4, 8, 16, 32, 60, 60 s while the child dies young', () => {
    const respawn = createRespawn();
    const delays = Array.from({ length: 9 }, (_, i) => {
      respawn.started(seconds(i * 100));
      return respawn.died(add(seconds(i * 100), seconds(59)));
    });
    assert.deepEqual(delays, [0, 1, 2, 4, 8, 16, 32, 60, 60].map(seconds));
  });

  it('begins anew after a child has lived 60 s', () => {
    const respawn = createRespawn();
    respawn.started(seconds(0));
    respawn.died(seconds(1));
    respawn.started(seconds(1));
    respawn.died(seconds(2));
    respawn.started(seconds(3));
    assert.equal(respawn.died(seconds(63)), seconds(0));
  });
});
