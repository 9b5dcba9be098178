// SPDX-License-Identifier: MIT
// keepalived_check.data, and the lines that -d logs in the checker process (reference: process document, section 13).

import type { CheckersView } from '../ports/checkers.ts';
import { checkLines } from './check-lines.ts';
import { globalLines, type ProcessFacts } from './global-definitions.ts';
import { serviceLines } from './service-lines.ts';

export function checkerDataLines(view: CheckersView, facts: ProcessFacts): string[] {
  return [...globalLines(view.config.global_defs, facts), ...serviceLines(view), ...checkLines(view)];
}
