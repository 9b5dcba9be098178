// SPDX-License-Identifier: MIT
// One virtual router ready to be asked: what happens if these checks fail? Answers are remembered, since the rules ask
// the same combinations over and over.

import { type Micros, micros } from '../../base/time.ts';
import { type Check, checksOf } from './checks-of.ts';
import { type Settled, type Situation, type Standing, settle } from './election.ts';
import { hearingOf } from './hearing.ts';
import type { Member } from './nodes.ts';
import type { Router } from './routers.ts';
import { bit, type Failing, fails, standingsOf } from './standings.ts';
import type { Coverage, Takes, Why } from './types.ts';

/** Combinations of up to this many checks are enumerated. */
export const enumerable = 12;

export interface World extends Situation {
  readonly name: string;
  readonly members: readonly Member[];
  readonly checks: readonly Check[];
  coverage(): Coverage;
  /** The combinations that are looked at: all, or a stated choice; fewest failures first. */
  combinations(): readonly Failing[];
  standings(failing: Failing): readonly Standing[];
  /** Where it settles when `failing` fail while `before` are active. */
  from(before: readonly number[], failing: Failing): Settled;
  /** Active members while nothing fails, all having started together. */
  readonly normal: readonly number[];
}

export function worldOf(router: Router, checks: readonly Check[] = checksOf(router.members)): World {
  const { members } = router;
  const hears = hearingOf(members);
  const standings = remembered((failing) => standingsOf(members, checks, failing));
  const complete = checks.length <= enumerable;
  let combinations: readonly Failing[] | null = null;
  const looked = () => {
    combinations ??= complete ? everything(checks.length) : choice(checks);
    return combinations;
  };
  // Thousands of combinations share a few sums.
  const known = new Map<string, Settled>();
  const from = (before: readonly number[], failing: Failing) => {
    const now = standings(failing);
    const key = `${before.join()};${now.join()}`;
    const settled = known.get(key) ?? settle({ members, hears }, now, before, standings(0n));
    known.set(key, settled);
    return settled;
  };
  return {
    name: router.name,
    members,
    checks,
    hears,
    combinations: looked,
    coverage: () => ({ checks: checks.length, combinations: 2 ** checks.length, looked: looked().length, complete }),
    standings,
    from,
    normal: from([], 0n).active,
  };
}

/** The same router if one check had another weight: to prove advice before giving it. */
export function withWeight(world: World, changes: ReadonlyMap<number, number>): World {
  const checks = world.checks.map((c, i) => {
    const value = changes.get(i);
    return value === undefined ? c : { ...c, weight: { value, reverse: false } };
  });
  return worldOf({ name: world.name, members: world.members }, checks);
}

/** Why these hold the addresses, the present holders having been `before`. */
export function whyOf(standings: readonly Standing[], active: readonly number[], before: readonly number[]): Why {
  const [holder, second] = active;
  if (holder === undefined) return 'nobody';
  if (second !== undefined) return 'split';
  const others = standings.flatMap((s, n) => (n !== holder && typeof s === 'number' ? [n] : []));
  if (others.length === 0) return 'alone';
  const above = others.filter((n) => Number(standings[n]) > Number(standings[holder]));
  if (above.length > 0) return 'nopreempt';
  if (!others.some((n) => standings[n] === standings[holder])) return 'highest';
  return before.includes(holder) ? 'kept' : 'address';
}

/** Until `settled`, given what fails: the slowest check to notice, then the takeover. */
export function takesOf(world: World, settled: Settled, failing: Failing): Takes | null {
  if (settled.after === null) return null;
  const detection = world.checks.reduce<Micros>(
    (most, c, i) => (fails(failing, i) ? micros(Math.max(most, c.detection.failing)) : most),
    micros(0),
  );
  return { detection, takeover: settled.after };
}

/** By the number of failures, then in order of the checks. */
function everything(checks: number): Failing[] {
  const all = Array.from({ length: 2 ** checks }, (_, n) => BigInt(n));
  const size = (n: Failing) => n.toString(2).replaceAll('0', '').length;
  return all
    .map((n) => ({ n, size: size(n) }))
    .sort((x, y) => x.size - y.size || Number(x.n - y.n))
    .map(({ n }) => n);
}

/** Too many to enumerate: nothing, each one, each pair, each node as a whole, everything, and everything but one. */
function choice(checks: readonly Check[]): Failing[] {
  const single = checks.map((_, i) => bit(i));
  const pairs = single.flatMap((a, i) => single.slice(i + 1).map((b) => a | b));
  const nodes = [...new Set(checks.map((c) => c.member))].map((m) =>
    checks.reduce((sum, c, i) => (c.member === m ? sum | bit(i) : sum), 0n),
  );
  const all = single.reduce((sum, b) => sum | b, 0n);
  const butOne = single.map((b) => all & ~b);
  return [...new Set([0n, ...single, ...pairs.slice(0, 4096), ...nodes, ...butOne, all])];
}

function remembered<T>(answer: (failing: Failing) => T): (failing: Failing) => T {
  const known = new Map<Failing, T>();
  return (failing) => {
    const before = known.get(failing);
    if (before !== undefined) return before;
    const now = answer(failing);
    known.set(failing, now);
    return now;
  };
}
