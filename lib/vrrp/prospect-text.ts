// SPDX-License-Identifier: MIT
// What would come of something, in words.

import type { Micros } from '../base/time.ts';
import type { Course } from './core/prospects.ts';
import type { Instance, Settings } from './core/types.ts';

export interface Asked {
  readonly before: Instance;
  readonly settings: Settings;
  /** Of its sync group; null: none. */
  readonly group: string | null;
  readonly about: 'silence' | 'farewell' | 'rival' | 'end' | 'tracker';
}

export function outcomeText(asked: Asked, course: Course): string {
  const { before } = asked;
  if (asked.about === 'end') return endText(asked, course);
  if (course.state === 'fault') return before.state === 'fault' ? 'nothing changes: it stays in FAULT' : faultText(asked, course);
  switch (before.state) {
    case 'backup':
      return course.state === 'active' ? takeoverText(asked, course) : stayText(asked, course);
    case 'active':
      if (course.state === 'backup') return `this router becomes BACKUP at once${together(asked, course)}`;
      return course.priority < before.effectivePriority
        ? `it stays MASTER unless a backup that preempts has more than ${course.priority}`
        : 'it stays MASTER';
    case 'fault':
      if (course.state === 'active') return `it leaves FAULT and becomes MASTER at once${together(asked, course)}`;
      return `it leaves FAULT and becomes BACKUP${together(asked, course)}`;
    case 'initialize':
      return course.state === 'initialize' ? 'it goes on waiting' : `it begins${together(asked, course)}`;
  }
}

function takeoverText({ before, about, group }: Asked, { after }: Course): string {
  const when = after === null || after === 0 ? 'at once' : `after ${secondsText(after)}`;
  const all = group === null ? '' : `, with all of sync group ${group}`;
  if (about === 'silence') return `this router becomes MASTER ${secondsText(after)} after its last advert${all}`;
  if (about === 'farewell' || before.heard === null) return `this router becomes MASTER ${when}${all}`;
  return `it takes over from ${before.heard.address} (${before.heard.priority}) ${when}${all}`;
}

function stayText({ before, settings, group, about }: Asked, { priority, held }: Course): string {
  if (held && group !== null) return `it stays BACKUP until all of sync group ${group} can be MASTER`;
  if (about !== 'tracker') return 'it stays BACKUP';
  if (before.heard === null) return priority === before.effectivePriority ? 'nothing changes' : 'it stays BACKUP';
  const { address, priority: theirs } = before.heard;
  if (priority === before.effectivePriority) return 'the priority stays';
  if (priority <= theirs) return `it stays BACKUP: ${address} has ${theirs}`;
  if (!settings.preempt) return `it stays BACKUP: nopreempt, although ${address} has only ${theirs}`;
  return `it stays BACKUP, although ${address} has only ${theirs}`;
}

function faultText(asked: Asked, { farewells, others }: Course): string {
  const all = others.length > 0 ? `, and with it all of sync group ${asked.group}` : '';
  if (asked.before.state !== 'active') return `FAULT${all}`;
  return farewells > 0
    ? `FAULT, with a farewell: others take over after their skew time${all}`
    : `FAULT, without a farewell: others take over after their down interval${all}`;
}

function endText({ before }: Asked, { farewells, servesUntil }: Course): string {
  if (before.state !== 'active') return 'nobody notices';
  if (servesUntil !== null) return `it says farewell and serves until a backup is heard, at most ${secondsText(servesUntil)}`;
  return farewells > 0
    ? 'it says farewell and gives its addresses away at once; a backup takes over after its skew time'
    : 'it gives its addresses away at once; a backup takes over after its down interval';
}

function together({ group }: Asked, { others }: Course): string {
  return others.length > 0 && group !== null ? `, with all of sync group ${group}` : '';
}

/** Three digits that mean something. */
export function secondsText(time: Micros | null): string {
  const value = (time ?? 0) / 1e6;
  return value < 1 ? `${Math.round(value * 1000)} ms` : `${Number(value.toPrecision(3))} s`;
}
