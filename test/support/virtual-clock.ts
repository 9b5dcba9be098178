// SPDX-License-Identifier: MIT
// Time that passes only when told to: a queue of deeds, done in order of their times, those of one moment in the order
// they were asked for. For machines and networks of machines.

import { type Micros, micros } from '../../lib/base/time.ts';
import type { Cancel } from '../../lib/ports/clock.ts';

export interface VirtualClock {
  now(): Micros;
  /** Does `deed` at `due`, or at the present moment when that has passed. */
  at(due: Micros, deed: () => void): Cancel;
  /** Lets time pass up to and including `end`. Throws after `limit` deeds: something does not stop. */
  runUntil(end: Micros, limit?: number): void;
}

interface Entry {
  readonly due: number;
  readonly order: number;
  deed: (() => void) | null;
}

export function createVirtualClock(start: Micros = micros(0)): VirtualClock {
  const heap: Entry[] = [];
  let now = start;
  let order = 0;

  function at(due: Micros, deed: () => void): Cancel {
    const entry: Entry = { due: Math.max(due, now), order: order++, deed };
    push(heap, entry);
    return () => {
      entry.deed = null;
    };
  }

  function runUntil(end: Micros, limit = 1_000_000): void {
    let done = 0;
    for (let next = heap[0]; next !== undefined && next.due <= end; next = heap[0]) {
      pop(heap);
      if (next.deed === null) continue;
      if (++done > limit) throw new Error(`more than ${limit} deeds before ${end}`);
      now = micros(next.due);
      next.deed();
    }
    if (end > now) now = end;
  }

  return { now: () => now, at, runUntil };
}

function before(a: Entry, b: Entry): boolean {
  return a.due !== b.due ? a.due < b.due : a.order < b.order;
}

function push(heap: Entry[], entry: Entry): void {
  let place = heap.length;
  heap.push(entry);
  while (place > 0) {
    const parent = (place - 1) >> 1;
    const above = heap[parent] as Entry;
    if (!before(entry, above)) break;
    heap[place] = above;
    place = parent;
  }
  heap[place] = entry;
}

function pop(heap: Entry[]): void {
  const last = heap.pop() as Entry;
  if (heap.length === 0) return;
  let place = 0;
  for (;;) {
    let child = 2 * place + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1] as Entry, heap[child] as Entry)) child++;
    const below = heap[child] as Entry;
    if (!before(below, last)) break;
    heap[place] = below;
    place = child;
  }
  heap[place] = last;
}
