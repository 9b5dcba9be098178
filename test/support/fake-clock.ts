// SPDX-License-Identifier: MIT
// A clock that stands still until a test moves it.

import { add, type Micros, micros } from '../../lib/base/time.ts';
import type { Clock } from '../../lib/ports/clock.ts';

export interface FakeClock extends Clock {
  /** Moves time forward, waking whoever is due, in order of due times; wake-ups may arm others. */
  advance(by: Micros): void;
  /** Moves time forward in one jump and only then wakes whoever is due: an event loop that was blocked. */
  stall(by: Micros): void;
  /** How many wake-ups are pending. */
  pending(): number;
}

export function createFakeClock(start: Micros = micros(1_000_000)): FakeClock {
  let now = start;
  let order = 0;
  const sleepers = new Map<number, { due: Micros; wake: () => void }>();
  const nextDue = (until: Micros) => [...sleepers].filter(([, s]) => s.due <= until).sort(([i, a], [j, b]) => a.due - b.due || i - j)[0];
  return {
    now: () => now,
    after(delay, wake) {
      const id = order++;
      sleepers.set(id, { due: add(now, delay), wake });
      return () => void sleepers.delete(id);
    },
    advance(by) {
      const end = add(now, by);
      for (let next = nextDue(end); next; next = nextDue(end)) {
        const [id, sleeper] = next;
        sleepers.delete(id);
        now = sleeper.due;
        sleeper.wake();
      }
      now = end;
    },
    stall(by) {
      now = add(now, by);
      for (let next = nextDue(now); next; next = nextDue(now)) {
        sleepers.delete(next[0]);
        next[1].wake();
      }
    },
    pending: () => sleepers.size,
  };
}
