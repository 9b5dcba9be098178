// SPDX-License-Identifier: MIT
// vrrp_startup_delay and vrrp_delay_after_boot: routers begin as backups, hear nothing and count their timers from the end
// of the delay (reference: VRRP document, section 6.2).

import { add, type Micros, micros } from '../../base/time.ts';
import type { GlobalDefs } from '../../config/model.ts';
import type { Cancel, Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';

type Wanted = Pick<GlobalDefs, 'vrrp_startup_delay' | 'vrrp_delay_after_boot'>;

export interface StartupDelay {
  /** When it ends, CLOCK_MONOTONIC; 0 when there is none or it has ended. */
  end(): Micros;
  /** A reload: one that runs gets the new length, counted from its beginning. Returns whether the end moved. */
  change(wanted: Wanted): boolean;
  cancel(): void;
}

/** Starts at once. `now` is CLOCK_MONOTONIC, which counts from the boot. */
export function startDelay(wanted: Wanted, now: () => Micros, clock: Clock, log: Log): StartupDelay {
  const begun = now();
  let end = endOf(wanted, begun);
  let cancel: Cancel = () => {};
  const wait = (): void => {
    cancel();
    cancel = clock.after(micros(end - now()), () => {
      end = micros(0);
      log.info('Delayed start completed');
    });
  };
  if (end > 0) {
    log.info(`Delaying startup for ${seconds(micros(end - begun))} seconds`);
    wait();
  }
  return {
    end: () => end,
    change(next) {
      const moved = endOf(next, begun);
      if (end === 0 || moved === end) return false;
      const at = now();
      if (moved <= at) {
        cancel();
        end = micros(0);
        log.info('Reduced delayed start passed');
      } else {
        end = moved;
        log.info(`Delaying startup for a further ${seconds(micros(end - at))} seconds`);
        wait();
      }
      return true;
    },
    cancel: () => cancel(),
  };
}

/** The longer of the two counts; 0 for none. */
function endOf({ vrrp_startup_delay: length, vrrp_delay_after_boot: uptime }: Wanted, begun: Micros): Micros {
  const end = Math.max(length === null ? 0 : add(begun, length), uptime ?? 0);
  return micros(end > begun ? end : 0);
}

/** As C's %g. */
function seconds(t: Micros): string {
  return String(Number((t / 1e6).toPrecision(6)));
}
