// SPDX-License-Identifier: MIT
// The VRRP process of a daemon.

import { loadNative } from '../native/load.ts';
import { runChild } from '../process/child.ts';
import { vrrpRole } from '../process/vrrp-child.ts';

/** Runs for the life of the process and ends it. */
export function runRole(): void {
  runChild(vrrpRole, loadNative());
}
