// SPDX-License-Identifier: MIT
// The BFD process of a daemon.

import { loadNative } from '../native/load.ts';
import { bfdRole } from '../process/bfd-child.ts';
import { runChild } from '../process/child.ts';

/** Runs for the life of the process and ends it. */
export function runRole(): void {
  runChild(bfdRole, loadNative());
}
