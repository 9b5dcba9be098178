// SPDX-License-Identifier: MIT
// Who holds the addresses when everything has settled, and how soon: the behaviour of the machine (vrrp/core) for given
// priorities, without its clockwork. A test holds this against simulations with the real machine.

import { compareIp } from '../../base/address.ts';
import { add, type Micros, micros } from '../../base/time.ts';
import { downInterval, skewTime } from '../../base/vrrp-arithmetic.ts';
import type { Hearing } from './hearing.ts';
import type { Member } from './nodes.ts';

/** How a member stands: FAULT, gone without a word, stopped in order, or running with an effective priority. */
export type Standing = 'fault' | 'lost' | 'stopped' | number;

export interface Situation {
  readonly members: readonly Member[];
  readonly hears: Hearing;
}

export interface Settled {
  /** Numbers of the active members, ascending. */
  readonly active: readonly number[];
  /** Until the last of them became active, at most, from the moment of the change; null: no one had to. */
  readonly after: Micros | null;
}

/**
 * Lets the situation settle from where `before` were active (empty: all start together). Members whose standing is a
 * number take part. The time supposes that the last advert before the change was just out. `earlier`: the standings before
 * the change, since a member that was not running has heard nobody.
 */
export function settle(s: Situation, standings: readonly Standing[], before: readonly number[], earlier = standings): Settled {
  const runs = (n: number) => typeof standings[n] === 'number';
  const numbers = s.members.map((_, n) => n).filter(runs);
  let active = yieldAll(s, standings, before.filter(runs));
  let after: Micros | null = null;
  const delayed: Moment['delayed'] = new Map();
  // Each round the strongest so far can only grow stronger; the bound is for files that hear each other in circles.
  for (let round = 0; round <= 2 * numbers.length; round++) {
    const waiting = numbers.filter((n) => !active.includes(n) && !active.some((a) => accepts(s, standings, n, a)));
    if (waiting.length === 0) break;
    const due = waiting.map((n) => expiry({ situation: s, standings, earlier, before, active, after, delayed }, n));
    const first = micros(Math.min(...due));
    active = yieldAll(s, standings, [...active, ...waiting.filter((_, i) => due[i] === first)]);
    after = first;
  }
  return { active: active.sort((a, b) => a - b), after };
}

/** `ours` loses against what `theirs` advertises (RFC 9568 6.4.3); without addresses the first named keeps. */
export function beats(s: Situation, standings: readonly Standing[], theirs: number, ours: number): boolean {
  const [p, q] = [Number(standings[theirs]), Number(standings[ours])];
  if (p !== q) return p > q;
  const [x, y] = [s.members[theirs]?.source, s.members[ours]?.source];
  return x && y ? compareIp(x, y) > 0 : theirs < ours;
}

function yieldAll(s: Situation, standings: readonly Standing[], active: readonly number[]): number[] {
  return active.filter((n) => !active.some((other) => s.hears(n, other) && beats(s, standings, other, n)));
}

/** A backup restarts its timer for this advert (RFC 9568 6.4.2); a preempt delay only postpones and is looked at in expiry. */
function accepts(s: Situation, standings: readonly Standing[], backup: number, active: number): boolean {
  if (!s.hears(backup, active)) return false;
  const m = s.members[backup]?.instance;
  const patient = m?.nopreempt && m.priority !== 255;
  return patient || Number(standings[active]) >= Number(standings[backup]);
}

/** What expiry looks at. */
interface Moment {
  readonly situation: Situation;
  readonly standings: readonly Standing[];
  readonly earlier: readonly Standing[];
  readonly before: readonly number[];
  readonly active: readonly number[];
  /** When the last one became active; null: nobody since the change. */
  readonly after: Micros | null;
  /** Preempt delays: when they began, and whose adverts were accepted last within them. */
  readonly delayed: Map<number, { readonly begun: Micros; readonly lower: number }>;
}

/** When the Active_Down_Timer of `n` fires, from the moment of the change. */
function expiry(now: Moment, n: number): Micros {
  const { situation: s, standings, earlier, before } = now;
  const i = s.members[n]?.instance;
  if (!i) return micros(0);
  const fresh = before.length === 0 || typeof earlier[n] !== 'number';
  if (fresh && i.priority === 255 && i.state === 'MASTER') return micros(0);
  const lastHeard = fresh ? [] : before.filter((b) => s.hears(n, b));
  const delay = delayOf(now, n);
  // Version 3 counts in intervals of whoever was accepted last; adverts are accepted while a delay runs.
  const teacher = i.version === 3 ? s.members[delay?.lower ?? lastHeard[0] ?? n]?.instance : i;
  const interval = teacher?.advert_int ?? i.advert_int;
  const skew = skewTime(i.version, i.priority === 255 ? 255 : Number(standings[n]), interval);
  // Priority 0 says farewell: only the skew is waited (RFC 9568 6.4.2). A dead one says nothing.
  const toldGoodbye = lastHeard.length > 0 && lastHeard.every((b) => standings[b] === 'fault' || standings[b] === 'stopped');
  if (toldGoodbye) return skew;
  const down = downInterval(i.down_timer_adverts, interval, skew);
  return micros(Math.max(now.after ?? 0, (delay?.end ?? 0) + down));
}

/** The preempt delay of `n` against somebody lower; null: none. The timer runs from the last advert within it. */
function delayOf({ situation: s, active, after, delayed }: Moment, n: number): { readonly lower: number; readonly end: Micros } | null {
  const delay = s.members[n]?.instance.preempt_delay ?? 0;
  const lower = active.find((a) => s.hears(n, a));
  if (delay === 0 || lower === undefined) return null;
  // It begins with the first lower advert: whoever has just become active advertises at once, others within an interval.
  const known = delayed.get(n);
  const begun = known?.begun ?? after ?? s.members[lower]?.instance.advert_int ?? micros(0);
  const end = add(begun, micros(delay));
  const last = known && (after ?? 0) >= end ? known.lower : lower;
  delayed.set(n, { begun, lower: last });
  return { lower: last, end };
}
