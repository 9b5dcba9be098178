// SPDX-License-Identifier: MIT
// A sync group as a pure machine over its members: an event happens to one of them, and the others follow to Active,
// Backup or Fault in the same step (reference/vrrp-protocol.md section 8). Members decide for themselves (instance.ts),
// with a word of the group; a group has no timers and no causes of its own.
//
// Members differ only where a member that a reload added has not caught up with an Active group.

import type { Micros } from '../../base/time.ts';
import type { VrrpEffect } from './effects.ts';
import type { VrrpEvent } from './events.ts';
import { begin, load, type Startup, step } from './instance.ts';
import { startsActive } from './priority.ts';
import { becomeActive, enterFault, leaveFault, start, yieldTo } from './transitions.ts';
import type { GroupSay, Instance, Settings, State } from './types.ts';

export interface Member {
  readonly instance: Instance;
  readonly settings: Settings;
}

export type GroupEffect =
  /** An effect of the member with this index. */
  | { readonly kind: 'member'; readonly member: number; readonly effect: VrrpEffect }
  | { readonly kind: 'group_note'; readonly note: GroupNote }
  /** All members have arrived: the group's notification goes out, after theirs. */
  | { readonly kind: 'group_changed'; readonly from: State; readonly to: 'active' | 'backup' | 'fault' };

export type GroupNote =
  /** The other members follow one. */
  | { readonly code: 'syncing'; readonly to: 'active' | 'backup' | 'fault' }
  /** A healthy member starts in Fault for the sake of others. */
  | { readonly code: 'syncing_at_load'; readonly name: string };

export interface GroupStep {
  /** State of the group; initialize until it has one. */
  readonly state: State;
  readonly members: readonly Instance[];
  readonly effects: readonly GroupEffect[];
}

/** What the group says to its member `index` before that decides. `state` is the group's. */
export function sayTo(state: State, members: readonly Member[], index: number): GroupSay {
  const started = members.filter((m) => m.instance.started);
  const others = members.filter((m, n) => n !== index && m.instance.started).map((m) => m.instance);
  const undecided = (i: Instance) => i.state === 'initialize' || i.state === 'fault';
  return {
    fault: others.some((i) => i.faults.length > 0),
    waiting: others.some((i) => i.waiting && undecided(i)),
    mayLead: state === 'active' || others.every((i) => i.state === 'active' || (i.state === 'backup' && i.held)),
    ownersOnly: [...started, ...members.slice(index, index + 1)].every((m) => startsActive(m.settings) && !m.instance.ownerLowered),
  };
}

/**
 * The members after an event of one of them, and what is to be done, in order: first all packets, then addresses, their
 * announcements and the log, notifications last. Pure; what it returns is frozen.
 */
export function stepGroup(state: State, members: readonly Member[], index: number, e: VrrpEvent): GroupStep {
  if (e.kind === 'startup') return startGroup(state, members, new Map([[index, e]]));
  const walk = createWalk(members);
  const before = walk.of(index).instance;
  walk.take(index, step(before, walk.of(index).settings, e, sayTo(state, members, index)));
  const after = walk.of(index).instance;
  if (e.kind !== 'shutdown' && e.kind !== 'lease_lost') {
    const to = ledTo(state, before, after, e);
    if (to !== null) follow(walk, index, to, e.at);
  }
  announceTogether(walk, index);
  return walk.end(state);
}

/** Members begin, each with its own event: all of them at the start of the daemon, some after a reload. */
export function startGroup(state: State, members: readonly Member[], events: ReadonlyMap<number, Startup>): GroupStep {
  const fresh = [...events].filter(([index]) => members[index]?.instance.started === false);
  const loaded = members.map((m, n) => {
    const event = fresh.find(([index]) => index === n)?.[1];
    return event ? { ...m, instance: load(m.instance, m.settings, event) } : m;
  });
  const walk = createWalk(loaded);
  const says = new Map(fresh.map(([index]) => [index, sayTo(state, loaded, index)]));
  for (const [index] of fresh) {
    const { instance, settings } = walk.of(index);
    if (instance.faults.length === 0 && says.get(index)?.fault === true)
      walk.note({ kind: 'group_note', note: { code: 'syncing_at_load', name: settings.name } });
  }
  for (const [index, event] of fresh) {
    const { instance, settings } = walk.of(index);
    walk.take(index, begin(instance, settings, event, says.get(index) ?? sayTo(state, loaded, index)));
  }
  for (const [index, event] of fresh) {
    const { state: now, faults } = walk.of(index).instance;
    if (now === 'fault' && faults.length > 0) follow(walk, index, 'fault', event.at);
  }
  return walk.end(state);
}

/**
 * After a reload changed who belongs to the group, or how: a faulty member takes the others along. A group with an Active
 * member counts as Active until a member finds a better router.
 */
export function reconcile(state: State, members: readonly Member[], at: Micros): GroupStep {
  const walk = createWalk(members);
  const running = walk.indices.map((n) => walk.of(n).instance).filter((i) => i.started);
  const faulty = walk.indices.find((n) => walk.of(n).instance.state === 'fault' && walk.of(n).instance.faults.length > 0);
  if (faulty !== undefined) follow(walk, faulty, 'fault', at);
  return walk.end(state, running.some((i) => i.state === 'active') ? 'active' : state);
}

