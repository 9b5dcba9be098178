// SPDX-License-Identifier: MIT
// The lease JavaScript holds on the engine: while this loop turns, the engine may go on. When it runs out the engine
// resigns by itself (decisions.md section 2), so a hung brain does not keep the body walking.

import { add, type Micros, micros, seconds } from '../../base/time.ts';
import type { Config } from '../../config/model.ts';
import type { NativeAddon, PacketEngine } from '../../native/surface.ts';
import type { Cancel, Clock } from '../../ports/clock.ts';

const SHORTEST = seconds(1);
const DEFAULT = seconds(3);
/** Renewals in one lease: a stall has to miss all of them. */
const RENEWALS = 8;

/** Hundreds of routers that begin on a machine with too much to do: nobody is Active yet, and to be killed would help nobody. */
const START = seconds(30);

export interface Lease {
  /** Sets the length (µs) and renews at once: the first time long enough for all routers to begin; the next call ends that. */
  setLength(length: Micros): void;
  stop(): void;
}

/** `ka_ts { lease }`, else the longer of 3 s and three times the longest interval; never under 1 s. */
export function leaseLength(config: Config): Micros {
  const asked = config.global_defs.ka_ts.lease;
  if (asked !== null) return micros(Math.max(SHORTEST, asked));
  return micros(Math.max(DEFAULT, ...config.vrrp_instance.map((i) => 3 * i.advert_int)));
}

export function createLease(native: NativeAddon, engine: PacketEngine, clock: Clock): Lease {
  let cancel: Cancel | null = null;
  let length = DEFAULT;
  let begun = false;
  const renew = (): void => {
    engine.renewLease(add(native.now(), begun ? length : micros(Math.max(length, START))));
    begun = true;
    cancel = clock.after(micros(length / RENEWALS), renew);
  };
  return {
    setLength(next) {
      cancel?.();
      length = next;
      renew();
    },
    stop() {
      cancel?.();
      cancel = null;
      engine.renewLease(micros(0));
    },
  };
}
