// The table of outcomes: what fails → priorities, holder, time. Combinations with the same result are merged, so that
// twelve checks give a page and not four thousand lines.

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
  const events = world.members.length > 1 ? eventsOf(world) : [];
  if (world.checks.length <= unmerged || !world.coverage().complete)
    return [...world.combinations().map((c) => single(world, c)), ...events];
  // Nothing and each failure alone are what people look for first: they stay as they are.
  const few = world.combinations().slice(0, world.checks.length + 1);
  const many = world.combinations().slice(few.length);
  return [...few.map((c) => single(world, c)), ...merged(world, many), ...events];
}

function single(world: World, failing: Failing): Outcome {
  return combined(world, failing, 0n, [failing]);
}

/** Greedy: from the combination with the fewest failures, more checks may fail as long as the result stays. */
function merged(world: World, combinations: readonly Failing[]): Outcome[] {
  const key = (failing: Failing) => resultKey(world, failing);
  const open = new Set(combinations);
  const outcomes: Outcome[] = [];
  for (const start of combinations) {
    if (!open.has(start)) continue;
    const wanted = key(start);
    let either = 0n;
    let cube = [start];
    for (let i = 0; i < world.checks.length; i++) {
      if ((start & bit(i)) !== 0n) continue;
      const more = cube.map((c) => c | bit(i));
      if (!more.every((c) => key(c) === wanted)) continue;
      cube = [...cube, ...more];
      either |= bit(i);
    }
    for (const c of cube) open.delete(c);
    outcomes.push(combined(world, start, either, cube));
  }
  return outcomes;
}

/** What lines must have in common to become one. */
function resultKey(world: World, failing: Failing): string {
  const settled = world.from(world.normal, failing);
  const after = world.from(settled.active, 0n).active;
  return [settled.active, after, whyOf(world.standings(failing), settled.active, world.normal)].join(';');
}

/** All of `cube` settle alike; times and levels are those of the worst. */
function combined(world: World, failed: Failing, either: Failing, cube: readonly Failing[]): Outcome {
  const before = world.normal;
  const settled = world.from(before, failed);
  const standings = cube.map((c) => world.standings(c));
  const takes = cube.flatMap((c) => takesOf(world, world.from(before, c), c) ?? []);
  const ids = (set: Failing) => world.checks.flatMap((c, i) => ((set & bit(i)) === 0n ? [] : [checkId(c, world.members)]));
  return {
    case: { kind: 'checks', failed: ids(failed), either: ids(either) },
    levels: world.members.map((_, n) => levelOf(standings.map((s) => s[n] ?? 'fault'))),
    holders: namesOf(world, settled.active),
    // While nothing fails nobody was there before: a tie is decided by address.
    why: whyOf(world.standings(failed), settled.active, failed === 0n ? [] : before),
    moved: moved(before, settled.active),
    takes: failed === 0n || !moved(before, settled.active) ? null : slowest(takes),
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