/** Where the others have to follow to; null: nowhere. */
function ledTo(state: State, before: Instance, after: Instance, e: VrrpEvent): 'active' | 'backup' | 'fault' | null {
  const [was, is] = [before.state, after.state];
  if (is === 'initialize') return null;
  if (is !== was) return is;
  // A member that has not caught up with its Active group found a router to wait for: the group waits with it.
  const waits = is === 'backup' && e.kind === 'advert' && after.generation !== before.generation && e.priority > 0;
  return waits && state === 'active' ? 'backup' : null;
}

function follow(walk: Walk, leader: number, to: 'active' | 'backup' | 'fault', at: Micros): void {
  const behind = walk.indices.filter((n) => {
    const i = walk.of(n).instance;
    return n !== leader && i.started && i.state !== to;
  });
  if (behind.length === 0) return;
  walk.note({ kind: 'group_note', note: { code: 'syncing', to } });
  for (const n of behind) {
    const { instance: i, settings: s } = walk.of(n);
    if (i.state === 'initialize') walk.take(n, start(s, i, at, 'after_waiting', decided(to)));
    else if (to === 'fault') walk.take(n, enterFault(s, i, 'of_group'));
    else if (i.state === 'fault') walk.take(n, leaveFault(s, i, at, decided(to)));
    else if (to === 'active') walk.take(n, becomeActive(s, i, at, []));
    else walk.take(n, yieldTo(s, i, at, null, []));
  }
}

/** For a member that follows: the leader has decided already. Only owners go to Active from where they heard nothing. */
function decided(to: 'active' | 'backup' | 'fault'): GroupSay {
  return { fault: to === 'fault', waiting: false, mayLead: false, ownersOnly: to === 'active' };
}

/** A rival of one member may have turned the neighbours of all: each announces as it is configured to (section 6.5 point 4). */
function announceTogether(walk: Walk, index: number): void {
  if (!walk.effects.some((e) => e.kind === 'member' && e.effect.kind === 'heard_lower_priority')) return;
  for (const n of walk.indices) {
    const { instance, settings } = walk.of(n);
    const { lowerPriorityRepeat: repeat, lowerPriorityDelay: again } = settings.announce;
    if (n !== index && instance.state === 'active' && repeat > 0)
      walk.take(n, [instance, [{ kind: 'announce', repeat, again, why: 'lower_priority' }]]);
  }
}

interface Walk {
  readonly indices: readonly number[];
  readonly effects: readonly GroupEffect[];
  of(index: number): Member;
  take(index: number, made: readonly [Instance, readonly VrrpEffect[]]): void;
  note(effect: GroupEffect): void;
  /** `assumed`: what the group was for the question whether it still is. */
  end(before: State, assumed?: State): GroupStep;
}

function createWalk(start: readonly Member[]): Walk {
  const members = [...start];
  const effects: GroupEffect[] = [];
  const of = (index: number): Member => {
    const member = members[index];
    if (!member) throw new RangeError(`a group of ${members.length} has no member ${index}`);
    return member;
  };
  return {
    indices: members.map((_, n) => n),
    effects,
    of,
    take(index, [instance, made]) {
      members[index] = { ...of(index), instance: Object.freeze(instance) };
      for (const effect of made) effects.push(Object.freeze({ kind: 'member', member: index, effect: Object.freeze(effect) }));
    },
    note: (effect) => void effects.push(Object.freeze(effect)),
    end(before, assumed = before) {
      const instances = members.map((m) => m.instance);
      const state = stateOf(assumed, instances);
      if (state !== before && state !== 'initialize') effects.push(Object.freeze({ kind: 'group_changed', from: before, to: state }));
      const ordered = [0, 1, 2].flatMap((phase) => effects.filter((e) => phaseOf(e) === phase));
      return Object.freeze({ state, members: Object.freeze(instances), effects: Object.freeze(ordered) });
    },
  };
}

/** All members in one state; while one has still to catch up, the group is Active only if it was. */
function stateOf(before: State, members: readonly Instance[]): State {
  const states = members.filter((i) => i.started).map((i) => i.state);
  if (states.length === 0 || states.includes('initialize')) return 'initialize';
  if (states.includes('fault')) return 'fault';
  const active = states.filter((state) => state === 'active').length;
  return active === states.length || (active > 0 && before === 'active') ? 'active' : 'backup';
}

/** What other routers wait for goes first, what may start programs last, addresses and what tells of them between. */
const PACKETS: ReadonlySet<VrrpEffect['kind']> = new Set(['arm', 'disarm', 'listen', 'advertise', 'quiet']);
const NEWS: ReadonlySet<VrrpEffect['kind']> = new Set(['state_changed', 'heard_lower_priority']);

function phaseOf(e: GroupEffect): 0 | 1 | 2 {
  if (e.kind === 'group_note') return 1;
  if (e.kind === 'group_changed' || NEWS.has(e.effect.kind)) return 2;
  return PACKETS.has(e.effect.kind) ? 0 : 1;
}
