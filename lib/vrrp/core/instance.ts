// One virtual router as a pure machine: Initialize, Backup, Active and Fault of RFC 9568 6.4 and RFC 3768 6.4, as
// keepalived extends them (reference/vrrp-protocol.md sections 5 to 7). The shell feeds events in the order of their own
// times, keeps the instance that comes back and performs the effects in their order; it never looks into the state to
// decide.
//
// Adverts repeat in the engine: an `advertise` effect appears only where an advert is sent or its content changes. So a
// stranger's packets cannot push our next advert away, as they can in keepalived (section 5, defect).
//
// A machine decides alone here. Sync groups will sit between the decision (this file) and the transition
// (transitions.ts): the points where a group has a say are becomeActive in expired(), yieldTo and enterFault.

import { exhaustive } from '../../base/result.ts';
import { add, type Micros, micros } from '../../base/time.ts';
import type { Note, VrrpEffect } from './effects.ts';
import { accepts, contest } from './election.ts';
import type { VrrpEvent } from './events.ts';
import { effectivePriority, isOwner, OWNER, startsActive } from './priority.ts';
import { activeDownInterval, learntInterval, skewOf } from './timers.ts';
import {
  advertise,
  becomeActive,
  enterFault,
  leaveFault,
  note,
  rearmed,
  refresh,
  type Step,
  shiftDeadline,
  start,
  stop,
  yieldTo,
} from './transitions.ts';
import type { FaultReason, Instance, Settings } from './types.ts';

type Advert = Extract<VrrpEvent, { kind: 'advert' }>;
type Reload = Extract<VrrpEvent, { kind: 'settings' }>;
type Tracking = Extract<VrrpEvent, { kind: 'tracking' | 'startup' }>;

const NOTHING: readonly VrrpEffect[] = Object.freeze([]);

/** An instance before its startup event. */
export function initial(s: Settings): Instance {
  return Object.freeze<Instance>({
    state: 'initialize',
    generation: 0,
    due: null,
    activeAdverInterval: s.advertisementInterval,
    effectivePriority: effectivePriority(s, 0, false),
    trackingDelta: 0,
    faults: Object.freeze([]),
    waiting: false,
    preemptDelayUntil: null,
    heard: null,
    source: null,
    ownerLowered: false,
    ownerConflict: null,
  });
}

/**
 * The instance after an event, and what is to be done, in order. Pure: same arguments, same answer; instance and effects
 * are frozen. Events that mean nothing in the present state change nothing.
 */
export function step(i: Instance, s: Settings, e: VrrpEvent): readonly [Instance, readonly VrrpEffect[]] {
  const [next, effects] = react(i, s, e);
  for (const effect of effects) Object.freeze(effect);
  return [Object.freeze(next), effects.length === 0 ? NOTHING : Object.freeze(effects)];
}

function react(i: Instance, s: Settings, e: VrrpEvent): Step {
  switch (e.kind) {
    case 'startup':
      return i.state === 'initialize' && !i.waiting ? startup(i, s, e) : [i, []];
    case 'shutdown':
      return stop(s, i, 'shutdown');
    case 'advert':
      if (i.state === 'backup') return heardInBackup(i, s, e);
      return i.state === 'active' ? heardWhileActive(i, s, e) : [i, []];
    case 'expired':
      return i.due !== null && e.generation === i.generation ? expired({ ...i, due: null }, s, e.at) : [i, []];
    case 'tracking':
      return tracked(i, s, e);
    case 'settings':
      return reloaded(i, s, e);
    case 'address_lost':
      return i.state === 'active' ? [i, restored(s)] : [i, []];
    case 'lease_lost':
      return stop(s, i, 'lease_lost');
    default:
      return exhaustive(e);
  }
}

/** What the trackers say, taken over as it is. */
function withTracking(i: Instance, s: Settings, e: Tracking): Instance {
  return {
    ...i,
    trackingDelta: e.trackingDelta,
    effectivePriority: effectivePriority(s, e.trackingDelta, i.ownerLowered),
    faults: Object.freeze([...e.faults]),
    waiting: e.waiting,
    source: e.source,
  };
}

function startup(i: Instance, s: Settings, e: Tracking): Step {
  const next = withTracking(i, s, e);
  const notes: Note[] = next.faults.map((reason) => ({ code: 'fault_cause', reason }));
  if (notes.length > 0) notes.push({ code: 'fault_at_load' });
  if (next.waiting) return [next, notes.map(note)];
  const [started, effects] = start(s, next, e.at, 'at_load');
  return [started, [...notes.map(note), ...effects]];
}

