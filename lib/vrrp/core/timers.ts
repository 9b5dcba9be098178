// SPDX-License-Identifier: MIT
// Skew_Time and Active_Down_Interval in whole microseconds, with keepalived's integer divisions, so that a dump of ours
// and one of keepalived's show the same numbers (RFC 9568 6.1, RFC 3768 6.1; reference/vrrp-protocol.md section 5).

import type { Micros } from '../../base/time.ts';
import { downInterval, skewTime } from '../../base/vrrp-arithmetic.ts';
import type { Instance, Settings } from './types.ts';

/** 10 ms: the least interval that v3 can carry. */
const CENTISECOND = 10_000;

export { skewTime };

/** Priority that enters Skew_Time: an owner that stepped down to 254 keeps the timers of an owner. */
export function timerPriority(s: Settings, effectivePriority: number): number {
  return s.priority === 255 ? 255 : effectivePriority;
}

/** Skew_Time of this router now. */
export function skewOf(s: Settings, i: Instance): Micros {
  return skewTime(s.version, timerPriority(s, i.effectivePriority), i.activeAdverInterval);
}

/** Active_Down_Interval: down_timer_adverts (3 in the RFC) × Active_Adver_Interval + Skew_Time. */
export function activeDownInterval(s: Settings, i: Instance): Micros {
  return downInterval(s.downTimerAdverts, i.activeAdverInterval, skewOf(s, i));
}

/**
 * Active_Adver_Interval after an accepted advert: v3 takes it from the packet, v2 has only its own (RFC 3768 6.4.2). An
 * interval of zero, which no router may send, is not taken: it would make Active_Down_Interval zero and this router
 * active on every advert.
 */
export function learntInterval(s: Settings, i: Instance, heard: Micros): Micros {
  if (s.version === 2) return s.advertisementInterval;
  return heard >= CENTISECOND ? heard : i.activeAdverInterval;
}
