// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { ip } from '../../../lib/base/address.ts';
import { micros, seconds } from '../../../lib/base/time.ts';
import type { LabEvent } from '../../../lib/lab/events.ts';
import { activeAmong, downInterval, measureTakeover, type NodeState, priorityOf, skewTime } from '../../../lib/lab/promise.ts';

const timing = { version: 2, interval: seconds(1), factor: 3 } as const;

function node(name: string, priority: number, more: Partial<NodeState> = {}): NodeState {
  const address = ip(name === 'a' ? '192.0.2.11' : '192.0.2.12');
  return { name, address, basePriority: priority, nopreempt: false, running: true, cable: true, healthy: true, weights: [], ...more };
}

function advert(at: number, from: string, priority: number): LabEvent {
  return {
    kind: 'advert',
    at: seconds(at),
    node: from,
    vrid: 51,
    priority,
    version: 2,
    interval: seconds(1),
    source: '',
    destination: '',
    addresses: [],
    checksumOk: true,
  };
}

describe('what the lab expects of VRRP', () => {
  it('adds positive weights while the script succeeds and negative ones while it fails', () => {
    assert.equal(priorityOf(node('a', 100, { weights: [2, -10] })), 102);
    assert.equal(priorityOf(node('a', 100, { weights: [2, -10], healthy: false })), 90);
  });

  it('keeps priorities within 1 and 254, and the owner at 255', () => {
    assert.equal(priorityOf(node('a', 250, { weights: [50] })), 254);
    assert.equal(priorityOf(node('a', 5, { weights: [-50], healthy: false })), 1);
    assert.equal(priorityOf(node('a', 255, { weights: [-50], healthy: false })), 255);
  });

  it('counts a router out that is stopped, unplugged or in FAULT', () => {
    assert.equal(priorityOf(node('a', 100, { running: false })), null);
    assert.equal(priorityOf(node('a', 100, { cable: false })), null);
    assert.equal(priorityOf(node('a', 100, { weights: [0], healthy: false })), null);
  });

  it('elects the highest priority, then the highest address', () => {
    assert.equal(activeAmong([node('a', 150), node('b', 100)], null)?.name, 'a');
    assert.equal(activeAmong([node('a', 100), node('b', 100)], null)?.name, 'b');
    assert.equal(activeAmong([node('a', 100, { running: false }), node('b', 100, { cable: false })], 'a'), null);
  });

  it('lets nobody preempt with an equal priority or with nopreempt', () => {
    assert.equal(activeAmong([node('a', 100), node('b', 100)], 'a')?.name, 'a');
    assert.equal(activeAmong([node('a', 150, { nopreempt: true }), node('b', 100)], 'b')?.name, 'b');
    assert.equal(activeAmong([node('a', 150), node('b', 100)], 'b')?.name, 'a');
  });

  it('computes Skew_Time of version 2 whatever the interval, of version 3 in proportion to it', () => {
    assert.equal(skewTime(156, timing), 390625);
    assert.equal(skewTime(156, { ...timing, interval: seconds(5) }), 390625);
    assert.equal(skewTime(156, { version: 3, interval: micros(100_000), factor: 3 }), 39063);
    assert.equal(downInterval(150, timing), 3_414_063);
  });

  it('measures a takeover from the last advert that the new router had accepted', () => {
    const events = [advert(1, 'a', 102), advert(2, 'a', 102), advert(3, 'a', 100), advert(4, 'a', 100), advert(5.606, 'b', 101)];
    const takeover = measureTakeover(events, 'b', seconds(2.5), 101, timing);
    assert.deepEqual(takeover, {
      at: seconds(5.606),
      measured: seconds(3.606),
      expected: downInterval(101, timing),
      formula: '3·1 + (256−101)/256',
      fromLog: false,
    });
  });

  it('measures from a farewell against Skew_Time alone', () => {
    const takeover = measureTakeover([advert(1, 'a', 102), advert(1.5, 'a', 0), advert(2.11, 'b', 100)], 'b', seconds(1), 100, timing);
    assert.equal(takeover?.measured, seconds(0.61));
    assert.equal(takeover?.expected, skewTime(100, timing));
  });

  it('measures from its own start when there was nobody to hear', () => {
    const events: LabEvent[] = [{ kind: 'state', at: seconds(1), node: 'b', state: 'BACKUP', initial: true }, advert(4.6, 'b', 100)];
    assert.equal(measureTakeover(events, 'b', seconds(0), 100, timing)?.fromLog, true);
  });

  it('takes no notice of lower priorities after its own has risen', () => {
    const events: LabEvent[] = [
      advert(1, 'a', 101),
      { kind: 'priority', at: seconds(1.5), node: 'b', from: 100, to: 102 },
      advert(2, 'a', 101),
      advert(3, 'a', 101),
      advert(4.602, 'b', 102),
    ];
    assert.equal(measureTakeover(events, 'b', seconds(1.2), 100, timing)?.measured, seconds(3.602));
  });

  it('finds no takeover where the router sent nothing but farewells', () => {
    assert.equal(measureTakeover([advert(1, 'a', 100), advert(2, 'b', 0)], 'b', seconds(0), 100, timing), null);
  });
});
