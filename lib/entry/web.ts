// SPDX-License-Identifier: MIT
// The status page of a daemon.

import { loadNative } from '../native/load.ts';
import { runWeb } from '../web/shell/run.ts';

/** Runs for the life of the process and ends it. */
export function runRole(): void {
  loadNative().confine();
  runWeb();
}
