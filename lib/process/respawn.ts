// SPDX-License-Identifier: MIT
// When a dead child is started again: at once the first time, then ever later while it keeps dying young.

import { add, type Micros, seconds } from '../base/time.ts';

/** Seconds before each start of a child that does not stay alive; the last one repeats. */
const delays = [0, 1, 2, 4, 8, 16, 32, 60];
/** A child that lived so long has recovered: the sequence begins anew. */
const longLife = seconds(60);

export interface Respawn {
  /** A child was started. */
  started(at: Micros): void;
  /** It died: how long to wait before the next start. */
  died(at: Micros): Micros;
}

export function createRespawn(): Respawn {
  let deaths = 0;
  let startedAt: Micros | null = null;
  return {
    started(at) {
      startedAt = at;
    },
    died(at) {
      if (startedAt !== null && at >= add(startedAt, longLife)) deaths = 0;
      const delay = delays[Math.min(deaths, delays.length - 1)] ?? 0;
      deaths++;
      return seconds(delay);
    },
  };
}
