// SPDX-License-Identifier: MIT
// The steps of machines as they were taken, to be taken again: same machine, same event, and what comes of it must be the
// same byte for byte. Pure. The form in which they are kept: docs/reference/recordings.md.

import type { Micros } from '../../base/time.ts';
import type { TransitionRecord } from './cause.ts';
import type { VrrpEvent } from './events.ts';
import { type Member, reconcile, startGroup, stepGroup } from './group.ts';
import { type Startup, step } from './instance.ts';
import type { Instance, Settings, State } from './types.ts';

export const recordingFormat = 'ka-ts-recording';
export const recordingVersion = 1;

/** What happened: to one router, at a start to some of a group, or to a group that was put together anew. */
export type Happening =
  | { readonly kind: 'event'; readonly member: number; readonly event: VrrpEvent }
  | { readonly kind: 'startup'; readonly events: readonly (readonly [number, Startup])[] }
  | { readonly kind: 'reconcile'; readonly at: Micros };

export interface Taken {
  readonly what: Happening;
  /** Of the group; null: a router alone. */
  readonly state: State | null;
  readonly before: readonly Member[];
  /** Effects, and the group's state where there is one. */
  readonly result: unknown;
  readonly after: readonly Instance[];
}

/** A step as it is written: what is as in the step before is null. */
export interface WrittenStep {
  readonly what: Happening;
  readonly state: State | null;
  readonly names: readonly string[];
  readonly settings: readonly (Settings | null)[];
  readonly before: readonly (Instance | null)[];
  readonly result: unknown;
  readonly after: readonly Instance[];
}

export interface Recording {
  readonly format: typeof recordingFormat;
  readonly version: typeof recordingVersion;
  readonly program: string;
  /** µs since 1970 at monotonic 0: what to add to the times of steps. */
  readonly epoch: number;
  readonly transitions: readonly (TransitionRecord & { readonly instance: string })[];
  readonly steps: readonly WrittenStep[];
}

/** What the machines make of it. Throws what they throw when the data is none of theirs. */
export function take(what: Happening, state: State | null, members: readonly Member[]): { result: unknown; after: readonly Instance[] } {
  if (state === null) {
    const [only] = members;
    if (what.kind !== 'event' || !only) throw new TypeError('a router alone takes one event');
    const [after, effects] = step(only.instance, only.settings, what.event);
    return { result: effects, after: [after] };
  }
  const made =
    what.kind === 'event'
      ? stepGroup(state, members, what.member, what.event)
      : what.kind === 'startup'
        ? startGroup(state, members, new Map(what.events))
        : reconcile(state, members, what.at);
  return { result: { state: made.state, effects: made.effects }, after: made.members };
}

/** Oldest first. */
export function written(steps: readonly Taken[], names: readonly string[]): WrittenStep[] {
  return steps.map((one, n) => {
    const last = steps[n - 1];
    const same = last?.before.length === one.before.length ? last : undefined;
    return {
      what: one.what,
      state: one.state,
      names,
      settings: one.before.map((m, i) => (same?.before[i]?.settings === m.settings ? null : m.settings)),
      before: one.before.map((m, i) => (same?.after[i] === m.instance ? null : m.instance)),
      result: one.result,
      after: one.after,
    };
  });
}

export interface Replayed {
  readonly step: WrittenStep;
  readonly members: readonly Member[];
  readonly result: unknown;
  readonly after: readonly Instance[];
  /** It came to the same. */
  readonly same: boolean;
}

/** Takes each step again. Throws TypeError for a recording that is none. */
export function* replay(steps: readonly WrittenStep[]): Generator<Replayed> {
  let last: readonly Member[] = [];
  for (const one of steps) {
    const members = one.before.map((instance, i): Member => {
      const settings = one.settings[i] ?? last[i]?.settings;
      const begun = instance ?? last[i]?.instance;
      if (!settings || !begun) throw new TypeError('its first step does not say how it began');
      return { settings, instance: begun };
    });
    const { result, after } = take(one.what, one.state, members);
    const same = JSON.stringify(result) === JSON.stringify(one.result) && JSON.stringify(after) === JSON.stringify(one.after);
    // From here on as it was, so that one difference is told once.
    last = members.map((m, i) => ({ settings: m.settings, instance: one.after[i] ?? m.instance }));
    yield { step: one, members, result, after, same };
  }
}
