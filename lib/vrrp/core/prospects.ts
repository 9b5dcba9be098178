// SPDX-License-Identifier: MIT
// What would come of something that might happen now: asked of the machines themselves, on copies, so that what is explained and
// what is done can never differ. Pure: nothing happens.

import { add, type Micros, micros } from '../../base/time.ts';
import type { VrrpEffect } from './effects.ts';
import type { VrrpEvent } from './events.ts';
import { type Movers, react } from './standing.ts';
import type { Instance, State } from './types.ts';

/** What happens to which member, in order, all at once. */
export type Happening = readonly (readonly [member: number, event: (at: Micros) => VrrpEvent])[];

/** What others do from then on, where a member has heard a router: it goes on as it was, or is never heard again. */
export type Others = (member: number) => 'talks' | 'silent';

export interface Course {
  /** Of the member that was asked for: its state, and when it came to it, counted from the happening; null: it stays as it is. */
  readonly state: State;
  readonly after: Micros | null;
  /** What goes out of it after the happening. */
  readonly priority: number;
  /** It is Active but for other members of its sync group. */
  readonly held: boolean;
  /** Adverts with Priority 0 that it sends. */
  readonly farewells: number;
  /** It has said farewell, and serves until somebody else does, at most this long; null: not so. */
  readonly servesUntil: Micros | null;
  /** Other members that come to another state at the same time. */
  readonly others: readonly number[];
}

/** A group whose members wait for each other would go on for ever; a large one would take its time. */
const mostSteps = (members: number): number => Math.max(2000, 12 * members);

/**
 * The course of `member` from `at` on. Every router that is heard has just been heard when it begins, so times count from its
 * last advert.
 */
export function courseOf(before: Movers, member: number, what: Happening, others: Others, at: Micros): Course {
  const play = playOf(before, member, what, others, at);
  for (;;) {
    const { done, value } = play.next();
    if (done) return value;
  }
}

/** The same step by step: a large sync group takes its time, and whoever asks may have other work. */
export function* playOf(before: Movers, member: number, what: Happening, others: Others, at: Micros): Generator<void, Course> {
  const walk = createWalk(before, member);
  const talkers = before.members.map((m, n) => talkerOf(m.instance, at, others(n)));
  for (const [n, talker] of talkers.entries()) {
    if (talker !== null) walk.take(n, { ...talker.advert, at });
    yield;
  }
  for (const [n, event] of what) {
    walk.take(n, event(at));
    yield;
  }
  const priority = walk.instance(member).effectivePriority;
  /** Whose adverts change nothing but their deadlines. */
  const steady = new Set<number>();
  for (let steps = 0; walk.changedAt() === null && steps < mostSteps(talkers.length); steps++) {
    const next = nextOf(walk, talkers);
    if (next === null) break;
    const [n, due] = next;
    const talker = talkers[n];
    if (talker?.speaks && talker.next <= due) {
      const told = walk.instance(n);
      walk.take(n, { ...talker.advert, at: talker.next });
      talker.next = add(talker.next, talker.advert.interval);
      if (isSteady(told, walk.instance(n))) steady.add(n);
      else steady.clear();
      if (isSettled(walk, talkers, steady) && !skipDelays(walk, talkers)) break;
    } else {
      walk.take(n, { kind: 'expired', at: due, generation: walk.instance(n).generation });
      steady.delete(n);
    }
    yield;
  }
  return { ...walk.course(at), priority };
}

/** Everybody who could still change something is kept from it by adverts, or waits for the others for ever. */
function isSettled(walk: Walk, talkers: readonly (Talker | null)[], steady: ReadonlySet<number>): boolean {
  return talkers.every((_, n) => {
    const { started, due, held } = walk.instance(n);
    return !started || due === null || held || steady.has(n);
  });
}

interface Talker {
  readonly advert: Omit<Extract<VrrpEvent, { kind: 'advert' }>, 'at'>;
  readonly speaks: boolean;
  /** When it speaks again. */
  next: Micros;
}

