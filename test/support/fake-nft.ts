// SPDX-License-Identifier: MIT
// nft that keeps what it was told.

import type { Tools } from '../../lib/ports/tools.ts';

export interface FakeNft extends Tools {
  /** Program and its input, of each run. */
  readonly runs: { readonly command: string; readonly input: string }[];
  /** What nft says of the next runs; null: it takes them. */
  fault: string | null;
}

export function createFakeNft(): FakeNft {
  const fake: FakeNft = {
    runs: [],
    fault: null,
    async run(program, args, input) {
      fake.runs.push({ command: [program, ...args].join(' '), input });
      return { kind: 'ended', status: fake.fault === null ? 0 : 1, output: '', errors: fake.fault ?? '' };
    },
  };
  return fake;
}
