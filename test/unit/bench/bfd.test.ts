// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { bfdConfiguration, overdueOf, sessions, upNow } from '../../../bench/bfd.ts';

describe('the BFD bench', () => {
  const lines = [
    '(a) Entering Up state',
    '(b) Entering Up state',
    '(a) Expired after 30 ms (1250 usec overdue)',
    '(a) Entering Down state (x)',
  ].map((text) => ({ text }));

  it('counts who is up, and reads how late an end was noticed', () => {
    assert.equal(upNow(lines), 1);
    assert.deepEqual(overdueOf(lines), [1.25]);
  });

  it('gives each session a network of its own, the same from both ends', () => {
    const [left, right] = [bfdConfiguration(0), bfdConfiguration(1)];
    for (const [one, other] of [
      [left, right],
      [right, left],
    ] as const) {
      const sources = [...one.matchAll(/source_ip (\S+)/g)].map(([, ip]) => ip);
      assert.equal(new Set(sources).size, sessions);
      assert.deepEqual(
        [...other.matchAll(/neighbor_ip (\S+)/g)].map(([, ip]) => ip),
        sources,
      );
    }
  });
});
