// SPDX-License-Identifier: MIT
// What an active router makes of an advert, and of losing an address (reference/vrrp-protocol.md sections 6.5, 6.7).

import { exhaustive } from '../../base/result.ts';
import { add, type Micros, micros, seconds } from '../../base/time.ts';
import { type Advert, heardFrom, learn } from './advert.ts';
import type { Note, VrrpEffect } from './effects.ts';
import { contest } from './election.ts';
import { effectivePriority, isOwner, OWNER } from './priority.ts';
import { advertise, note, rearmed, type Step, stepDown, yieldTo } from './transitions.ts';
import type { Instance, Settings } from './types.ts';

/** An advert that passed the receive ladder, in Active (RFC 9568 6.4.3, section 6.5). */
export function heardWhileActive(i: Instance, s: Settings, e: Advert): Step {
  // RFC 9568 6.4.3: somebody resigned; saying that we are here spares the others a pause.
  if (e.priority === 0) return [i, [advertise(s, i, 'now'), note({ code: 'active_heard_priority_zero' })]];
  if (i.wokeLate !== null && e.source !== i.source) return gaveWay(i, s, e, i.wokeLate);
  const verdict = contest({ priority: i.effectivePriority, address: i.source }, e);
  switch (verdict) {
    case 'same_address':
      return [i, [note({ code: 'same_address', source: e.source })]];
    case 'lose': {
      const twoOwners = i.effectivePriority === OWNER;
      return beaten(i, s, e, twoOwners ? [{ code: 'two_owners', source: e.source }] : []);
    }
    case 'win':
      return i.effectivePriority === OWNER && e.priority === OWNER ? heardOtherOwner(i, s, e) : asserted(i, s, e);
    default:
      return exhaustive(verdict);
  }
}

/** Somebody who loses believes to be active: tell it, and turn switches and neighbours back to us (section 6.5 point 4). */
function asserted(i: Instance, s: Settings, e: Advert): Step {
  const { lowerPriorityRepeat: repeat, lowerPriorityDelay: again } = s.announce;
  const silent = s.silentOnLower;
  const effects: VrrpEffect[] = silent ? [] : [advertise(s, i, 'now')];
  effects.push(note({ code: 'forcing_election', source: e.source, priority: e.priority, ours: i.effectivePriority, silent }));
  if (repeat > 0) effects.push({ kind: 'announce', repeat, again, why: 'lower_priority' });
  effects.push({ kind: 'heard_lower_priority' });
  return [i, effects];
}

function beaten(i: Instance, s: Settings, e: Advert, because: readonly Note[]): Step {
  const sameRank = isOwner(s) || e.priority === i.effectivePriority;
  const verdict: Note = sameRank
    ? { code: 'yield_address', source: e.source, priority: e.priority }
    : { code: 'yield_higher', source: e.source, priority: e.priority, ours: i.effectivePriority };
  const notes = [...because, verdict];
  const activeAdverInterval = learn(i, s, e, notes);
  const [next, effects] = yieldTo(s, { ...i, activeAdverInterval }, e.at, heardFrom(i, e), notes);
  return [next, s.advertBeforeYield ? [advertise(s, i, 'now'), ...effects] : effects];
}

/**
 * Two owners and the other one loses the tie (section 6.5 point 3): it gets two more of our adverts to see its mistake.
 * If it then still advertises within 1.2 of the longer interval, we step down to 254: one of two must, or both stay.
 */
function heardOtherOwner(i: Instance, s: Settings, e: Advert): Step {
  const conflict = i.ownerConflict;
  // A third owner's advert is not the answer of the one that was warned: with many of them each would step down at once.
  if (conflict !== null && conflict.address !== e.source) return asserted(i, s, e);
  if (conflict !== null && e.at >= conflict.watchFrom) {
    const lowered: Instance = { ...i, ownerLowered: true, effectivePriority: effectivePriority(s, i.trackingDelta, true) };
    return beaten(lowered, s, e, [{ code: 'owner_lowered', source: e.source }]);
  }
  // The answer to this advert counts as one of the two; a silent router has only its periodic ones.
  const watchFrom =
    conflict === null
      ? add(e.at, micros((s.silentOnLower ? 2 : 1) * s.advertisementInterval))
      : s.silentOnLower
        ? conflict.watchFrom
        : e.at;
  const length = micros(Math.floor((Math.max(s.advertisementInterval, e.interval) * 6) / 5));
  const watching: Instance = { ...i, ownerConflict: Object.freeze({ address: e.source, watchFrom }) };
  const [next, arm] = rearmed(watching, add(watchFrom, length));
  const [after, effects] = asserted(next, s, e);
  const found = conflict === null ? [note({ code: 'two_owners', source: e.source })] : [];
  return [after, [arm, ...found, ...effects]];
}

/** Others may have taken over: nothing is said, and with timer_expired_backup nothing is waited for (section 6.8). */
export function wokeLate(i: Instance, s: Settings, at: Micros, late: Micros): Step {
  if (s.yieldsWhenLate) return yieldTo(s, i, at, null, [{ code: 'timer_expired', late }]);
  return [{ ...i, wokeLate: at }, [note({ code: 'woke_late', late })]];
}

/** Nobody was there, but neighbours may have been told otherwise meanwhile. */
export function spokeAgain(i: Instance, s: Settings): Step {
  const { repeat } = s.announce;
  return [{ ...i, wokeLate: null }, repeat > 0 ? [{ kind: 'announce', repeat, again: micros(0), why: 'woke_late' }] : []];
}

/** Whoever spoke while we could not is Active, whatever its Priority: two would be worse; we preempt it in order, if at all. */
function gaveWay(i: Instance, s: Settings, e: Advert, now: Micros): Step {
  const notes: Note[] = [{ code: 'yield_late', source: e.source, priority: e.priority }];
  const activeAdverInterval = learn(i, s, e, notes);
  // It may have spoken long ago: whoever is better waits for it from now on.
  return yieldTo(s, { ...i, activeAdverInterval }, micros(Math.max(e.at, now)), heardFrom(i, e), notes);
}

/** Removals are counted over this time. */
const WINDOW = seconds(60);
/** What is removed in one go arrives as several reports. */
const ONE_GO = micros(100_000);

/**
 * Somebody else removed something of ours: put back at once, and neighbours told once, without giving up the role. Somebody
 * who goes on removing means it: then the others get the chance to take over.
 */
export function robbed(before: Instance, s: Settings, at: Micros): Step {
  const recent = before.removals.filter((t) => at - t < WINDOW);
  const last = recent.at(-1);
  if (last === undefined || at - last >= ONE_GO) recent.push(at);
  const i: Instance = { ...before, removals: Object.freeze(recent) };
  if (s.restoreLimit > 0 && recent.length > s.restoreLimit) return stepDown(s, { ...i, removals: Object.freeze([]) }, at, recent.length);
  const told: readonly VrrpEffect[] = s.announce.repeat > 0 ? [{ kind: 'announce', repeat: 1, again: micros(0), why: 'restored' }] : [];
  return [i, [{ kind: 'own_addresses' }, ...told, note({ code: 'address_restored' })]];
}
