// `-t`: reads and checks a configuration, says what it found, changes nothing.

import type { Loaded } from '../config/options.ts';
import { logLine } from '../config/report.ts';

/** Prints the findings in keepalived's line form and returns its exit status: 0, 2, 4, 5 or 6. */
export function configTest(loaded: Loaded, write: (line: string) => void): number {
  for (const finding of loaded.findings) write(logLine(finding, loaded.filesRead.length));
  return loaded.testStatus;
}
