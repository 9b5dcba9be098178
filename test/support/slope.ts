// SPDX-License-Identifier: MIT
// How fast something grows that swings: the slope of its lows, and how well that is known.

export interface Point {
  /** Seconds. */
  readonly at: number;
  readonly value: number;
}

export interface Slope {
  /** Units an hour. */
  readonly perHour: number;
  /** Half of an interval that holds the true slope in 95 of 100 cases, if what swings does so without a memory from low to low. */
  readonly within: number;
}

/** Lows that are taken. */
const windows = 24;

/**
 * Theil and Sen: the median of the slopes between all pairs of lows, of which one in each of 24 equal spans of time counts; some wild
 * ones do no harm. The interval is that of Kendall's tau. Needs a low in four spans at least; else NaN.
 */
export function slopeOfLows(points: readonly Point[]): Slope {
  const lows = lowsOf(points);
  const n = lows.length;
  const slopes = lows.flatMap((a, i) => lows.slice(i + 1).map((b) => ((b.value - a.value) / (b.at - a.at)) * 3600)).sort((a, b) => a - b);
  if (n < 4) return { perHour: Number.NaN, within: Number.NaN };
  const spread = 1.96 * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  const at = (rank: number) => slopes[Math.min(slopes.length - 1, Math.max(0, Math.round(rank)))] ?? Number.NaN;
  const middle = (slopes.length - 1) / 2;
  return {
    perHour: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    within: (at(middle + spread / 2) - at(middle - spread / 2)) / 2,
  };
}

function lowsOf(points: readonly Point[]): Point[] {
  const [from, to] = [points[0]?.at ?? 0, points.at(-1)?.at ?? 0];
  const lows = new Map<number, Point>();
  for (const point of points) {
    const window = Math.min(windows - 1, Math.floor(((point.at - from) / (to - from || 1)) * windows));
    if (point.value < (lows.get(window)?.value ?? Number.POSITIVE_INFINITY)) lows.set(window, point);
  }
  return [...lows.values()];
}
