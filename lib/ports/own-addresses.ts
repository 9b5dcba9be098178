// The addresses of this machine, as canonical text.

export interface OwnAddresses {
  /** Those it has now. Throws Error{code}. */
  here(): ReadonlySet<string>;
  /** Calls when they may have changed; the function it returns ends that. */
  watch(onChange: () => void): () => void;
}