function tracked(i: Instance, s: Settings, e: Tracking): Step {
  if (i.state === 'initialize' && !i.waiting) return [i, []];
  const next = withTracking(i, s, e);
  const notes: Note[] = [];
  if (next.effectivePriority !== i.effectivePriority)
    notes.push({ code: 'priority_changed', from: i.effectivePriority, to: next.effectivePriority });
  for (const reason of next.faults) if (needsLine(reason) && !has(i.faults, reason)) notes.push({ code: 'fault_cause', reason });
  const [after, effects] = consequences(i, next, s, e.at);
  return [after, [...notes.map(note), ...effects]];
}

function consequences(before: Instance, i: Instance, s: Settings, at: Micros): Step {
  switch (i.state) {
    case 'initialize':
      return i.waiting ? [i, []] : start(s, i, at, 'after_waiting');
    case 'fault':
      // A script that has not reported yet holds an instance in Fault, but sends none there.
      return i.faults.length > 0 || i.waiting ? [i, []] : leaveFault(s, i, at);
    case 'backup':
      return i.faults.length > 0 ? enterFault(s, i) : shiftDeadline(s, before, i);
    case 'active':
      if (i.faults.length > 0) return enterFault(s, i);
      // No extra advert: the new content goes out with the next one (section 7.1).
      return i.effectivePriority === before.effectivePriority && i.source === before.source ? [i, []] : [i, [advertise(s, i, 'next')]];
    default:
      return exhaustive(i.state);
  }
}

/** Links and scripts have a line of their own when they fail at run time; these causes have none. */
function needsLine(reason: FaultReason): boolean {
  return reason.kind === 'source_not_configured' || reason.kind === 'socket' || reason.kind === 'config';
}

function has(faults: readonly FaultReason[], reason: FaultReason): boolean {
  const text = JSON.stringify(reason);
  return faults.some((f) => JSON.stringify(f) === text);
}

function expired(i: Instance, s: Settings, at: Micros): Step {
  switch (i.state) {
    case 'backup':
      return becomeActive(s, i, at, [{ code: 'active_down' }]);
    case 'active':
      return [{ ...i, ownerConflict: null }, [note({ code: 'other_owner_stopped' })]];
    case 'initialize':
    case 'fault':
      return [i, []];
    default:
      return exhaustive(i.state);
  }
}

// Backup ---------------------------------------------------------------------------------------------------------------

function heardInBackup(before: Instance, s: Settings, e: Advert): Step {
  const notes: Note[] = [];
  const isNew = e.priority > 0 && before.heard?.address !== e.source;
  if (isNew) notes.push({ code: 'heard_active', before: before.heard, now: e.source });
  let i = before;
  if (i.ownerLowered && (e.priority !== OWNER || isNew)) {
    i = { ...i, ownerLowered: false, effectivePriority: effectivePriority(s, i.trackingDelta, false) };
    notes.push({ code: 'owner_restored_lower', priority: i.effectivePriority });
  }
  const [after, effects] = judgedInBackup(i, s, e, notes);
  return [after, isNew ? [...effects, { kind: 'clear_refusals' }] : effects];
}

function judgedInBackup(i: Instance, s: Settings, e: Advert, notes: readonly Note[]): Step {
  // RFC 9568 6.4.2: Priority 0 → Skew_Time
  if (e.priority === 0) return restarted(i, add(e.at, skewOf(s, i)), [...notes, { code: 'backup_heard_priority_zero' }]);
  const heard = Object.freeze({ address: e.source, priority: e.priority });
  // The timer goes on from where it was: a lower router that keeps talking must not keep a higher one waiting.
  if (!accepts(s, i, e))
    return [{ ...i, heard }, [...notes, { code: 'discarding_lower', source: e.source, priority: e.priority } as const].map(note)];
  const [interval, learning] = learn(i, s, e);
  const [preemptDelayUntil, delaying] = preemptDelay(i, s, e);
  const next: Instance = { ...i, heard, activeAdverInterval: interval, preemptDelayUntil };
  return restarted(next, add(e.at, activeDownInterval(s, next)), [...notes, ...learning, ...delaying]);
}

function restarted(i: Instance, due: Micros, notes: readonly Note[]): Step {
  const [next, arm] = rearmed(i, due);
  return [next, [arm, ...notes.map(note)]];
}

function learn(i: Instance, s: Settings, e: Advert): readonly [Micros, readonly Note[]] {
  const to = learntInterval(s, i, e.interval);
  const from = i.activeAdverInterval;
  return [to, to === from ? [] : [{ code: 'interval_learnt', from, to }]];
}

