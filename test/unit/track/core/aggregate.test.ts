// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { aggregate, contribution, type Tracked } from '../../../../lib/track/core/aggregate.ts';
import type { Verdict } from '../../../../lib/track/core/status.ts';

const script = (name: string, value: number, verdict: Verdict, reverse = false, holds = verdict === 'unknown'): Tracked => ({
  kind: 'script',
  name,
  weight: { value, reverse },
  verdict,
  holds,
});
const link = (name: string, value: number, state: 'up' | 'down' | 'missing', reverse = false): Tracked => ({
  kind: 'interface',
  name,
  weight: { value, reverse },
  link: state,
});

describe('aggregate', () => {
  it('[KA-7.1-1] adds a positive weight while up, subtracts a negative one while down, turns both round with reverse', () => {
    const rows: readonly [number, boolean, Verdict, number][] = [
      [10, false, 'up', 10],
      [10, false, 'down', 0],
      [-10, false, 'up', 0],
      [-10, false, 'down', -10],
      [10, true, 'up', -10],
      [10, true, 'down', 0],
      [-10, true, 'up', 0],
      [-10, true, 'down', 10],
    ];
    for (const [value, reverse, verdict, expected] of rows)
      assert.equal(contribution({ value, reverse }, verdict), expected, `${value} ${reverse} ${verdict}`);
  });

  it('adds nothing for a script that has not reported: not earned yet, not failed yet', () => {
    assert.equal(contribution({ value: 10, reverse: false }, 'unknown'), 0);
    assert.equal(contribution({ value: -10, reverse: false }, 'unknown'), 0);
  });

  it('sums up all weights without clamping', () => {
    const { trackingDelta } = aggregate(100, [script('a', 200, 'up'), link('eth1', 200, 'up'), script('b', -50, 'down')]);
    assert.equal(trackingDelta, 350);
  });

  it('[KA-7.1-4] weight 0 means Fault, in the order of configuration and each cause once', () => {
    const { faults, trackingDelta } = aggregate(100, [
      link('eth0', 0, 'down'),
      script('a', 0, 'down'),
      link('eth0', 0, 'down'),
      link('eth9', 0, 'missing'),
      script('b', 0, 'up'),
    ]);
    assert.deepEqual(faults, [
      { kind: 'interface_down', name: 'eth0' },
      { kind: 'script', name: 'a' },
      { kind: 'interface_missing', name: 'eth9' },
    ]);
    assert.equal(trackingDelta, 0);
  });

  it('[KA-7.1-4] reverse with weight 0 means Fault while up', () => {
    assert.deepEqual(aggregate(100, [script('a', 0, 'up', true)]).faults, [{ kind: 'script', name: 'a' }]);
    assert.deepEqual(aggregate(100, [script('a', 0, 'down', true)]).faults, []);
  });

  it('[KA-6.2-3] waits for scripts of weight 0 only, and only for those that hold', () => {
    assert.equal(aggregate(100, [script('a', 0, 'unknown')]).waiting, true);
    assert.equal(aggregate(100, [script('a', 5, 'unknown')]).waiting, false);
    assert.equal(aggregate(100, [script('a', 0, 'unknown', false, false)]).waiting, false);
    assert.deepEqual(aggregate(100, [script('a', 0, 'unknown')]).faults, []);
  });

  it('[KA-7.1-1] an owner ignores weights, but not Fault', () => {
    const owner = aggregate(255, [script('a', -50, 'down'), link('eth1', 20, 'up'), link('eth0', 0, 'down')]);
    assert.equal(owner.trackingDelta, 0);
    assert.deepEqual(owner.faults, [{ kind: 'interface_down', name: 'eth0' }]);
  });

  it('knows nothing to complain about without trackers', () => {
    assert.deepEqual(aggregate(100, []), { trackingDelta: 0, faults: [], waiting: false });
  });
});
