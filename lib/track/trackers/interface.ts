// SPDX-License-Identifier: MIT
// track_interface: the state of a link. Links are watched by the shell that owns the kernel's messages; this tracker
// only remembers what it was told, so that a message without a change tells nobody.

import type { LinkState } from '../../ports/tracking.ts';

export interface InterfaceTracker {
  readonly name: string;
  state(): LinkState;
  /** true: it is another state than before. */
  update(state: LinkState): boolean;
}

export function startInterfaceTracker(name: string, initial: LinkState): InterfaceTracker {
  let current = initial;
  return {
    name,
    state: () => current,
    update(state) {
      if (state === current) return false;
      current = state;
      return true;
    },
  };
}
