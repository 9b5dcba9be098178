// SPDX-License-Identifier: MIT
// Deeds in order of their times, those of one moment in the order they were asked for; a heap of numbers and closures that
// millions of deeds an hour do not slow down.

export interface Queue {
  /** Microseconds. */
  readonly now: number;
  /** Does `deed` then, or now if that has passed; the number takes it back. */
  at(due: number, deed: () => void): number;
  cancel(ticket: number): void;
  /** Lets time pass. */
  runUntil(end: number): void;
  /** Deeds done so far. */
  readonly done: number;
}

export function createQueue(): Queue {
  const dues: number[] = [];
  const tickets: number[] = [];
  const deeds = new Map<number, () => void>();
  let ticket = 0;
  let now = 0;
  let done = 0;

  const before = (a: number, b: number): boolean => {
    const first = dues[a] as number;
    const second = dues[b] as number;
    return first !== second ? first < second : (tickets[a] as number) < (tickets[b] as number);
  };
  const swap = (a: number, b: number): void => {
    const due = dues[a] as number;
    const number = tickets[a] as number;
    dues[a] = dues[b] as number;
    tickets[a] = tickets[b] as number;
    dues[b] = due;
    tickets[b] = number;
  };
  const pop = (): void => {
    const last = dues.length - 1;
    swap(0, last);
    dues.pop();
    tickets.pop();
    for (let place = 0; ; ) {
      let child = 2 * place + 1;
      if (child >= last) return;
      if (child + 1 < last && before(child + 1, child)) child++;
      if (!before(child, place)) return;
      swap(place, child);
      place = child;
    }
  };
  return {
    get now() {
      return now;
    },
    get done() {
      return done;
    },
    at(due, deed) {
      const number = ++ticket;
      let place = dues.push(Math.max(due, now)) - 1;
      tickets.push(number);
      deeds.set(number, deed);
      while (place > 0 && before(place, (place - 1) >> 1)) {
        swap(place, (place - 1) >> 1);
        place = (place - 1) >> 1;
      }
      return number;
    },
    cancel(number) {
      deeds.delete(number);
    },
    runUntil(end) {
      while (dues.length > 0 && (dues[0] as number) <= end) {
        const due = dues[0] as number;
        const number = tickets[0] as number;
        pop();
        const deed = deeds.get(number);
        if (!deed) continue;
        deeds.delete(number);
        now = due;
        done++;
        deed();
      }
      now = Math.max(now, end);
    },
  };
}
