// SPDX-License-Identifier: MIT
// Data that the project was given and does not keep a copy of: ../shared beside the repository, or KA_SHARED.

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Path of something in the shared data. */
export function sharedPath(...parts: string[]): string {
  return join(process.env.KA_SHARED ?? resolve(import.meta.dirname, '..', '..', '..', 'shared'), ...parts);
}

/** A configuration of ../shared/scenarios as text. Throws with what to do when the shared data is not there. */
export function scenarioFile(name: string): string {
  const path = sharedPath('scenarios', name);
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Error(`${path} is needed for this test: put the shared folder beside the repository or set KA_SHARED`, { cause });
  }
}
