// SPDX-License-Identifier: MIT
// What a probe is, and the little that all of them share.

import { type Micros, micros } from '../../base/time.ts';
import type { Cancel, Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { ProbeSockets } from '../../ports/probes.ts';
import type { Processes } from '../../ports/processes.ts';
import type { Outcome } from '../core/outcome.ts';

export interface ProbeContext {
  readonly sockets: ProbeSockets;
  readonly clock: Clock;
  readonly processes: Processes;
  readonly log: Log;
}

/** One try: `done` is called once and never before the function has returned; not after a cancel. */
export type Probe = (done: (outcome: Outcome) => void) => Cancel;

export const up: Outcome = { kind: 'up' };

export function down(why: string): Extract<Outcome, { kind: 'down' }> {
  return { kind: 'down', why };
}

/** A try with a limit to each of its phases. */
export interface Try {
  /** Its outcome, unless it has one already. */
  finish(outcome: Outcome): void;
  /** A phase begins: this is its outcome when it lasts longer than `limit`. */
  phase(limit: Micros, late: Outcome): void;
}

/**
 * `begin` starts it and returns what ends its sockets and the like; that is called once, whichever way the try ends. An outcome
 * that `begin` itself has is told a little later: only then is there something to end, and someone to tell.
 */
export function tryOnce(clock: Clock, done: (outcome: Outcome) => void, begin: (one: Try) => () => void): Cancel {
  let over = false;
  let cancelLimit: Cancel | null = null;
  let due = 0;
  let wakes = 0;
  let lateOutcome: Outcome = up;
  let begun = false;
  let early: Outcome | null = null;
  const stop = () => {
    over = true;
    cancelLimit?.();
    close();
  };
  const look = () => {
    cancelLimit = null;
    const left = due - clock.now();
    if (left <= 0) finish(lateOutcome);
    else arm(micros(left));
  };
  const arm = (limit: Micros) => {
    wakes = due;
    cancelLimit = clock.after(limit, look);
  };
  const finish = (outcome: Outcome) => {
    if (over) return;
    if (!begun) {
      early ??= outcome;
      return;
    }
    stop();
    done(outcome);
  };
  let close = () => {};
  close = begin({
    finish,
    phase(limit, late) {
      if (over) return;
      due = clock.now() + limit;
      lateOutcome = late;
      // A timer that comes too early looks again: most tries are over before it does.
      if (cancelLimit && wakes <= due) return;
      cancelLimit?.();
      arm(limit);
    },
  });
  begun = true;
  if (early === null) return () => void (over || stop());
  const known: Outcome = early;
  stop();
  return clock.after(micros(0), () => done(known));
}
