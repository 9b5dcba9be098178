// Who holds the addresses when everything has settled, and how soon: the behaviour of the machine (vrrp/core) for given
// priorities, without its clockwork. A test holds this against simulations with the real machine.

import { compareIp } from '../../base/address.ts';
import { type Micros, micros } from '../../base/time.ts';
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
 * number take part. The time supposes that the last advert before the change was just out.
 */
export function settle(s: Situation, standings: readonly Standing[], before: readonly number[]): Settled {
  const runs = (n: number) => typeof standings[n] === 'number';
  const numbers = s.members.map((_, n) => n).filter(runs);
  let active = yieldAll(s, standings, before.filter(runs));
  let after: Micros | null = null;
  // Each round the strongest so far can only grow stronger; the bound is for files that hear each other in circles.
  for (let round = 0; round <= 2 * numbers.length; round++) {
    const waiting = numbers.filter((n) => !active.includes(n) && !active.some((a) => accepts(s, standings, n, a)));
    if (waiting.length === 0) break;
    const due = waiting.map((n) => expiry(s, standings, n, before, active, after));
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

/** When the Active_Down_Timer of `n` fires, from the moment of the change. */
function expiry(
  s: Situation,
  standings: readonly Standing[],
  n: number,
  before: readonly number[],
  active: readonly number[],
  earlier: Micros | null,
): Micros {
  const i = s.members[n]?.instance;
  if (!i) return micros(0);
  const lastHeard = before.filter((b) => s.hears(n, b));
  const startsActive = i.priority === 255 && i.state === 'MASTER' && before.length === 0;
  if (startsActive) return micros(0);
  const learnt = i.version === 3 ? s.members[lastHeard[0] ?? n]?.instance.advert_int : undefined;
  const interval = learnt ?? i.advert_int;
  const skew = skewTime(i.version, i.priority === 255 ? 255 : Number(standings[n]), interval);
  // Priority 0 says farewell: only the skew is waited (RFC 9568 6.4.2). A dead one says nothing.
  const toldGoodbye = lastHeard.length > 0 && lastHeard.every((b) => standings[b] === 'fault' || standings[b] === 'stopped');
  if (toldGoodbye) return skew;
  const down = downInterval(i.down_timer_adverts, interval, skew);
  const lower = active.find((a) => s.hears(n, a));
  if (lower === undefined || i.preempt_delay === 0) return micros(Math.max(down, earlier ?? 0));
  // The delay begins with the first lower advert, and the timer runs from the last one within it.
  const theirs = s.members[lower]?.instance.advert_int ?? i.advert_int;
  return micros((earlier ?? 0) + theirs + i.preempt_delay + down);
}
