// SPDX-License-Identifier: MIT
// How busy was the machine meanwhile? An idle bench beside a compiler run is not one, and has to show it.

import { cpus } from 'node:os';

/** Time since boot that the processors have spent, in milliseconds, all together. */
export interface ProcessorTimes {
  readonly total: number;
  readonly idle: number;
}

export function processorTimes(): ProcessorTimes {
  const all = cpus().map(({ times }) => times);
  const sum = (pick: (times: (typeof all)[number]) => number) => all.reduce((so, times) => so + pick(times), 0);
  return { total: sum((t) => t.user + t.nice + t.sys + t.irq + t.idle), idle: sum((t) => t.idle) };
}

/** Share of all processors, 0..1, that was in use between two readings, by whomever; 0 when no time passed. */
export function shareInUse(before: ProcessorTimes, after: ProcessorTimes): number {
  const total = after.total - before.total;
  return total > 0 ? 1 - (after.idle - before.idle) / total : 0;
}
