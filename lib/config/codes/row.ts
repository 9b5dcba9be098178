// SPDX-License-Identifier: MIT
// What a code is in the catalogue.

import type { Severity } from '../report.ts';

export interface CodeRow {
  /** Of the example; a rule may be milder or stricter elsewhere. */
  readonly severity: Severity;
  readonly meaning: string;
  /** Absent: it takes more than one file of text to show. */
  readonly example?: string;
  /** Where the lines of the example stand: at root level when absent. */
  readonly within?: 'root' | 'instance' | 'service' | 'server' | 'global_defs';
}

const severities = { f: 'fatal', e: 'error', w: 'warning', n: 'notice' } as const;

export function row(severity: keyof typeof severities, meaning: string, example?: string, within?: CodeRow['within']): CodeRow {
  return { severity: severities[severity], meaning, ...(example === undefined ? {} : { example }), ...(within ? { within } : {}) };
}
