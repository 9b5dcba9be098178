// SPDX-License-Identifier: MIT
// Lines that wait until whoever reads them has room, so that a slow reader of a log never stops the event loop.

export interface BacklogOptions<T> {
  /** Items that may wait; those beyond are counted and lost. */
  readonly most: number;
  /** Tries to hand one over without waiting: null when it is gone, else what is left of it. Must not throw. */
  readonly send: (item: T) => T | null;
  /** What tells the reader that so many were lost. */
  readonly lost: (count: number) => T;
  /** Calls back in a while; one call at a time. */
  readonly later: (wake: () => void) => void;
}

export interface Backlog<T> {
  /** At once when nothing waits, else in its turn: nothing overtakes an item that waits. */
  push(item: T): void;
  /** Hands over what there is room for now. */
  drain(): void;
}

export function createBacklog<T>({ most, send, lost, later }: BacklogOptions<T>): Backlog<T> {
  const waiting: T[] = [];
  let missing = 0;
  let armed = false;

  const drain = () => {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      const rest = send(next);
      if (rest !== null) {
        waiting[0] = rest;
        return;
      }
      waiting.shift();
      if (waiting.length > 0 || missing === 0) continue;
      // There is room again, and the note stands where the lines are missing.
      waiting.push(lost(missing));
      missing = 0;
    }
  };
  const arm = () => {
    if (armed || waiting.length === 0) return;
    armed = true;
    later(() => {
      armed = false;
      drain();
      arm();
    });
  };

  return {
    push(item) {
      if (waiting.length >= most) {
        missing++;
        return;
      }
      waiting.push(item);
      if (waiting.length === 1) drain();
      arm();
    },
    drain,
  };
}
