// SPDX-License-Identifier: MIT
// The addresses of this machine, as canonical text.

export interface OwnAddresses {
  /** Those it has now. Throws Error{code}. */
  here(): ReadonlySet<string>;
  /** Calls when they may have changed; the function it returns ends that. `buffer`: of what tells it, bytes 0 as the system has it. */
  watch(onChange: () => void, buffer: { readonly bytes: number; readonly force: boolean }): () => void;
}
