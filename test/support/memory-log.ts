// SPDX-License-Identifier: MIT
// A log that keeps its lines.

import { createLog, type Log } from '../../lib/base/log.ts';

export interface MemoryLog extends Log {
  readonly lines: string[];
}

export function createMemoryLog(detailLevel = 1): MemoryLog {
  const lines: string[] = [];
  return { ...createLog([(_level, line) => void lines.push(line)], detailLevel), lines };
}
