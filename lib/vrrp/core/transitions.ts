// SPDX-License-Identifier: MIT
// The transitions between states, each with its effects in the order that counts: packets that others wait for first,
// then the log in keepalived's order, addresses, announcements, and the notification at the end
// (reference/vrrp-protocol.md sections 6.2 to 6.9). instance.ts decides which one happens; group.ts decides it for the other
// members of a sync group through the same functions.

import { add, type Micros, micros } from '../../base/time.ts';
import type { Note, VrrpEffect } from './effects.ts';
import { effectivePriority, startsActive } from './priority.ts';
import { activeDownInterval, skewOf } from './timers.ts';
import type { GroupSay, Instance, Settings, State } from './types.ts';

export type Step = readonly [Instance, readonly VrrpEffect[]];

export function note(n: Note): VrrpEffect {
  return { kind: 'note', note: n };
}

/** Arms the one deadline anew; an expiry of the former one that is already on its way dies by its generation. */
export function rearmed(i: Instance, due: Micros): readonly [Instance, VrrpEffect] {
  const generation = i.generation + 1;
  return [
    { ...i, due, generation },
    { kind: 'arm', due, generation },
  ];
}

function changed(i: Instance, from: State, initial: boolean): VrrpEffect {
  return { kind: 'state_changed', from, to: i.state, initial, priority: i.effectivePriority };
}

/** The periodic advert as it is now. */
export function advertise(s: Settings, i: Instance, first: 'now' | 'next'): VrrpEffect {
  return { kind: 'advertise', priority: i.effectivePriority, every: s.advertisementInterval, first };
}

/**
 * Refresh bursts and those of further interfaces, which start one period (and the delay of the second burst) from `at` on;
 * none when not configured.
 */
export function refresh(s: Settings, at: Micros): readonly VrrpEffect[] {
  const { delay, refresh: every, refreshRepeat: repeat, extra } = s.announce;
  const effects: VrrpEffect[] = [];
  if (every > 0) effects.push({ kind: 'announce_periodically', repeat, every, firstAt: add(add(at, delay), every) });
  if (extra > 0) effects.push({ kind: 'announce_extra', every: extra, firstAt: add(add(at, delay), extra) });
  return effects;
}

/** Deadlines count from the end of the startup delay while it runs (section 6.2). */
export function countedFrom(i: Instance, at: Micros): Micros {
  return i.notBefore > at ? i.notBefore : at;
}

/** The first decision of an instance, at startup or when the last script it waited for has reported. */
export function start(s: Settings, i: Instance, at: Micros, when: 'at_load' | 'after_waiting', say: GroupSay): Step {
  const init = when === 'at_load';
  if (i.faults.length > 0 || say.fault) {
    const next: Instance = { ...i, state: 'fault' };
    return [next, [note({ code: init ? 'entering_fault_init' : 'entering_fault' }), changed(next, i.state, true)]];
  }
  return takeUp(s, i, at, init ? 'entering_backup_init' : 'entering_backup', say);
}

/** Initialize or Fault → Active for an owner, alone or among owners; → Backup for all others (sections 6.2, 6.6, 8). */
export function takeUp(s: Settings, i: Instance, at: Micros, how: 'entering_backup_init' | 'entering_backup', say: GroupSay): Step {
  if (!startsActive(s) || !say.ownersOnly) return becomeBackup(s, i, at, how);
  if (i.notBefore <= at) return becomeActive(s, i, at, []);
  // Active as soon as the startup delay ends; nobody is told of a Backup that it never wanted to be.
  const [next, arm] = rearmed({ ...i, state: 'backup', held: true, activeAdverInterval: s.advertisementInterval }, i.notBefore);
  return [next, [{ kind: 'listen', on: true }, arm]];
}

/**
 * → Active (section 6.4). The advert goes first, so that the old active router has dropped its addresses before ours are
 * announced. `because`: notes that belong before `Entering MASTER STATE`.
 */
export function becomeActive(s: Settings, i: Instance, at: Micros, because: readonly Note[]): Step {
  const next: Instance = {
    ...i,
    state: 'active',
    due: null,
    held: false,
    activeAdverInterval: s.advertisementInterval,
    effectivePriority: effectivePriority(s, i.trackingDelta, false),
    ownerLowered: false,
    ownerConflict: null,
    wokeLate: null,
    preemptDelayUntil: null,
    heard: null,
  };
  const effects: VrrpEffect[] = [];
  if (i.due !== null) effects.push({ kind: 'disarm' });
  if (i.state !== 'backup') effects.push({ kind: 'listen', on: true });
  effects.push(advertise(s, next, 'now'), ...because.map(note), note({ code: 'entering_active' }));
  if (i.ownerLowered) effects.push(note({ code: 'owner_restored_alone', priority: next.effectivePriority }));
  effects.push({ kind: 'own_addresses' });
  if (s.announce.repeat > 0) effects.push({ kind: 'announce', repeat: s.announce.repeat, again: s.announce.delay, why: 'active' });
  effects.push(...refresh(s, at), { kind: 'clear_refusals' }, changed(next, i.state, i.state === 'initialize'));
  return [next, effects];
}

/**
 * Initialize or Fault → Backup with a full Active_Down_Interval by our own interval (sections 6.2, 6.6). An owner is here
 * only for its sync group: it wants to be Active from the beginning, and waits for one advert.
 */
export function becomeBackup(s: Settings, i: Instance, at: Micros, how: 'entering_backup_init' | 'entering_backup'): Step {
  const held = startsActive(s);
  const backup: Instance = { ...i, state: 'backup', held, activeAdverInterval: s.advertisementInterval };
  const wait = held ? add(backup.activeAdverInterval, skewOf(s, backup)) : activeDownInterval(s, backup);
  const [next, arm] = rearmed(backup, add(countedFrom(i, at), wait));
  return [next, [{ kind: 'listen', on: true }, arm, note({ code: how }), changed(next, i.state, i.state === 'initialize')]];
}

