// SPDX-License-Identifier: MIT
// Time as trackers and shells see it. The packet engine keeps its own, exact deadlines; these are for slower things.

import type { Micros } from '../base/time.ts';

/** Ends a pending wake-up; harmless afterwards and any number of times. */
export type Cancel = () => void;

export interface Clock {
  /** CLOCK_MONOTONIC, the clock of the packet engine too. */
  now(): Micros;
  /** Calls once, `delay` from now or later, never earlier and never before after() has returned. */
  after(delay: Micros, wake: () => void): Cancel;
}
