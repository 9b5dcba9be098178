// SPDX-License-Identifier: MIT
// What one try of a check came to.

interface Told {
  /** Lines for the log; `%r` stands for the server, `%v` for the service. */
  readonly notes?: readonly string[];
}

export type Outcome =
  /** `weight`: what it adds to the weight of the server from now on; absent: that stays. `recovered`: as notes, said while the
   * server is down. */
  | ({ readonly kind: 'up'; readonly weight?: number; readonly recovered?: readonly string[] } & Told)
  /** `why`: in keepalived's words, as the line of this kind of check needs it. */
  | ({ readonly kind: 'down'; readonly why: string; readonly weight?: number } & Told)
  /** Nothing was learned of the server: something on this side was in the way. `step`: what it did not let through; absent: bind. */
  | { readonly kind: 'unable'; readonly why: string; readonly step?: 'send' };
