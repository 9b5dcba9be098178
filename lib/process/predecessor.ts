// SPDX-License-Identifier: MIT
// A child that a program before this one had started and that goes on until its successor can begin.

import { readFileSync } from 'node:fs';
import { milliseconds } from '../base/time.ts';
import type { Clock } from '../ports/clock.ts';
import { type LeftChild, leftTable } from './bequest.ts';
import type { GuardTable } from './guard-table.ts';

export interface Predecessor {
  readonly pid: number;
  readonly guardTable: GuardTable;
  /** Sends the signal; `gone` when the kernel has closed all it had, at once when it has ended before. */
  end(signal: 'SIGKILL' | 'SIGTERM', gone: () => void): void;
}

const pace = milliseconds(1);

export function createPredecessor(left: LeftChild, clock: Clock, isRunning: (pid: number) => boolean = isRunningChild): Predecessor {
  return {
    pid: left.pid,
    guardTable: leftTable(left),
    end(signal, gone) {
      const look = () => {
        if (isRunning(left.pid)) clock.after(pace, look);
        else gone();
      };
      try {
        if (isRunning(left.pid)) process.kill(left.pid, signal);
      } catch {
        // It has ended between the two.
      }
      look();
    },
  };
}

/** It is ours as long as nobody has collected it, so the number cannot mean anybody else. */
function isRunningChild(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return parent === String(process.pid) && state !== 'Z' && state !== 'X';
  } catch {
    return false;
  }
}
