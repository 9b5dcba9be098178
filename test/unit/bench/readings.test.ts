// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { readTakeover } from '../../../bench/failover.ts';
import { readGaps } from '../../../bench/jitter.ts';
import type { Sighting } from '../../../bench/observer.ts';

const old = '198.51.100.1';
const successor = '198.51.100.2';
const vip = '198.51.100.100';

/** Times in milliseconds. */
const advert = (at: number, address: string, priority: number, vrid = 51): Sighting => ({
  at: at * 1000,
  kind: 'advert',
  mac: `mac of ${address}`,
  address,
  vrid,
  priority,
});
const garp = (at: number, of: string): Sighting => ({
  at: at * 1000,
  kind: 'garp',
  mac: `mac of ${of}`,
  address: vip,
  vrid: 0,
  priority: 0,
});
const burst = (from: number) => [0, 0.1, 0.2, 0.3, 0.5].map((more) => garp(from + more, successor));

/** A sample with its floating-point dust brushed off. */
const clean = (sample: Readonly<Record<string, readonly number[]>>) =>
  Object.fromEntries(Object.entries(sample).map(([name, values]) => [name, values.map((v) => Number(v.toFixed(6)))]));

describe('the reading of a takeover', () => {
  const alive = [advert(0, old, 200), garp(0.5, old), advert(1000, old, 200)];
  const read = (seen: readonly Sighting[], ending: 'kill -9' | 'graceful stop') =>
    clean(readTakeover(seen, ending, { interval: 1 }, old, successor));

  it('counts from the last advert and the whole down interval after a kill', () => {
    // 3 s + (256 − 150)/256 s after the last advert, and 2 ms more.
    const first = 1000 + 3000 + 414.0625 + 2;
    assert.deepEqual(read([...alive, advert(first, successor, 150), ...burst(first + 1)], 'kill -9'), {
      overhead: [2],
      announced: [1],
      burst: [1.5],
      total: [3],
    });
  });

  it('counts from the farewell and the skew time alone after a stop', () => {
    const first = 1300 + 414.0625 + 0.25;
    const seen = [...alive, advert(1300, old, 0), advert(first, successor, 150), ...burst(first + 0.5)];
    assert.deepEqual(read(seen, 'graceful stop'), { overhead: [0.25], announced: [0.5], burst: [1], total: [0.75] });
  });

  it('scales the down interval, but not the skew time, with the interval', () => {
    const first = 1000 + 15_000 + 414.0625;
    const seen = [...alive, advert(first, successor, 150), ...burst(first)];
    assert.deepEqual(clean(readTakeover(seen, 'kill -9', { interval: 5 }, old, successor)).overhead, [0]);
  });

  it('lets an announcement come before the advert', () => {
    const first = 1000 + 3414.0625;
    assert.deepEqual(read([...alive, ...burst(first - 0.4), advert(first, successor, 150)], 'kill -9').announced, [-0.4]);
  });

  it('counts only the successor’s announcements, and only the first burst', () => {
    const first = 4414.0625;
    const seen = [...alive, advert(first, successor, 150), garp(first, old), ...burst(first + 1), ...burst(first + 1000)];
    assert.deepEqual([read(seen, 'kill -9').announced, read(seen, 'kill -9').burst], [[1], [1.5]]);
  });

  for (const [what, seen, ending, complaint] of [
    ['no takeover', alive, 'kill -9', /there was no takeover/],
    ['a takeover from the living', [...alive, advert(900, successor, 150)], 'kill -9', /while the other router was alive/],
    ['a farewell of the killed', [...alive, advert(1300, old, 0), advert(1800, successor, 150)], 'kill -9', /had priority 0/],
    ['a stop without farewell', [...alive, advert(4500, successor, 150)], 'graceful stop', /had priority 200/],
    ['a short burst', [...alive, advert(4500, successor, 150), garp(4501, successor)], 'kill -9', /sent 1 gratuitous ARPs instead of 5/],
  ] as const)
    it(`refuses ${what}`, () => assert.throws(() => read(seen, ending), complaint));
});

describe('the reading of gaps', () => {
  const seen = [
    advert(0, old, 100, 1),
    advert(3, old, 100, 2),
    advert(1001, old, 100, 1),
    garp(1002, old),
    advert(1003, old, 100, 2),
    advert(2000, old, 100, 1),
    advert(2004, old, 100, 2),
    advert(3004, old, 100, 1),
  ];

  it('takes the gaps of each virtual router by itself, as what they miss the interval by', () => {
    assert.deepEqual(readGaps(seen, 2, 1, 0, 2_500_000).gaps?.map(Math.round), [1, -1, 0, 1]);
  });

  it('leaves out what lies before and after the window', () => {
    assert.deepEqual(readGaps(seen, 2, 1, 1_000_000, 2_500_000).gaps?.map(Math.round), [-1, 1]);
  });

  it('does not take silence for steadiness', () => {
    assert.throws(() => readGaps(seen, 3, 1, 0, 2_500_000), /1 of 3 virtual routers fell silent/);
    assert.throws(() => readGaps(seen, 2, 1, 2_500_000, 4_000_000), /2 of 2/);
  });
});
