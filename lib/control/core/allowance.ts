// SPDX-License-Identifier: MIT
// How often somebody may ask: so many at once, and so many a second after that.

import type { Micros } from '../../base/time.ts';

export interface Allowance {
  /** Takes one; false: there is none left now. */
  take(now: Micros): boolean;
}

export function createAllowance(burst: number, perSecond: number): Allowance {
  let left = burst;
  let at: Micros | null = null;
  return {
    take(now) {
      if (at !== null) left = Math.min(burst, left + ((now - at) * perSecond) / 1e6);
      at = now;
      if (left < 1) return false;
      left--;
      return true;
    },
  };
}
