// SPDX-License-Identifier: MIT
// One check of one real server: when it runs, how often a failure is tried again, what it says of the server
// (reference/lvs-and-checkers.md 4.1 and 8.1). Pure: the shell runs probes and keeps time.

import type { Micros } from '../../base/time.ts';
import type { CheckTiming } from '../../config/model-lvs.ts';

export interface CheckerState {
  /** What it holds of the server; without `alpha` the best, until something is known. */
  readonly up: boolean;
  readonly hasRun: boolean;
  /** Failed tries in a row, up to `retry`. */
  readonly tries: number;
}

/** What there is to say of a run. */
export type Remark =
  /** The server is back. */
  | { readonly kind: 'succeeded' }
  /** The last try failed. `tries`: how many came after the first; 0 says no number. */
  | { readonly kind: 'failed'; readonly tries: number }
  /** One of several tries failed: only told with log_all_failures. */
  | { readonly kind: 'failed_once'; readonly left: number; readonly number: number };

export interface CheckerStep {
  readonly state: CheckerState;
  /** The check's word on the server is another one than before, or is given for the first time where it was not known. */
  readonly verdict: 'up' | 'down' | null;
  /** From the end of this run to the next. */
  readonly next: Micros;
  readonly remark: Remark | null;
}

/** The first failure is final: a server that was never seen working gets no second chance. */
export function firstState({ alpha, retry }: CheckTiming): CheckerState {
  return { up: !alpha, hasRun: false, tries: retry };
}

/** After a reload: what is known of the server is kept, tries within the new number of them. */
export function keptState(before: CheckerState, { retry }: CheckTiming): CheckerState {
  return { ...before, tries: Math.min(before.tries, retry) };
}

/** A new server that a reload brings is tried as often as one that was seen working. */
export function stateOfAdded(timing: CheckTiming): CheckerState {
  return { ...firstState(timing), tries: 0 };
}

/**
 * The outcome of a run. `quietFirst`: a first failure of a check that began as down is not told, as keepalived's HTTP_GET
 * and SSL_GET.
 */
export function finished(before: CheckerState, timing: CheckTiming, succeeded: boolean, quietFirst = false): CheckerStep {
  const ran = { ...before, hasRun: true };
  if (succeeded) {
    const state = { ...ran, up: true, tries: 0 };
    return before.up
      ? { state, verdict: null, next: timing.delay_loop, remark: null }
      : { state, verdict: 'up', next: timing.delay_loop, remark: { kind: 'succeeded' } };
  }
  if (before.up && before.tries < timing.retry) {
    const number = before.tries + 1;
    return {
      state: { ...ran, tries: number },
      verdict: null,
      next: timing.delay_before_retry,
      remark: timing.log_all_failures ? { kind: 'failed_once', left: timing.retry - before.tries, number } : null,
    };
  }
  const first = !before.hasRun;
  const told = before.up || (first && !quietFirst);
  return {
    state: { ...ran, up: false },
    verdict: told ? 'down' : null,
    next: timing.delay_loop,
    remark: told ? { kind: 'failed', tries: first ? 0 : timing.retry } : null,
  };
}
