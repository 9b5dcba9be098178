// SPDX-License-Identifier: MIT
// Clock over CLOCK_MONOTONIC (process.hrtime reads it, so its times compare with the engine's) and Node's timers.

import { add, type Micros, micros } from '../base/time.ts';
import type { Clock } from '../ports/clock.ts';

/** setTimeout turns anything above 2^31 - 1 ms into 1 ms; longer waits go in laps of a day. */
const lap = 86_400_000;

export function createClock(): Clock {
  return { now: monotonic, after };
}

function monotonic(): Micros {
  const [s, ns] = process.hrtime();
  return micros(s * 1e6 + Math.floor(ns / 1e3));
}

function after(delay: Micros, wake: () => void): () => void {
  const due = add(monotonic(), delay);
  let timer: NodeJS.Timeout;
  const arm = () => {
    // A Node timer may fire up to a millisecond early by the monotonic clock: look again before waking.
    const left = due - monotonic();
    if (left <= 0) wake();
    else timer = setTimeout(arm, Math.min(Math.ceil(left / 1e3), lap));
  };
  timer = setTimeout(arm, Math.min(Math.ceil(delay / 1e3), lap));
  return () => clearTimeout(timer);
}