/** A preempt delay runs while somebody lower is active, and starts with the first advert that shows it (section 6.3). */
function preemptDelay(i: Instance, s: Settings, e: Advert): readonly [Micros | null, readonly Note[]] {
  if (s.preemptDelay === 0) return [null, []];
  if (e.priority >= i.effectivePriority) return [null, i.preemptDelayUntil === null ? [] : [{ code: 'preempt_delay_stopped' }]];
  if (i.preemptDelayUntil !== null) return [i.preemptDelayUntil, []];
  return [add(e.at, s.preemptDelay), [{ code: 'preempt_delay_started', delay: s.preemptDelay }]];
}

// Active ---------------------------------------------------------------------------------------------------------------

function heardWhileActive(i: Instance, s: Settings, e: Advert): Step {
  // RFC 9568 6.4.3: somebody resigned; saying that we are here spares the others a pause.
  if (e.priority === 0) return [i, [advertise(s, i, 'now'), note({ code: 'active_heard_priority_zero' })]];
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
  const [activeAdverInterval, learning] = learn(i, s, e);
  const sameRank = isOwner(s) || e.priority === i.effectivePriority;
  const verdict: Note = sameRank
    ? { code: 'yield_address', source: e.source, priority: e.priority }
    : { code: 'yield_higher', source: e.source, priority: e.priority, ours: i.effectivePriority };
  const heard = Object.freeze({ address: e.source, priority: e.priority });
  const [next, effects] = yieldTo(s, { ...i, activeAdverInterval }, e.at, heard, [...because, verdict, ...learning]);
  return [next, s.advertBeforeYield ? [advertise(s, i, 'now'), ...effects] : effects];
}

/**
 * Two owners and the other one loses the tie (section 6.5 point 3): it gets two more of our adverts to see its mistake.
 * If it then still advertises within 1.2 of the longer interval, we step down to 254: one of two must, or both stay.
 */
function heardOtherOwner(i: Instance, s: Settings, e: Advert): Step {
  const conflict = i.ownerConflict;
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

/** Somebody else removed an address of ours: put back at once, and neighbours told, without giving up the role. */
function restored(s: Settings): readonly VrrpEffect[] {
  const { repeat, delay: again } = s.announce;
  const told: readonly VrrpEffect[] = repeat > 0 ? [{ kind: 'announce', repeat, again, why: 'restored' }] : [];
  return [{ kind: 'own_addresses' }, ...told, note({ code: 'address_restored' })];
}

// Reload ---------------------------------------------------------------------------------------------------------------

/**
 * New settings for a router that goes on (reference/cli-and-process.md section 7): state stays, timers, preempt delay,
 * owner conflict and rate limits start over. An active router adverts at once; a backup waits a full
 * Active_Down_Interval, in v3 still by the interval of the active router it hears, since its own may be much shorter.
 */
function reloaded(before: Instance, s: Settings, e: Reload): Step {
  const ownerLowered = before.ownerLowered && isOwner(s);
  const i: Instance = {
    ...before,
    ownerLowered,
    effectivePriority: effectivePriority(s, before.trackingDelta, ownerLowered),
    activeAdverInterval: s.version === 3 && before.heard !== null ? before.activeAdverInterval : s.advertisementInterval,
    preemptDelayUntil: null,
    ownerConflict: null,
  };
  switch (i.state) {
    case 'initialize':
    case 'fault':
      return [i, []];
    case 'backup': {
      if (startsActive(s) && !ownerLowered) return becomeActive(s, i, e.at, []);
      const [next, arm] = rearmed(i, add(e.at, activeDownInterval(s, i)));
      return [next, [arm, { kind: 'clear_refusals' }]];
    }
    case 'active': {
      const effects: VrrpEffect[] = [advertise(s, i, 'now')];
      if (i.due !== null) effects.push({ kind: 'disarm' });
      if (e.addressesAdded || s.announce.refresh > 0)
        effects.push({ kind: 'announce', repeat: Math.max(1, s.announce.refreshRepeat), again: micros(0), why: 'reload' });
      effects.push(...refresh(s, e.at));
      if (s.announce.refresh === 0 && e.before.announce.refresh > 0)
        effects.push({ kind: 'announce_periodically', repeat: 0, every: micros(0), firstAt: e.at });
      effects.push({ kind: 'clear_refusals' });
      return [{ ...i, due: null }, effects];
    }
    default:
      return exhaustive(i.state);
  }
}
