// SPDX-License-Identifier: MIT
// A check of several pages: one after the other, the server is up when all are good (reference/lvs-and-checkers.md 9.2). Pure.

import { type Micros, micros } from '../../base/time.ts';
import type { CheckTiming } from '../../config/model-lvs.ts';
import { type CheckerState, type CheckerStep, finished } from './checker.ts';

export interface PageState {
  /** The one to ask for next. */
  readonly page: number;
  /** It failed the last time: it alone is asked for until it is good. */
  readonly failing: boolean;
}

export const firstPage: PageState = { page: 0, failing: false };

export interface PageRules {
  readonly timing: CheckTiming;
  /** How many there are, at least one. */
  readonly pages: number;
  /** No pause between pages while the server is coming back or was never looked at. */
  readonly fastRecovery: boolean;
}

/** The outcome of asking for the page of `at`. */
export function pageFinished(
  before: CheckerState,
  at: PageState,
  rules: PageRules,
  succeeded: boolean,
): { readonly step: CheckerStep; readonly at: PageState } {
  const { timing, pages, fastRecovery } = rules;
  if (!succeeded) {
    const step = finished(before, timing, false, true);
    const next = step.state.up ? step.next : longer(timing.delay_before_retry, timing.delay_loop);
    return { step: { ...step, next }, at: { page: at.page, failing: true } };
  }
  const again = at.failing && pages > 1;
  if (!again && at.page === pages - 1) return { step: finished(before, timing, true, true), at: firstPage };
  const quick = fastRecovery && (!before.up || !before.hasRun);
  // A server that was never seen working keeps its single chance until all of it has been seen.
  const state = before.up && before.hasRun ? { ...before, tries: 0 } : before;
  return {
    step: { state, verdict: null, next: quick ? micros(0) : timing.delay_loop, remark: null },
    at: { page: again ? 0 : at.page + 1, failing: false },
  };
}

function longer(a: Micros, b: Micros): Micros {
  return micros(Math.max(a, b));
}