/**
 * Active → Backup, because `heard` wins (section 6.5 point 5), or the router heard by another member of the sync group
 * (null): no farewell, since the winner is there already. Its interval is already in i.activeAdverInterval.
 */
export function yieldTo(s: Settings, i: Instance, at: Micros, heard: Instance['heard'], because: readonly Note[]): Step {
  const backup: Instance = { ...i, state: 'backup', held: false, heard, preemptDelayUntil: null, ownerConflict: null, wokeLate: null };
  const [next, arm] = rearmed(backup, add(at, activeDownInterval(s, backup)));
  return [
    next,
    [
      { kind: 'quiet', farewells: 0 },
      arm,
      ...because.map(note),
      note({ code: 'entering_backup' }),
      ...addressesGiven(),
      changed(next, 'active', false),
    ],
  ];
}

/** Active → Backup of its own will: one farewell, and a full Active_Down_Interval for somebody else to take over. */
export function stepDown(s: Settings, i: Instance, at: Micros, removals: number): Step {
  const backup: Instance = {
    ...i,
    state: 'backup',
    heard: null,
    held: false,
    preemptDelayUntil: null,
    ownerConflict: null,
    wokeLate: null,
  };
  const [next, arm] = rearmed(backup, add(at, activeDownInterval(s, backup)));
  return [
    next,
    [
      ...farewell(s, i, 1, note({ code: 'restore_limit', removals })),
      arm,
      note({ code: 'entering_backup' }),
      ...addressesGiven(),
      changed(next, 'active', false),
    ],
  ];
}

/**
 * Backup or Active → Fault (section 6.6). An active router says farewell twice: one advert may be lost. One that follows
 * its sync group does so once, silently (section 8).
 */
export function enterFault(s: Settings, i: Instance, whose: 'own' | 'of_group'): Step {
  const next: Instance = {
    ...i,
    state: 'fault',
    due: null,
    held: false,
    preemptDelayUntil: null,
    ownerConflict: null,
    wokeLate: null,
    heard: null,
  };
  const entering = note({ code: 'entering_fault' });
  const effects: VrrpEffect[] = [];
  if (i.state !== 'active') effects.push(entering);
  else if (whose === 'own') effects.push(...farewell(s, i, 2, entering));
  else effects.push({ kind: 'quiet', farewells: canSend(s, i) ? 1 : 0 }, entering);
  if (i.due !== null) effects.push({ kind: 'disarm' });
  effects.push({ kind: 'listen', on: false });
  if (i.state === 'active') effects.push(...addressesGiven());
  return [next, [...effects, changed(next, i.state, false)]];
}

/** Fault → Backup, or → Active for an owner (section 6.6). */
export function leaveFault(s: Settings, i: Instance, at: Micros, say: GroupSay): Step {
  const [next, effects] = takeUp(s, i, at, 'entering_backup', say);
  // While we were away the entry for us in the tables of the active router may have gone stale (section 6.6).
  return [next, s.unicast ? [{ kind: 'announce_source' }, ...effects] : effects];
}

/**
 * Any state → Initialize, from where only another startup leads on. shutdown: a farewell if active (section 6.9);
 * handed_over: it is said already.
 * lease_lost: the engine has said farewell and removed the addresses already, so this is bookkeeping, told like a stop
 * because the process ends next; a Fault could be left again by the next tracking event.
 */
export function stop(s: Settings, i: Instance, why: 'shutdown' | 'handed_over' | 'lease_lost'): Step {
  const next: Instance = {
    ...i,
    state: 'initialize',
    started: false,
    due: null,
    held: false,
    waiting: false,
    preemptDelayUntil: null,
    ownerConflict: null,
    wokeLate: null,
    heard: null,
    leaving: null,
  };
  if (i.state === 'initialize') return [next, []];
  const effects: VrrpEffect[] = why === 'lease_lost' ? [note({ code: 'lease_lost' })] : [];
  if (i.state === 'active') {
    effects.unshift(...(why === 'shutdown' ? farewell(s, i, 1) : [{ kind: 'quiet', farewells: 0 } as const]));
    effects.push(...addressesGiven());
  }
  if (i.due !== null) effects.push({ kind: 'disarm' });
  if (i.state !== 'fault') effects.push({ kind: 'listen', on: false });
  return [next, [...effects, changed(next, i.state, false)]];
}

/** IPv4 adverts can still carry the former source address; IPv6 without any cannot be sent (section 6.6). */
export function canSend(s: Settings, i: Instance): boolean {
  return s.family === 4 || i.source !== null;
}

export function farewell(s: Settings, i: Instance, count: 1 | 2, ...before: readonly VrrpEffect[]): readonly VrrpEffect[] {
  if (!canSend(s, i)) return [{ kind: 'quiet', farewells: 0 }, ...before];
  return [{ kind: 'quiet', farewells: count }, ...before, note({ code: 'sent_priority_zero' })];
}

function addressesGiven(): readonly VrrpEffect[] {
  return [{ kind: 'cancel_announcements' }, { kind: 'release_addresses' }, { kind: 'clear_refusals' }];
}

/** Moves a running Active_Down_Timer by what a change of Priority makes of Active_Down_Interval (section 7.1). */
export function shiftDeadline(s: Settings, before: Instance, after: Instance): Step {
  if (before.due === null) return [after, []];
  const difference = activeDownInterval(s, after) - activeDownInterval(s, before);
  if (difference === 0) return [after, []];
  const [next, arm] = rearmed(after, micros(before.due + difference));
  return [next, [arm]];
}
