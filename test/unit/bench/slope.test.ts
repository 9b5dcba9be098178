// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { type Point, slopeOfLows } from '../../support/slope.ts';

describe('the slope of lows', () => {
  /** `grows` units an hour below saw teeth 3000 high, a point every two seconds for 20 minutes. */
  const saw = (grows: number): Point[] =>
    Array.from({ length: 600 }, (_, n) => ({ at: 2 * n, value: 50_000 + (grows * 2 * n) / 3600 + ((n * 37) % 60) * 50 }));

  it('is that of what stays, whatever swings above it', () => {
    assert.ok(Math.abs(slopeOfLows(saw(0)).perHour) < 30);
    assert.ok(Math.abs(slopeOfLows(saw(5_000)).perHour - 5_000) < 200);
  });

  it('says how well it is known', () => {
    const { perHour, within } = slopeOfLows(saw(1_000));
    assert.ok(within > 0 && within < 1_000, `${perHour} ± ${within}`);
  });

  it('is not told from too little', () => {
    assert.ok(Number.isNaN(slopeOfLows(saw(0).slice(0, 3)).perHour));
  });
});
