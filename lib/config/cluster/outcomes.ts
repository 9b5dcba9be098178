// SPDX-License-Identifier: MIT
// The table of outcomes: what fails → priorities, holder, time. With many checks those of the same result share a line,
// so that twelve checks give a page and not four thousand lines.

import type { Micros } from '../../base/time.ts';
import { micros } from '../../base/time.ts';
import { checkId } from './checks-of.ts';
import { type Standing, settle } from './election.ts';
import { bit, type Failing } from './standings.ts';
import type { Level, Outcome, Takes } from './types.ts';
import { takesOf, type World, whyOf } from './world.ts';

/** Up to this many checks every combination has its own line: merging four lines into three helps nobody. */
const unmerged = 3;

export function outcomesOf(world: World): Outcome[] {
  // Routers that do not hear each other hold the addresses whatever fails: one line says it.
  if (world.normal.length > 1) return [single(world, 0n)];
  const events = world.members.length > 1 ? eventsOf(world) : [];
  const all = world.combinations();
  if (world.checks.length <= unmerged) return [...all.map((c) => single(world, c)), ...events];
  const ones = all.slice(1, world.checks.length + 1);
  return [single(world, 0n), ...oneOf(world, ones), ...events, ...severalOf(world, all.slice(ones.length + 1))];
}

function single(world: World, failing: Failing): Outcome {
  return combined(world, { kind: 'checks', failed: idsOf(world, failing) }, [failing]);
}

/** Single failures of one node with one result. */
function oneOf(world: World, ones: readonly Failing[]): Outcome[] {
  const nodeOf = (one: Failing) => world.checks.findIndex((_, i) => one === bit(i));
  return [...grouped(ones, (one) => `${world.checks[nodeOf(one)]?.member} ${resultKey(world, one)}`)].map((cube) =>
    combined(
      world,
      cube.length === 1
        ? { kind: 'checks', failed: cube.flatMap((c) => idsOf(world, c)) }
        : { kind: 'one', of: cube.flatMap((c) => idsOf(world, c)) },
      cube,
    ),
  );
}

/** Everything else by its result: the sums say the rest, and nobody reads four thousand lines. */
function severalOf(world: World, many: readonly Failing[]): Outcome[] {
  return grouped(many, (c) => resultKey(world, c)).map((cube) =>
    combined(world, { kind: 'several', combinations: cube.length, least: idsOf(world, cube[0] ?? 0n) }, cube),
  );
}

/** Groups of equal key, each in order, in the order of their first. */
function grouped(all: readonly Failing[], key: (failing: Failing) => string): Failing[][] {
  const groups = new Map<string, Failing[]>();
  for (const one of all) {
    const k = key(one);
    const group = groups.get(k);
    if (group) group.push(one);
    else groups.set(k, [one]);
  }
  return [...groups.values()];
}

function idsOf(world: World, set: Failing): string[] {
  return world.checks.flatMap((c, i) => ((set & bit(i)) === 0n ? [] : [checkId(c, world.members)]));
}

/** What lines must have in common to become one. */
function resultKey(world: World, failing: Failing): string {
  const settled = world.from(world.normal, failing);
  const after = world.from(settled.active, 0n).active;
  return [settled.active, after, whyOf(world.standings(failing), settled.active, world.normal)].join(';');
}

/** All of `cube` settle alike; times and levels are those of the worst. */
function combined(world: World, what: Outcome['case'], cube: readonly Failing[]): Outcome {
  const before = world.normal;
  const [first = 0n] = cube;
  const settled = world.from(before, first);
  const standings = cube.map((c) => world.standings(c));
  const takes = cube.flatMap((c) => takesOf(world, world.from(before, c), c) ?? []);
  return {
    case: what,
    levels: world.members.map((_, n) => levelOf(standings.map((s) => s[n] ?? 'fault'))),
    holders: namesOf(world, settled.active),
    // While nothing fails nobody was there before: a tie is decided by address.
    why: whyOf(world.standings(first), settled.active, first === 0n ? [] : before),
    moved: moved(before, settled.active),
    takes: moved(before, settled.active) ? slowest(takes) : null,
    after: namesOf(world, world.from(settled.active, 0n).active),
  };
}

/** The normal holder stops, and is lost; for others nothing happens. */
function eventsOf(world: World): Outcome[] {
  return world.normal.flatMap((n) => {
    const m = world.members[n];
    if (!m) return [];
    const link = m.instance.dont_track_primary ? null : m.instance.interface;
    return [
      event(world, n, 'stopped', { kind: 'stop', node: m.node.name }),
      event(world, n, 'lost', { kind: 'loss', node: m.node.name, interface: link }),
    ];
  });
}

function event(world: World, who: number, how: 'stopped' | 'lost', what: Outcome['case']): Outcome {
  const standings = world.standings(0n).map((s, n): Standing => (n === who ? how : s));
  const settled = settle(world, standings, world.normal);
  return {
    case: what,
    levels: standings.map((s) => levelOf([s])),
    holders: namesOf(world, settled.active),
    why: whyOf(standings, settled.active, world.normal),
    moved: moved(world.normal, settled.active),
    takes: settled.after === null ? null : { detection: micros(0), takeover: settled.after },
    after: namesOf(world, world.from(settled.active, 0n).active),
  };
}

export function namesOf(world: World, numbers: readonly number[]): string[] {
  return numbers.map((n) => world.members[n]?.node.name ?? '');
}

function moved(before: readonly number[], active: readonly number[]): boolean {
  return before.join() !== active.join();
}

function levelOf(standings: readonly Standing[]): Level {
  const sums = standings.filter((s): s is number => typeof s === 'number');
  return {
    low: sums.length > 0 ? Math.min(...sums) : null,
    high: sums.length > 0 ? Math.max(...sums) : null,
    fault: standings.includes('fault'),
    gone: standings.some((s) => s === 'lost' || s === 'stopped'),
  };
}

function slowest(takes: readonly Takes[]): Takes | null {
  const total = (t: Takes): Micros => micros(t.detection + t.takeover);
  return takes.reduce<Takes | null>((worst, t) => (worst === null || total(t) > total(worst) ? t : worst), null);
}
