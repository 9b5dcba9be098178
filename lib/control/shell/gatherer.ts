// SPDX-License-Identifier: MIT
// Puts the status document together: asks each process for its part and waits a bounded time. Who does not answer is shown by
// what it said last, marked as stale and without any state. Parts stay text on their way: they may be long, and whoever asks
// must not keep the parent from its children.

import { errorText } from '../../base/errors.ts';
import { type Micros, micros } from '../../base/time.ts';
import type { Clock } from '../../ports/clock.ts';
import { staleBfd, staleCheckers, staleVrrp } from '../core/stale.ts';
import { type DaemonStatus, documentVersion, type Heartbeat, type ProcessStatus, type RoleName } from '../document.ts';

/** A process that has not answered after this long is shown as stale. */
export const answerLimit = micros(200_000);
/** Looks closer together than this share one answer; longer where an answer costs much. */
const closest = micros(10_000);
const longestPause = micros(100_000);
const share = 5;

/** One child as the gatherer sees it. */
export interface RoleSource {
  readonly role: RoleName;
  /** The configuration asks for it. */
  isWanted(): boolean;
  state(): ProcessStatus['state'];
  pid(): number | null;
  restarts(): number;
  /** Answers once with its part as JSON; null: it could not, or has ended. */
  askStatus(answer: (text: string | null) => void): void;
  /** Of its engine; null: it has none, or none yet. CLOCK_MONOTONIC. */
  heartbeat(): { readonly at: Micros; readonly period: Micros } | null;
}

export interface GathererContext {
  readonly clock: Clock;
  readonly timeOfDay: () => number;
  readonly roles: readonly RoleSource[];
  /** What the parent knows of itself. */
  readonly daemon: () => Omit<DaemonStatus, 'heartbeat' | 'processes'>;
  /** The inside of a JSON array. */
  readonly events: () => string;
}

export interface Gatherer {
  /** Calls back with the document, soon and in any case; never throws. */
  status(done: (text: string) => void): void;
  heartbeat(): Heartbeat | null;
}

interface Known {
  readonly source: RoleSource;
  /** What it said last, and when. */
  text: string | null;
  at: Micros;
  /** Since when an answer is awaited; null: none is. */
  askedAt: Micros | null;
  /** The stale form of a text that was made last. */
  stale: { readonly of: string; readonly text: string } | null;
}

export function createGatherer(context: GathererContext): Gatherer {
  const { clock } = context;
  const all: readonly Known[] = context.roles.map((source) => ({ source, text: null, at: micros(0), askedAt: null, stale: null }));
  let waiting: ((text: string) => void)[] = [];
  let round: { readonly at: Micros; readonly end: () => void } | null = null;
  let lastEnd = micros(-longestPause);
  let pause: Micros = closest;

  const heartbeat = (): Heartbeat | null => {
    const now = clock.now();
    for (const { source } of all) {
      const beat = source.heartbeat();
      if (beat === null) continue;
      const age = Math.max(0, now - beat.at);
      return { ageSeconds: age / 1e6, periodSeconds: beat.period / 1e6, stale: age > 2 * beat.period };
    }
    return null;
  };

  const isAnswering = ({ source }: Known) => source.isWanted() && source.state() === 'running';
  /** It was asked, and has had its time. */
  const isSilent = ({ askedAt }: Known) => askedAt !== null && clock.now() - askedAt >= answerLimit;

  const ask = (known: Known, answered: () => void) => {
    if (known.askedAt !== null) return;
    known.askedAt = clock.now();
    known.source.askStatus((text) => {
      known.askedAt = null;
      if (text !== null) {
        known.text = text;
        known.at = clock.now();
      }
      answered();
    });
  };

  const begin = () => {
    const startedAt = clock.now();
    const isOpen = (known: Known) => isAnswering(known) && known.askedAt !== null && !isSilent(known);
    const end = () => {
      if (round === null) return;
      round = null;
      cancel();
      lastEnd = clock.now();
      pause = micros(Math.min(longestPause, Math.max(closest, share * (lastEnd - startedAt))));
      answerAll();
    };
    const cancel = clock.after(answerLimit, end);
    round = { at: startedAt, end };
    const look = () => {
      if (!all.some(isOpen)) end();
    };
    for (const known of all) if (isAnswering(known)) ask(known, look);
    look();
  };

  const answerAll = () => {
    const text = compose();
    const callbacks = waiting;
    waiting = [];
    for (const done of callbacks) done(text);
  };

  const isStale = (known: Known, beat: Heartbeat | null): boolean =>
    !isAnswering(known) || isSilent(known) || (known.source.role === 'vrrp' && beat?.stale === true);

  const part = (known: Known | undefined, beat: Heartbeat | null): string => {
    if (known === undefined || known.text === null || !known.source.isWanted()) return 'null';
    return isStale(known, beat) ? staleText(known, known.text) : known.text;
  };

  const compose = (): string => {
    const now = clock.now();
    const beat = heartbeat();
    const processes: ProcessStatus[] = all
      .filter(({ source }) => source.isWanted())
      .map((known) => ({
        role: known.source.role,
        pid: known.source.pid(),
        state: known.source.state(),
        restarts: known.source.restarts(),
        ageSeconds: known.text === null ? null : (now - known.at) / 1e6,
        stale: isStale(known, beat),
      }));
    const daemon: DaemonStatus = { ...context.daemon(), heartbeat: beat, processes };
    const of = (role: RoleName) =>
      part(
        all.find((known) => known.source.role === role),
        beat,
      );
    const head = `"document":${documentVersion},"at":${context.timeOfDay()},"daemon":${JSON.stringify(daemon)}`;
    return `{${head},"vrrp":${of('vrrp')},"checkers":${of('checkers')},"bfd":${of('bfd')},"events":[${context.events()}]}`;
  };

  return {
    heartbeat,
    status(done) {
      waiting.push(done);
      if (round !== null) return;
      if (clock.now() - lastEnd < pause && all.every((k) => !isAnswering(k) || k.text !== null)) answerAll();
      else begin();
    },
  };
}

const staleForms = { vrrp: staleVrrp, checkers: staleCheckers, bfd: staleBfd } as const;

function staleText(known: Known, text: string): string {
  if (known.stale?.of === text) return known.stale.text;
  let made: string;
  try {
    made = JSON.stringify(staleForms[known.source.role](JSON.parse(text)));
  } catch (error) {
    // Nobody shall take what cannot be read for the truth.
    made = JSON.stringify({ unreadable: errorText(error) });
  }
  known.stale = { of: text, text: made };
  return made;
}
