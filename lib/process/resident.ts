// SPDX-License-Identifier: MIT
// What a process keeps in memory once it has a configuration: most of what Node and its libraries needed for that is never needed
// again, and what taking it has left behind is in pieces.

import { type Micros, seconds } from '../base/time.ts';
import type { NativeAddon } from '../native/surface.ts';
import type { Cancel, Clock } from '../ports/clock.ts';

/** Announcements, notifications and the answers of a first look are over by then. */
const calm: Micros = seconds(2);
/** V8 collects what a start has left behind when nothing has happened for some 8 s, and needs text of its own for that. */
const collected: Micros = seconds(30);

/** To be called whenever a configuration has come into force: some time after the last such call the memory is given back. */
export function createResident(clock: Clock, native: Pick<NativeAddon, 'giveBackProgramText' | 'giveBackFreeMemory'>): () => void {
  let waiting: Cancel[] = [];
  const giveBack = () => {
    native.giveBackFreeMemory();
    try {
      native.giveBackProgramText();
    } catch {
      // Without /proc the process is as large as it was.
    }
  };
  return () => {
    for (const cancel of waiting) cancel();
    waiting = [calm, collected].map((delay) => clock.after(delay, giveBack));
  };
}
