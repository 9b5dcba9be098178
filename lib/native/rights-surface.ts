// SPDX-License-Identifier: MIT
// What this process and those it starts may do (docs/decisions/0029-rights-of-each-process.md). Part of surface.ts.

export interface RightsCalls {
  /**
   * Calls `start`: the programs it starts by Node's spawn hold at most these capabilities (capabilities(7), 0..63), all their threads from
   * the first instruction on. We keep ours. false: the system refused (root without CAP_SETPCAP), and they have all of ours.
   */
  withLesserRights(capabilities: readonly number[], start: () => void): boolean;
  /** Calls `start`: programs that it starts as root are root as usual, where this process was started with lesser rights. */
  asUsualRoot(start: () => void): void;
  /**
   * For good: no thread of this process starts a program, gains rights, or calls what administers a system. false: the last two parts do
   * not hold on this processor or kernel. Throws Error{code}.
   */
  confine(): boolean;
}
