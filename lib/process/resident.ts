// What a process keeps in memory once it has started: most of what Node and its libraries needed for that is never needed again.

import { type Micros, seconds } from '../base/time.ts';
import type { NativeAddon } from '../native/surface.ts';
import type { Cancel, Clock } from '../ports/clock.ts';

/** Announcements, notifications and the answers of a first look are over by then. */
const calm: Micros = seconds(2);

/** To be called whenever a configuration has come into force: some time after the last such call the memory is given back. */
export function createResident(clock: Clock, native: Pick<NativeAddon, 'giveBackProgramText'>): () => void {
  let cancel: Cancel = () => {};
  const giveBack = () => {
    try {
      native.giveBackProgramText();
    } catch {
      // Without /proc the process is as large as it was.
    }
  };
  return () => {
    cancel();
    cancel = clock.after(calm, giveBack);
  };
}
