// SPDX-License-Identifier: MIT
// What a backup makes of an advert: whom it waits for, and how long (reference/vrrp-protocol.md section 6.3).

import { add, type Micros } from '../../base/time.ts';
import { type Advert, heardFrom, learn } from './advert.ts';
import type { Note, VrrpEffect } from './effects.ts';
import { accepts } from './election.ts';
import { effectivePriority, OWNER } from './priority.ts';
import { activeDownInterval, skewOf } from './timers.ts';
import { note, rearmed, type Step } from './transitions.ts';
import type { Instance, Settings } from './types.ts';

/** An advert that passed the receive ladder, in Backup (RFC 9568 6.4.2, section 6.3). */
export function heardInBackup(before: Instance, s: Settings, e: Advert): Step {
  const notes: Note[] = [];
  const isNew = e.priority > 0 && before.heard?.address !== e.source;
  if (isNew) notes.push({ code: 'heard_active', before: before.heard, now: e.source });
  let i = before;
  if (i.ownerLowered && (e.priority !== OWNER || isNew)) {
    i = { ...i, ownerLowered: false, effectivePriority: effectivePriority(s, i.trackingDelta, false) };
    notes.push({ code: 'owner_restored_lower', priority: i.effectivePriority });
  }
  const [next, arm] = judgedInBackup(i, s, e, notes);
  const effects: VrrpEffect[] = arm === null ? [] : [arm];
  for (const n of notes) effects.push(note(n));
  if (isNew) effects.push({ kind: 'clear_refusals' });
  return [next, effects];
}

/** Where the timer goes, if anywhere; adds its notes. */
function judgedInBackup(i: Instance, s: Settings, e: Advert, notes: Note[]): readonly [Instance, VrrpEffect | null] {
  if (e.priority === 0) {
    // RFC 9568 6.4.2: Priority 0 → Skew_Time
    notes.push({ code: 'backup_heard_priority_zero' });
    return rearmed(i, add(e.at, skewOf(s, i)));
  }
  const heard = heardFrom(i, e);
  if (!accepts(s, i, e)) {
    // The timer goes on from where it was: a lower router that keeps talking must not keep a higher one waiting.
    notes.push({ code: 'discarding_lower', source: e.source, priority: e.priority });
    return [{ ...i, heard }, null];
  }
  const activeAdverInterval = learn(i, s, e, notes);
  const preemptDelayUntil = preemptDelay(i, s, e, notes);
  // The advert of a steady active router changes nothing but the deadline; it comes most often by far.
  const steady = heard === i.heard && activeAdverInterval === i.activeAdverInterval && preemptDelayUntil === i.preemptDelayUntil && !i.held;
  const next = steady ? i : { ...i, heard, activeAdverInterval, preemptDelayUntil, held: false };
  return rearmed(next, add(e.at, activeDownInterval(s, next)));
}

/** A preempt delay runs while somebody lower is active, and starts with the first advert that shows it (section 6.3). */
function preemptDelay(i: Instance, s: Settings, e: Advert, notes: Note[]): Micros | null {
  if (s.preemptDelay === 0) return null;
  if (e.priority >= i.effectivePriority) {
    if (i.preemptDelayUntil !== null) notes.push({ code: 'preempt_delay_stopped' });
    return null;
  }
  if (i.preemptDelayUntil !== null) return i.preemptDelayUntil;
  notes.push({ code: 'preempt_delay_started', delay: s.preemptDelay });
  return add(e.at, s.preemptDelay);
}
