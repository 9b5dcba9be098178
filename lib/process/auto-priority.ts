// SPDX-License-Identifier: MIT
// max_auto_priority: each time the event loop is late by more than min_auto_priority_delay, its real-time priority goes up
// by one, until the ceiling. The packet engine stays above it.

import { errorText } from '../base/errors.ts';
import { add, type Micros, milliseconds } from '../base/time.ts';
import type { ProcessDefs } from '../config/model-process.ts';
import type { NativeAddon } from '../native/surface.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';

/** How often lateness is looked at. */
const period = milliseconds(250);
/** What the packet engine asks for without vrrp_rt_priority; its netlink thread runs one below. */
const engineDefault = 50;

export interface Lateness {
  readonly clock: Clock;
  readonly log: Log;
  readonly native: Pick<NativeAddon, 'setRealtimePriority'>;
}

/** Watches for the life of the process; does nothing without the keyword. */
export function raiseWhenLate(defs: ProcessDefs, { clock, log, native }: Lateness): void {
  const ceiling = Math.min(defs.max_auto_priority, (defs.vrrp_rt_priority ?? engineDefault) - 2);
  if (ceiling < 1) return;
  let priority = 0;
  const watch = (due: Micros) => {
    const late = clock.now() - due;
    if (late > defs.min_auto_priority_delay) {
      try {
        native.setRealtimePriority(priority + 1);
      } catch (error) {
        log.warning(`Unable to set realtime priority ${priority + 1} - ${errorText(error)}`);
        return;
      }
      priority++;
      log.info(`Set realtime priority ${priority}`);
      if (priority >= ceiling) return;
    }
    look();
  };
  const look = () => {
    const due = add(clock.now(), period);
    clock.after(period, () => watch(due));
  };
  look();
}
