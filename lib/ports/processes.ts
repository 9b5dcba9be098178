// SPDX-License-Identifier: MIT
// Running other programs: scripts of the configuration. Each runs in a process group of its own with /dev/null as
// standard input, output and error, without IFS, LD_PRELOAD and LD_LIBRARY_PATH (reference/cli-and-process.md 11).

import type { Micros } from '../base/time.ts';

/** Whom a program runs as; the group list is reduced to this one gid. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

export interface Command {
  /** Program; without a slash it is looked for in PATH. */
  readonly path: string;
  /** Arguments after the program's name. */
  readonly args: readonly string[];
  /** argv[0]; the path when absent. */
  readonly argv0?: string;
  /** Variables beside those of the daemon. */
  readonly environment?: Readonly<Record<string, string>>;
  /** null: as the daemon itself. */
  readonly identity: Identity | null;
  /** null: may run for ever. */
  readonly timeout: Micros | null;
  /** Called exactly once, never before run() has returned. */
  readonly onExit: (result: ExitResult) => void;
}

export type ExitResult =
  /** 0..255 */
  | { readonly kind: 'exited'; readonly status: number }
  | { readonly kind: 'signalled'; readonly signal: number }
  /** Its time was over; told when it has ended by the TERM or KILL it then got. */
  | { readonly kind: 'timed_out' }
  /** Could not be started; code as in errno(3) names, ENOENT … */
  | { readonly kind: 'not_started'; readonly code: string; readonly text: string };

export interface RunningProcess {
  /** 0 when it could not be started. */
  readonly pid: number;
  /** TERM to its process group now, KILL after 2 s and again every 10 s while it lives, as at a timeout. */
  terminate(): void;
  /** KILL to its process group. */
  kill(): void;
}

export interface Processes {
  run(command: Command): RunningProcess;
  /** How many have been started and not ended yet. */
  running(): number;
  /** KILL to the groups of all that still run: the daemon ends. */
  killAll(): void;
}