/** null: this member waits for nobody. */
function talkerOf({ state, heard, activeAdverInterval: interval }: Instance, at: Micros, does: 'talks' | 'silent'): Talker | null {
  if (state !== 'backup' || heard === null) return null;
  const advert = { kind: 'advert', source: heard.address, priority: heard.priority, interval } as const;
  return { advert, speaks: does === 'talks', next: add(at, interval) };
}

/** Who is next, a router that speaks or a deadline; adverts come before what is due at the same time. */
function nextOf(walk: Walk, talkers: readonly (Talker | null)[]): readonly [number, Micros] | null {
  let found: readonly [number, Micros] | null = null;
  for (const [n, talker] of talkers.entries()) {
    const { due, started } = walk.instance(n);
    const speaks = talker?.speaks === true && started ? talker.next : null;
    const first = speaks === null ? due : due === null || speaks <= due ? speaks : due;
    if (first !== null && (found === null || first < found[1] || (first === found[1] && first === speaks))) found = [n, first];
  }
  return found;
}

/** Nothing but its deadline, if there is one, was moved. */
function isSteady(before: Instance, after: Instance): boolean {
  if (after.due !== null && after.due === before.due) return false;
  return (Object.keys(before) as (keyof Instance)[]).every((k) => k === 'due' || k === 'generation' || before[k] === after[k]);
}

/** While a preempt delay runs adverts only push deadlines: on to the last ones before its end. false: none runs. */
function skipDelays(walk: Walk, talkers: readonly (Talker | null)[]): boolean {
  const ends = talkers.flatMap((talker, n) => (talker?.speaks ? (walk.instance(n).preemptDelayUntil ?? []) : []));
  if (ends.length === 0) return false;
  const end = Math.min(...ends);
  for (const [n, talker] of talkers.entries()) {
    if (!talker?.speaks) continue;
    const { interval } = talker.advert;
    const periods = Math.ceil((end - talker.next) / interval) - 1;
    if (periods <= 0) continue;
    // It has spoken all the while.
    talker.next = micros(talker.next + periods * interval);
    walk.take(n, { ...talker.advert, at: talker.next });
    talker.next = add(talker.next, interval);
  }
  return true;
}

interface Walk {
  instance(member: number): Instance;
  take(member: number, event: VrrpEvent): void;
  /** When the member that was asked for came to another state; null: not yet. */
  changedAt(): Micros | null;
  course(from: Micros): Omit<Course, 'priority'>;
}

function createWalk(before: Movers, asked: number): Walk {
  let movers = before;
  let changedAt: Micros | null = null;
  let farewells = 0;
  let servesUntil: Micros | null = null;
  const instance = (n: number): Instance => {
    const found = movers.members[n];
    if (!found) throw new RangeError(`no member ${n}`);
    return found.instance;
  };
  const was = instance(asked).state;
  const note = (effect: VrrpEffect) => {
    if (effect.kind === 'quiet') farewells += effect.farewells;
    if (effect.kind === 'note' && effect.note.code === 'handing_over') servesUntil = effect.note.limit;
  };
  return {
    instance,
    take(n, event) {
      const { instances, effects, state } = react(movers, n, event);
      movers = { state, members: movers.members.map((m, k) => ({ ...m, instance: instances[k] ?? m.instance })) };
      for (const { member, effect } of effects) if (member === asked) note(effect);
      changedAt = instance(asked).state === was ? null : (changedAt ?? event.at);
    },
    changedAt: () => changedAt,
    course(from) {
      const { state, held } = instance(asked);
      const others = movers.members.flatMap((m, n) => (n !== asked && m.instance.state !== before.members[n]?.instance.state ? [n] : []));
      return { state, held, farewells, servesUntil, others, after: changedAt === null ? null : micros(changedAt - from) };
    },
  };
}
