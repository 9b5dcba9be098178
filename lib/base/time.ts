// SPDX-License-Identifier: MIT
// All times in ka-ts are microseconds of CLOCK_MONOTONIC, as in keepalived (TIMER_HZ = 1 000 000).
// This file is the only place where seconds, milliseconds and centiseconds meet them.

declare const microsBrand: unique symbol;
/** A time or duration in whole microseconds. Times are CLOCK_MONOTONIC; exact up to 2^53 (285 years). */
export type Micros = number & { readonly [microsBrand]: true };

/** Takes a plain number of microseconds; rounds to whole ones. */
export function micros(n: number): Micros {
  return Math.round(n) as Micros;
}

/** Seconds (fractions allowed) → microseconds, rounded. */
export function seconds(n: number): Micros {
  return Math.round(n * 1e6) as Micros;
}

/** Milliseconds → microseconds, rounded. */
export function milliseconds(n: number): Micros {
  return Math.round(n * 1e3) as Micros;
}

/** Centiseconds, the unit of the VRRPv3 interval field (RFC 9568 5.2.6) → microseconds. */
export function centiseconds(n: number): Micros {
  return Math.round(n * 1e4) as Micros;
}

export function add(at: Micros, duration: Micros): Micros {
  return (at + duration) as Micros;
}

export function toSeconds(t: Micros): number {
  return t / 1e6;
}

/** Whole centiseconds, rounded down. */
export function toCentiseconds(t: Micros): number {
  return Math.floor(t / 1e4);
}

/** `SEC.USEC` with six digits, the form of keepalived's dumps. */
export function secondsText(t: Micros): string {
  const whole = Math.floor(t / 1e6);
  return `${whole}.${String(t - whole * 1e6).padStart(6, '0')}`;
}
