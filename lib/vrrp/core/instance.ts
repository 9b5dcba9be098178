// SPDX-License-Identifier: MIT
// One virtual router as a pure machine: Initialize, Backup, Active and Fault of RFC 9568 6.4 and RFC 3768 6.4, as
// keepalived extends them (reference/vrrp-protocol.md sections 5 to 7). The shell feeds events in the order of their own
// times, keeps the instance that comes back and performs the effects in their order; it never looks into the state to
// decide.
//
// Adverts repeat in the engine: an `advertise` effect appears only where an advert is sent or its content changes. So a
// stranger's packets cannot push our next advert away, as they can in keepalived (section 5, defect).
//
// A machine decides alone here, with a word of its sync group (GroupSay) where it has one; what becomes of the other
// members is group.ts's.

import { exhaustive } from '../../base/result.ts';
import { add, type Micros, micros } from '../../base/time.ts';
import { heardWhileActive, robbed, spokeAgain, wokeLate } from './active.ts';
import { heardInBackup } from './backup.ts';
import type { Note, VrrpEffect } from './effects.ts';
import type { VrrpEvent } from './events.ts';
import { beginHandover, canHandOver, whileLeaving } from './handover.ts';
import { effectivePriority, isOwner, startsActive } from './priority.ts';
import { activeDownInterval } from './timers.ts';
import {
  advertise,
  becomeActive,
  countedFrom,
  enterFault,
  leaveFault,
  note,
  rearmed,
  refresh,
  type Step,
  shiftDeadline,
  start,
  stop,
} from './transitions.ts';
import { ALONE, type FaultReason, type GroupSay, type Instance, type Settings } from './types.ts';

type Reload = Extract<VrrpEvent, { kind: 'settings' }>;
export type Startup = Extract<VrrpEvent, { kind: 'startup' }>;
type Tracking = Extract<VrrpEvent, { kind: 'tracking' | 'startup' }>;

const NOTHING: readonly VrrpEffect[] = Object.freeze([]);

/** An instance before its startup event. */
export function initial(s: Settings): Instance {
  return Object.freeze<Instance>({
    state: 'initialize',
    started: false,
    held: false,
    notBefore: micros(0),
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
    wokeLate: null,
    leaving: null,
    removals: Object.freeze([]),
  });
}

/**
 * The instance after an event, and what is to be done, in order. Pure: same arguments, same answer; instance and effects
 * are frozen. Events that mean nothing in the present state change nothing.
 */
export function step(i: Instance, s: Settings, e: VrrpEvent, say: GroupSay = ALONE): readonly [Instance, readonly VrrpEffect[]] {
  const [next, effects] = react(i, s, e, say);
  for (const effect of effects) Object.freeze(effect);
  return [Object.freeze(next), effects.length === 0 ? NOTHING : Object.freeze(effects)];
}

