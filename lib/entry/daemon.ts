// SPDX-License-Identifier: MIT
// The parent of a daemon and nothing else: it lives for months, and its heap holds the text of its bundle.

import { startDaemon } from '../cli/daemon.ts';
import { parseCommandLine } from '../cli/options.ts';

/** false when `argv`, without interpreter and program, asks for anything else; else a daemon runs, or was started. */
export async function daemonOnly(argv: readonly string[]): Promise<boolean> {
  const line = parseCommandLine(argv);
  if (line.kind !== 'run') return false;
  await startDaemon(line);
  return true;
}
