// SPDX-License-Identifier: MIT
// Named pipes for events (reference: notifications document, section 2).

import type { RunAs } from './script-checks.ts';

export interface OpenFifo {
  /** It was made by us, so close() removes it. */
  readonly made: boolean;
  /** Bytes taken, never waiting: 0 when the pipe is full. Throws Error{code} for anything else, also after close(). */
  write(bytes: Uint8Array): number;
  /** Any number of times. */
  close(): void;
}

export interface Fifos {
  /**
   * Makes the FIFO, or takes one that is there and belongs to this process or to `owner`, and opens it so that writing works
   * without a reader. Throws Error{code}; 'foreign': what is there is no FIFO or somebody else's.
   */
  open(path: string, owner: RunAs | null): OpenFifo | 'foreign';
}
