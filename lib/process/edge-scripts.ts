// SPDX-License-Identifier: MIT
// startup_script and shutdown_script: run by the parent, before its first child starts and after the last one has ended
// (reference: process document, section 11).

import type { Micros } from '../base/time.ts';
import type { Script } from '../config/model.ts';
import type { Log } from '../ports/log.ts';
import type { ExitResult, Processes, RunningProcess } from '../ports/processes.ts';

/** Calls `done` when it has ended or its time is over, at once when there is none. Its failure stops nothing. */
export type RunEdgeScript = (
  which: 'startup' | 'shutdown',
  script: Script | null,
  timeout: Micros,
  done: () => void,
) => RunningProcess | null;

export function createEdgeScripts(processes: Processes, log: Log): RunEdgeScript {
  return (which, script, timeout, done) => {
    if (!script) {
      done();
      return null;
    }
    const [name = '', ...args] = script.words;
    log.info(`Running ${which} script ${name}`);
    return processes.run({
      path: script.path ?? name,
      argv0: name,
      args,
      identity: script.run_as,
      timeout,
      onExit(result) {
        log.info(outcome(which, result));
        done();
      },
    });
  };
}

/** `script script` is keepalived's own text. */
function outcome(which: 'startup' | 'shutdown', result: ExitResult): string {
  switch (result.kind) {
    case 'exited':
      return result.status === 0 ? `${which} script script succeeded` : `${which} script script failed, status ${result.status}`;
    case 'signalled':
      return `${which} script script failed, signal ${result.signal}`;
    case 'timed_out':
      return `${which} script timed out`;
    case 'not_started':
      return `${which} script script failed, it could not be started: ${result.text}`;
  }
}
