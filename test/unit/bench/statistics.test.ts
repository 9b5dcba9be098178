// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { gaps, median, quantile, ratio, worst } from '../../../bench/statistics.ts';

const values = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 60 });

describe('bench statistics', () => {
  it('takes a quantile by nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
    assert.deepEqual(
      [0, 0.5, 0.99, 0.999, 1].map((q) => quantile(hundred, q)),
      [1, 50, 99, 100, 100],
    );
    assert.equal(quantile([7], 0.5), 7);
  });

  it('is not led astray by the binary fraction of 0.999', () => {
    const thousand = Array.from({ length: 1000 }, (_, i) => i + 1);
    assert.equal(quantile(thousand, 0.999), 999);
    assert.equal(
      quantile(
        Array.from({ length: 10 }, (_, i) => i + 1),
        0.7,
      ),
      7,
    );
  });

  it('takes a quantile among the values, with at least so many of them no greater', () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (list, q) => {
        const found = quantile(list, q);
        assert.ok(list.includes(found));
        assert.ok(list.filter((v) => v <= found).length >= q * list.length - 1e-6);
        assert.ok(list.filter((v) => v < found).length <= q * list.length);
      }),
    );
  });

  it('never falls as the quantile rises, from the least value to the greatest', () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (list, a, b) => {
        assert.ok(quantile(list, Math.min(a, b)) <= quantile(list, Math.max(a, b)));
        assert.equal(quantile(list, 0), Math.min(...list));
        assert.equal(quantile(list, 1), Math.max(...list));
      }),
    );
  });

  it('takes the middle of an odd number and the mean of the two in the middle of an even one', () => {
    assert.equal(median([3, 1, 2]), 2);
    assert.equal(median([4, 1, 2, 3]), 2.5);
    assert.equal(median([10, 9]), 9.5);
  });

  it('sorts by value, not by text, and leaves the list as it was', () => {
    const list = [10, 9, 100];
    assert.equal(median(list), 10);
    assert.deepEqual(list, [10, 9, 100]);
  });

  it('calls that worst which is furthest from zero', () => {
    assert.equal(worst([0.1, -3, 2]), -3);
    assert.equal(worst([0.1, 4, -3]), 4);
  });

  it('refuses to say anything about nothing', () => {
    for (const about of [median, worst, (none: number[]) => quantile(none, 0.5)]) assert.throws(() => about([]), RangeError);
    assert.throws(() => quantile([1], 1.1), RangeError);
    assert.throws(() => quantile([1], Number.NaN), RangeError);
  });

  it('finds one gap less than there are times', () => {
    assert.deepEqual(gaps([1, 4, 9]), [3, 5]);
    assert.deepEqual(gaps([1]), []);
    assert.deepEqual(gaps([]), []);
  });

  it('gives a ratio only where one says something', () => {
    assert.equal(ratio(1, 4), 0.25);
    for (const [value, reference] of [
      [-1, 4],
      [1, -4],
      [1, 0],
      [0, 1],
    ] as const)
      assert.equal(ratio(value, reference), null);
  });
});
