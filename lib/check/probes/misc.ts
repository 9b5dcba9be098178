// SPDX-License-Identifier: MIT
// MISC_CHECK: a script (reference/lvs-and-checkers.md 9.7).

import type { Checker } from '../../config/model-lvs.ts';
import type { ExitResult } from '../../ports/processes.ts';
import type { Outcome } from '../core/outcome.ts';
import type { Probe, ProbeContext } from './probe.ts';

type MiscCheck = Omit<Extract<Checker, { kind: 'MISC_CHECK' }>, 'kind' | 'timing'>;

/** `weight`: configured, of the server: what a dynamic check says replaces it. */
export function miscProbe(check: MiscCheck, weight: number, { processes }: ProbeContext): Probe {
  const { script, misc_timeout, misc_dynamic } = check;
  const [name = '', ...args] = script.words;
  return (done) => {
    let over = false;
    const process = processes.run({
      path: script.path ?? name,
      argv0: name,
      args,
      identity: script.run_as,
      timeout: misc_timeout,
      onExit(result) {
        if (!over) done(outcomeOf(result, misc_dynamic, weight));
        over = true;
      },
    });
    return () => {
      over = true;
      process.terminate();
    };
  };
}

/** Status 0 is good; of a dynamic check so are those above 1, which say a weight, two more than it is. */
export function outcomeOf(result: ExitResult, dynamic: boolean, weight: number): Outcome {
  const bad = (text: string, end = ''): Outcome => ({ kind: 'down', why: `${text}|${end}`, ...(dynamic ? { weight: 0 } : {}) });
  switch (result.kind) {
    case 'timed_out':
      return bad('timed out');
    case 'signalled':
      return bad('failed', ` (due to signal ${result.signal})`);
    case 'not_started':
      return bad('failed', ` (${result.text})`);
    case 'exited':
      if (result.status === 0) return { kind: 'up', ...(dynamic ? { weight: 0 } : {}) };
      if (dynamic && result.status > 1) return { kind: 'up', weight: result.status - 2 - weight };
      return bad('failed', ` (exited with status ${result.status})`);
  }
}
