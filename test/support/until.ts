// SPDX-License-Identifier: MIT
import { setTimeout as sleep } from 'node:timers/promises';

export interface Patience {
  /** Milliseconds until it is an error; 10 s by default. */
  readonly within?: number;
  /** Milliseconds between two looks. */
  readonly every?: number;
}

/**
 * Waits until `look` finds something (not undefined, not false) and returns it. Throws Error with `what` after the deadline:
 * name the awaited state so that the message reads on its own.
 */
export async function until<T>(what: string, look: () => T | Promise<T>, patience: Patience = {}): Promise<Exclude<T, undefined | false>> {
  const { within = 10_000, every = 20 } = patience;
  const deadline = performance.now() + within;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found as Exclude<T, undefined | false>;
    if (performance.now() > deadline) throw new Error(`not within ${within / 1000} s: ${what}`);
    await sleep(every);
  }
}
