// SPDX-License-Identifier: MIT
// FIFOs that keep what is written, as much as fits.

import type { Fifos, OpenFifo } from '../../lib/ports/fifos.ts';

export interface FakePipe {
  readonly path: string;
  readonly open: boolean;
  /** What the reader has not taken. */
  content: string;
}

export interface FakeFifos extends Fifos {
  readonly pipes: FakePipe[];
  /** Bytes each pipe holds. */
  size: number;
  /** What open() answers for a path instead. */
  readonly foreign: Set<string>;
  /** Thrown by each write. */
  error: Error | null;
}

export function createFakeFifos(): FakeFifos {
  const fake: FakeFifos = {
    pipes: [],
    size: 65536,
    foreign: new Set(),
    error: null,
    open(path): OpenFifo | 'foreign' {
      if (fake.foreign.has(path)) return 'foreign';
      const pipe = { path, open: true, content: '' };
      fake.pipes.push(pipe);
      return {
        made: true,
        write(bytes) {
          if (fake.error) throw fake.error;
          const taken = bytes.subarray(0, Math.max(0, fake.size - pipe.content.length));
          pipe.content += Buffer.from(taken).toString();
          return taken.length;
        },
        close() {
          pipe.open = false;
        },
      };
    },
  };
  return fake;
}
