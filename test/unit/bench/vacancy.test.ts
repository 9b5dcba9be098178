// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { gapsOf } from '../../support/vacancy.ts';

const change = (host: string, at: number, holds: boolean) => ({ host, at, holds });

describe('gaps between the holders of an address', () => {
  it('are the longest time in which nobody has it, and in which two have it', () => {
    const changes = [change('a', 10, false), change('b', 10.5, true), change('a', 20, true), change('b', 20.25, false)];
    assert.deepEqual(gapsOf(changes, 'a'), {
      vacant: 0.5,
      shared: 0.25,
      order: ['a gives it up', 'b has it', 'a has it', 'b gives it up'],
    });
  });

  it('are none where nothing changes, or where somebody only says again that he has it', () => {
    assert.deepEqual(gapsOf([], 'a'), { vacant: 0, shared: 0, order: [] });
    assert.equal(gapsOf([change('a', 1, true), change('a', 2, true)], 'a').shared, 0);
  });
});
