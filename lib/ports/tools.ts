// SPDX-License-Identifier: MIT
// Programs of the system that the daemon uses as an administrator would: nft, iptables, ipset. Found in the system's own
// folders, never through PATH, and run without a shell.

export interface Tools {
  /** Runs to the end, at most 10 s, and never throws. `input` goes to its standard input. */
  run(program: string, args: readonly string[], input: string): Promise<ToolResult>;
}

export type ToolResult =
  | { readonly kind: 'ended'; readonly status: number; readonly output: string; readonly errors: string }
  /** Not installed, or it cannot be started; the reason. */
  | { readonly kind: 'not_started'; readonly text: string };
