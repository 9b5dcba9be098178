// SPDX-License-Identifier: MIT
// Sockets of checks for a command that is no daemon.

import { createProbeSockets } from '../kernel/probe-sockets.ts';
import { loadNative } from '../native/load.ts';
import type { ProbeSockets } from '../ports/probes.ts';

/** Throws when the addon cannot be loaded. */
export function socketsHere(): ProbeSockets {
  return createProbeSockets(loadNative());
}
