// SPDX-License-Identifier: MIT
// What might happen to a router now, and what would come of it: the happenings are made of what is true at this moment, the courses
// are the machines' own (core/prospects.ts). Nothing is done.

import type { Micros } from '../../base/time.ts';
import { toSeconds } from '../../base/time.ts';
import { stateWord } from '../../notify/words.ts';
import type { Followed, Prospect } from '../../ports/prospect.ts';
import type { Tracked, VrrpEvent } from '../core/events.ts';
import { type Course, type Happening, type Others, playOf } from '../core/prospects.ts';
import type { Movers } from '../core/standing.ts';
import { type Asked, outcomeText } from '../prospect-text.ts';
import type { Router } from './router.ts';
import type { Supposed } from './routers.ts';

export interface ProspectsInputs {
  readonly router: Router;
  readonly now: Micros;
  /** What it follows, its links among them. */
  readonly followed: readonly Followed[];
  /** What a member would be told if this said the opposite; null: the same as now. */
  readonly told: (member: Router, change: Supposed) => Tracked | null;
}

/** More than anybody reads. */
const most = 100;
/** Others wait no longer for their turn; and what a group of hundreds has not found out by then is left out. Milliseconds. */
const turn = 3;
const patience = 3000;

interface Question {
  readonly what: string;
  readonly about: Asked['about'];
  readonly happening: Happening;
  readonly others: Others;
}

const talk: Others = () => 'talks';
const silence: Others = () => 'silent';

/** Takes a while for a large sync group: others have their turn in between. */
export async function prospectsOf(inputs: ProspectsInputs): Promise<Prospect[]> {
  const { router, now } = inputs;
  const unit = router.group?.members ?? [router];
  const member = unit.indexOf(router);
  // Machines go on while this is worked out: it is about this moment.
  const movers: Movers = {
    state: router.group?.state ?? null,
    members: unit.map(({ instance, settings }) => ({ instance, settings })),
  };
  const { instance: before, settings } = router;
  const group = router.group?.name ?? null;
  const found: Prospect[] = [];
  const until = performance.now() + patience;
  const slice = createSlice();
  for (const { what, about, happening, others } of questionsOf(inputs, unit, member).slice(0, most)) {
    const course = await slice(playOf(movers, member, happening, others, now));
    if (performance.now() > until) break;
    found.push({
      what,
      priority: course.priority === before.effectivePriority ? null : course.priority,
      state: stateWord(course.state),
      afterSeconds: course.after === null ? null : toSeconds(course.after),
      outcome: outcomeText({ before, settings, group, about }, course),
    });
  }
  return found;
}

/** Plays to the end, and lets others have their turn in between. */
function createSlice(): (play: Generator<void, Course>) => Promise<Course> {
  let since = performance.now();
  return async (play) => {
    for (;;) {
      const { done, value } = play.next();
      if (done) return value;
      if (performance.now() - since < turn) continue;
      await new Promise<void>((resolve) => void setImmediate(resolve));
      since = performance.now();
    }
  };
}

function questionsOf(inputs: ProspectsInputs, unit: readonly Router[], member: number): Question[] {
  const { router, followed } = inputs;
  const { state, heard } = router.instance;
  const own =
    state === 'backup' && heard !== null
      ? aboutPeer(heard.address, unit, member)
      : state === 'active'
        ? aboutRivals(inputs, unit, member)
        : [];
  return [...own, ...followed.flatMap((one) => aboutFollowed(one, inputs, unit))];
}

function aboutPeer(address: string, unit: readonly Router[], member: number): Question[] {
  const resigned: Happening = unit.flatMap(({ instance: { state, heard, activeAdverInterval: interval } }, n) =>
    state === 'backup' && heard !== null
      ? [[n, (at: Micros): VrrpEvent => ({ kind: 'advert', at, source: heard.address, priority: 0, interval })] as const]
      : [],
  );
  const here: Others = (n) => (n === member ? 'silent' : 'talks');
  return [
    { what: `${address} fell silent`, about: 'silence', happening: [], others: silence },
    ...(unit.length > 1
      ? [{ what: `${address} fell silent on this interface alone`, about: 'silence' as const, happening: [], others: here }]
      : []),
    { what: `${address} ended in order`, about: 'farewell', happening: resigned, others: silence },
  ];
}

function aboutRivals({ router }: ProspectsInputs, unit: readonly Router[], member: number): Question[] {
  const { effectivePriority: ours, source } = router.instance;
  const interval = router.settings.advertisementInterval;
  const ended: Happening = unit.map((_, n) => [n, (at) => ({ kind: 'shutdown', at })]);
  const questions: Question[] = [{ what: 'this router ended in order', about: 'end', happening: ended, others: talk }];
  if (source !== null && ours < 255) {
    const rival: Happening = [[member, (at) => ({ kind: 'advert', at, source, priority: ours + 1, interval })]];
    questions.push({ what: `a router with a priority above ${ours} spoke`, about: 'rival', happening: rival, others: talk });
  }
  return questions;
}

/** What it would be if it were otherwise. */
function happeningText({ kind, name, up }: Followed): string {
  if (kind === 'interface') return `${name} ${up ? 'went down' : 'came up'}`;
  // No number fails: it means FAULT or it does not.
  if (kind === 'file') return `file ${name} ${up ? 'held a number that means FAULT' : 'held a number that is in order'}`;
  return `${kind} ${name} ${up ? 'failed' : 'came up'}`;
}

function aboutFollowed({ kind, name, up }: Followed, inputs: ProspectsInputs, unit: readonly Router[]): Question[] {
  const change: Supposed = { kind, name, up: !up };
  const happening: Happening = unit.flatMap((router, n) => {
    const told = inputs.told(router, change);
    return told === null ? [] : [[n, (at: Micros): VrrpEvent => ({ kind: 'tracking', at, ...told })] as const];
  });
  const what = happeningText({ kind, name, up });
  return [{ what, about: 'tracker', happening, others: talk }];
}
