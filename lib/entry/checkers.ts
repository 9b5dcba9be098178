// SPDX-License-Identifier: MIT
// The healthcheck process of a daemon.

import { loadNative } from '../native/load.ts';
import { checkerRole } from '../process/checker-child.ts';
import { runChild } from '../process/child.ts';

/** Runs for the life of the process and ends it. */
export function runRole(): void {
  runChild(checkerRole, loadNative());
}
