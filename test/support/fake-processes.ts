// SPDX-License-Identifier: MIT
// Processes that run nothing: a test sees what was asked for and decides when and how each one ends.

import type { Command, ExitResult, Processes } from '../../lib/ports/processes.ts';

export interface FakeRun {
  readonly command: Command;
  /** Program and arguments, separated by blanks. */
  readonly text: string;
  readonly signals: ('TERM' | 'KILL')[];
  /** Ends it; status 0 when nothing is said. */
  exit(result?: ExitResult): void;
  readonly ended: boolean;
}

export interface FakeProcesses extends Processes {
  /** All that was started, oldest first. */
  readonly runs: FakeRun[];
  /** The latest one; throws when there is none. */
  last(): FakeRun;
}

export function createFakeProcesses(): FakeProcesses {
  const runs: FakeRun[] = [];
  return {
    runs,
    last() {
      const run = runs.at(-1);
      if (!run) throw new Error('nothing was started');
      return run;
    },
    running: () => runs.filter((r) => !r.ended).length,
    killAll() {
      for (const run of runs) if (!run.ended) run.signals.push('KILL');
    },
    run(command) {
      let ended = false;
      const signals: ('TERM' | 'KILL')[] = [];
      runs.push({
        command,
        text: [command.path, ...command.args].join(' '),
        signals,
        get ended() {
          return ended;
        },
        exit(result = { kind: 'exited', status: 0 }) {
          if (ended) throw new Error(`${command.path} has ended already`);
          ended = true;
          command.onExit(result);
        },
      });
      return { pid: 1000 + runs.length, terminate: () => void signals.push('TERM'), kill: () => void signals.push('KILL') };
    },
  };
}
