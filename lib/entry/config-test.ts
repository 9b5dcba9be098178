// SPDX-License-Identifier: MIT
// A configuration test and nothing else. Hooks, editors and deployments run `-t` again and again, and most of its time is the
// start; the bundle of everything takes a third longer.

import { testConfiguration } from '../cli/config-test.ts';
import { parseCommandLine } from '../cli/options.ts';

/** The exit status, or null when `argv`, without interpreter and program, asks for anything else. */
export function testOnly(argv: readonly string[]): number | null {
  const line = parseCommandLine(argv);
  return line.kind === 'config-test' ? testConfiguration(line) : null;
}