function react(i: Instance, s: Settings, e: VrrpEvent, say: GroupSay): Step {
  if (i.leaving !== null && e.kind !== 'lease_lost') return whileLeaving(i, i.leaving, s, e);
  switch (e.kind) {
    case 'startup':
      return i.started ? [i, []] : begin(load(i, s, e), s, e, say);
    case 'shutdown':
      return e.atOnce !== true && canHandOver(i, s) ? beginHandover(i, s, e.at) : stop(s, i, 'shutdown');
    case 'advert':
      if (e.at < i.notBefore) return [i, []];
      if (i.state === 'backup') return heardInBackup(i, s, e);
      return i.state === 'active' ? heardWhileActive(i, s, e) : [i, []];
    case 'expired':
      return i.due !== null && e.generation === i.generation ? expired({ ...i, due: null }, s, e.at, say) : [i, []];
    case 'tracking':
      return i.started ? tracked(i, s, e, say) : [i, []];
    case 'settings':
      return reloaded(i, s, e, say);
    case 'delayed':
      return delayed(i, e.at, e.notBefore);
    case 'address_lost':
      return i.state === 'active' ? robbed(i, s, e.at) : [i, []];
    case 'woke_late':
      return i.state === 'active' ? wokeLate(i, s, e.at, e.late) : [i, []];
    case 'spoke_again':
      return i.state === 'active' && i.wokeLate !== null ? spokeAgain(i, s) : [i, []];
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

/** What is known at startup, before any decision: a sync group looks at all its members first. */
export function load(i: Instance, s: Settings, e: Startup): Instance {
  return { ...withTracking(i, s, e), started: true, notBefore: e.notBefore };
}

/** The decision at startup of a loaded instance. */
export function begin(i: Instance, s: Settings, { at, resume }: Startup, say: GroupSay): Step {
  if (resume === true && i.faults.length === 0 && !say.fault) return becomeActive(s, i, at, [{ code: 'resuming' }]);
  const notes: Note[] = i.faults.map((reason) => ({ code: 'fault_cause', reason }));
  if (notes.length > 0 || say.fault) notes.push({ code: 'fault_at_load' });
  if (i.waiting || say.waiting) return [i, notes.map(note)];
  const [started, effects] = start(s, i, at, 'at_load', say);
  return [started, [...notes.map(note), ...effects]];
}

function tracked(i: Instance, s: Settings, e: Tracking, say: GroupSay): Step {
  const next = withTracking(i, s, e);
  const notes: Note[] = [];
  if (next.effectivePriority !== i.effectivePriority)
    notes.push({ code: 'priority_changed', from: i.effectivePriority, to: next.effectivePriority });
  for (const reason of next.faults) if (needsLine(reason) && !has(i.faults, reason)) notes.push({ code: 'fault_cause', reason });
  const [after, effects] = consequences(i, next, s, e.at, say);
  return [after, [...notes.map(note), ...effects]];
}

function consequences(before: Instance, i: Instance, s: Settings, at: Micros, say: GroupSay): Step {
  const waits = i.waiting || say.waiting;
  switch (i.state) {
    case 'initialize':
      return waits ? [i, []] : start(s, i, at, 'after_waiting', say);
    case 'fault':
      // A script that has not reported yet holds an instance in Fault, but sends none there.
      return i.faults.length > 0 || say.fault || waits ? [i, []] : leaveFault(s, i, at, say);
    case 'backup':
      return i.faults.length > 0 ? enterFault(s, i, 'own') : shiftDeadline(s, before, i);
    case 'active':
      if (i.faults.length > 0) return enterFault(s, i, 'own');
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

function expired(i: Instance, s: Settings, at: Micros, say: GroupSay): Step {
  switch (i.state) {
    case 'backup': {
      if (say.mayLead) return becomeActive(s, i, at, [{ code: 'active_down' }]);
      const [next, arm] = rearmed({ ...i, held: true }, add(at, activeDownInterval(s, i)));
      return [next, [arm, note({ code: 'active_down' })]];
    }
    case 'active':
      return [{ ...i, ownerConflict: null }, [note({ code: 'other_owner_stopped' })]];
    case 'initialize':
    case 'fault':
      return [i, []];
    default:
      return exhaustive(i.state);
  }
}

/**
 * New settings for a router that goes on (reference/cli-and-process.md section 7): state stays, timers, preempt delay,
 * owner conflict and rate limits start over. An active router adverts at once; a backup waits a full
 * Active_Down_Interval, in v3 still by the interval of the active router it hears, since its own may be much shorter.
 */
function reloaded(before: Instance, s: Settings, e: Reload, say: GroupSay): Step {
  const ownerLowered = before.ownerLowered && isOwner(s);
  const i: Instance = {
    ...before,
    ownerLowered,
    effectivePriority: effectivePriority(s, before.trackingDelta, ownerLowered),
    activeAdverInterval: s.version === 3 && before.heard !== null ? before.activeAdverInterval : s.advertisementInterval,
    preemptDelayUntil: null,
    ownerConflict: null,
    held: false,
  };
  switch (i.state) {
    case 'initialize':
    case 'fault':
      return [i, []];
    case 'backup': {
      if (startsActive(s) && !ownerLowered && say.ownersOnly && e.at >= i.notBefore) return becomeActive(s, i, e.at, []);
      const [next, arm] = rearmed(i, add(countedFrom(i, e.at), activeDownInterval(s, i)));
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
      if (s.announce.extra === 0 && e.before.announce.extra > 0) effects.push({ kind: 'announce_extra', every: micros(0), firstAt: e.at });
      effects.push({ kind: 'clear_refusals' });
      return [{ ...i, due: null }, effects];
    }
    default:
      return exhaustive(i.state);
  }
}

/** A deadline that counts from the end of the startup delay moves with it. */
function delayed(i: Instance, at: Micros, notBefore: Micros): Step {
  const next: Instance = { ...i, notBefore };
  if (i.state !== 'backup' || i.due === null || i.due < i.notBefore || i.notBefore === 0) return [next, []];
  const [later, arm] = rearmed(next, micros(i.due - i.notBefore + Math.max(at, notBefore)));
  return [later, [arm]];
}
