// What one try of a check came to.

export type Outcome =
  /** `weight`: what it adds to the weight of the server from now on; absent: that stays. `told`: what there is to say of it while
   * the server is down. */
  | { readonly kind: 'up'; readonly weight?: number; readonly told?: readonly string[] }
  /** `why`: in keepalived's words, as the line of this kind of check needs it. */
  | { readonly kind: 'down'; readonly why: string; readonly weight?: number }
  /** Nothing was learned of the server: something on this side was in the way. */
  | { readonly kind: 'unable'; readonly why: string };
