// SPDX-License-Identifier: MIT
// The sums of VRRP on plain numbers: what goes out as Priority, and how long a backup waits. The machine (vrrp/core) runs
// on them and `ka-ts check` predicts with them, so that the two cannot disagree.

import { type Micros, micros } from './time.ts';

/** 10 ms: the unit of the v3 interval field. */
const CENTISECOND = 10_000;

/**
 * Skew_Time. v2: (256 − Priority)/256 s whatever the interval (RFC 3768 6.1); v3: the same fraction of
 * Active_Adver_Interval, which counts in whole centiseconds (RFC 9568 6.1). keepalived's integer divisions.
 */
export function skewTime(version: 2 | 3, priority: number, activeAdverInterval: Micros): Micros {
  if (version === 2) return micros(Math.floor(((256 - priority) * 1_000_000) / 256));
  const ticks = Math.floor(activeAdverInterval / CENTISECOND);
  return micros(Math.floor(((256 - priority) * ticks * 625) / 16));
}

/** Active_Down_Interval: `factor` (down_timer_adverts, 3 in the RFC) × Active_Adver_Interval + Skew_Time. */
export function downInterval(factor: number, activeAdverInterval: Micros, skew: Micros): Micros {
  return micros(factor * activeAdverInterval + skew);
}

/** A busy successor may be late by more than its interval; init systems have their own patience, however rare the adverts are. */
const HANDOVER = { shortest: 500_000, longest: 30_000_000 };

/**
 * How long a router that has said farewell goes on serving when nobody takes over. Every backup that heard it speaks within
 * Skew_Time, at most that of Priority 1; one interval more for its first advert to be lost.
 */
export function handoverLimit(version: 2 | 3, interval: Micros): Micros {
  return micros(Math.min(HANDOVER.longest, Math.max(HANDOVER.shortest, skewTime(version, 1, interval) + interval)));
}

/** What a router that owns no address may claim: 1..254 (RFC 9568 6.1). */
export function clampPriority(sum: number): number {
  return Math.min(254, Math.max(1, sum));
}

/**
 * What one tracker with a weight adds to Priority: a positive weight is earned while up, a negative one lost while down,
 * `reverse` changes the sign (reference/vrrp-protocol.md section 7.1). unknown adds nothing: not earned yet, not failed yet.
 */
export function contribution(weight: { readonly value: number; readonly reverse: boolean }, verdict: 'up' | 'down' | 'unknown'): number {
  const counts = verdict === (weight.value > 0 ? 'up' : 'down');
  if (!counts || weight.value === 0) return 0;
  return weight.reverse ? -weight.value : weight.value;
}
