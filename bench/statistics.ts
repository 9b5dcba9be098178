// SPDX-License-Identifier: MIT
// Order statistics of small samples. No averages of times: one late advert must neither hide nor colour the others.

/** Ascending copy. */
export function sorted(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}

/**
 * The nearest-rank quantile: the smallest value such that at least the fraction `q` of all values are no greater. Always one of the
 * values, so a p99.9 of less than a thousand of them is their maximum. Throws RangeError for no values or `q` outside 0..1.
 */
export function quantile(values: readonly number[], q: number): number {
  if (!(q >= 0 && q <= 1)) throw new RangeError(`a quantile lies between 0 and 1, not at ${q}`);
  const ranked = sorted(values);
  // 0.999 × 1000 is 999.0000000000001 for a computer that counts in halves: without the allowance the rank is one too high.
  const rank = Math.max(1, Math.ceil(q * ranked.length - 1e-9));
  const value = ranked[rank - 1];
  if (value === undefined) throw new RangeError('no quantile of nothing');
  return value;
}

/** The middle value, or the mean of the two in the middle. Throws RangeError for no values. */
export function median(values: readonly number[]): number {
  const ranked = sorted(values);
  const upper = ranked[Math.floor(ranked.length / 2)];
  const lower = ranked[Math.floor((ranked.length - 1) / 2)];
  if (upper === undefined || lower === undefined) throw new RangeError('no median of nothing');
  return (lower + upper) / 2;
}

/** The value furthest from zero, with its sign: for figures where 0 is perfect. Throws RangeError for no values. */
export function worst(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('nothing is worst of nothing');
  return values.reduce((far, value) => (Math.abs(value) > Math.abs(far) ? value : far));
}

/** Differences of neighbours. */
export function gaps(times: readonly number[]): number[] {
  return times.slice(1).map((time, i) => time - (times[i] ?? time));
}

/**
 * `value` as a multiple of `reference`; null where a multiple says nothing, because one of them is zero or negative (an advert
 * may also come early).
 */
export function ratio(value: number, reference: number): number | null {
  return value > 0 && reference > 0 ? value / reference : null;
}
