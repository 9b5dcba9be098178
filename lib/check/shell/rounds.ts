// SPDX-License-Identifier: MIT
// When checks run, and one probe for all who ask for the same: members with the same target and the same times go round
// together, so the answer is had once and given to each. Every result counts for a member as if its own probe had brought it.

import { add, type Micros, micros, milliseconds, seconds } from '../../base/time.ts';
import type { Cancel, Clock } from '../../ports/clock.ts';
import type { Outcome } from '../core/outcome.ts';
import type { Probe } from '../probes/probe.ts';

/** Before the first run, beside the random part: as keepalived does. */
const firstWait = seconds(1);
/**
 * What a run began late, and what it took, is taken off the wait for the next one as a whole up to this and a twentieth of the interval.
 * Runs that were held up together, or whose answers came in one turn of the event loop, would else be due together from then on, along
 * with those that they hold up in their turn: of 2,000 in a second hundreds would start at once.
 */
const forgiven = milliseconds(50);

export interface Member {
  /** Equal for those that may share results and times; null: shares with nobody. */
  readonly group: string | null;
  readonly warmup: Micros;
  /** When nothing is to be checked now (ha_suspend). */
  readonly interval: Micros;
  /** When the same check would have run before a reload; null: there was none. */
  readonly notAfter: Micros | null;
  /** What it asks for now: same word, same probe. Its first use in a round starts it. */
  ask(): { readonly key: string; readonly probe: Probe };
  isSuspended(): boolean;
  /** Answers how long after the end of the run, or with `fromStart` after its start, the next one is due. */
  onOutcome(outcome: Outcome): { readonly next: Micros; readonly fromStart: boolean };
}

export interface Rounds {
  /** Its first run comes after a second and a random part of its warmup, or at `notAfter` if that is sooner. */
  add(member: Member): void;
  /** Probes under way are cut off. Nothing is called afterwards. Answers when each member would have run next. */
  stop(): ReadonlyMap<Member, Micros>;
}

interface Round {
  readonly members: Map<Member, Micros | null>;
  cancelTimer: Cancel;
}

interface Run {
  readonly due: Micros;
  readonly began: Micros;
  readonly ended: Micros;
}

/** Of what a run began late beyond `forgiven` half is taken off: with too much to do the intervals grow, and nobody waits for ever. */
function nextDue({ due, began, ended }: Run, interval: Micros): Micros {
  const whole = Math.min(forgiven, interval / 20);
  const late = began - due;
  const off = Math.min(late, whole) + Math.max(0, late - whole) / 2 + Math.min(ended - began, whole);
  return micros(ended + interval - Math.min(off, interval / 2));
}

/** `random`: 0 up to 1. */
export function createRounds(clock: Clock, random: () => number): Rounds {
  const rounds = new Map<string | Member, Round>();
  const running = new Set<{ cancel: Cancel }>();
  let stopped = false;

  const arm = (round: Round) => {
    round.cancelTimer();
    let due = Number.POSITIVE_INFINITY;
    for (const at of round.members.values()) if (at !== null && at < due) due = at;
    if (due === Number.POSITIVE_INFINITY) return;
    round.cancelTimer = clock.after(micros(Math.max(0, due - clock.now())), () => run(round));
  };

  const run = (round: Round) => {
    const now = clock.now();
    const asked = new Map<string, { probe: Probe; members: Member[]; due: Micros }>();
    for (const [member, due] of round.members) {
      if (due === null || due > now) continue;
      if (member.isSuspended()) {
        round.members.set(member, add(now, member.interval));
        continue;
      }
      round.members.set(member, null);
      const { key, probe } = member.ask();
      const one = asked.get(key);
      if (one) one.members.push(member);
      else asked.set(key, { probe, members: [member], due });
    }
    for (const { probe, members, due } of asked.values()) start(round, probe, members, due);
    arm(round);
  };

  const start = (round: Round, probe: Probe, members: readonly Member[], due: Micros) => {
    const began = clock.now();
    const one = { cancel: (): void => {} };
    running.add(one);
    one.cancel = probe((outcome) => {
      running.delete(one);
      if (stopped) return;
      const ended = clock.now();
      for (const member of members) {
        // A member that was suspended meanwhile keeps its state.
        const { next, fromStart } = member.isSuspended() ? { next: member.interval, fromStart: false } : member.onOutcome(outcome);
        round.members.set(member, fromStart ? add(began, next) : nextDue({ due, began, ended }, next));
      }
      if (!stopped) arm(round);
    });
  };

  return {
    add(member) {
      const id = member.group ?? member;
      const round: Round = rounds.get(id) ?? { members: new Map(), cancelTimer: () => {} };
      // Who joins a round goes along with it.
      const due = [...round.members.values()].find((at) => at !== null);
      rounds.set(id, round);
      const fresh = add(clock.now(), add(firstWait, micros(random() * member.warmup)));
      round.members.set(member, due ?? micros(Math.min(fresh, member.notAfter ?? fresh)));
      if (due === undefined) arm(round);
    },
    stop() {
      stopped = true;
      const now = clock.now();
      const due = new Map([...rounds.values()].flatMap((round) => [...round.members].map(([m, at]) => [m, at ?? now] as const)));
      for (const round of rounds.values()) round.cancelTimer();
      for (const { cancel } of running) cancel();
      rounds.clear();
      running.clear();
      return due;
    },
  };
}
