// SPDX-License-Identifier: MIT
// What the addon does for a process that outlives an engine (docs/decisions/0012-guardian.md).

import type { AdvertFrame, EndpointSpec } from './surface.ts';

export interface GuardCalls {
  /**
   * A descriptor of shared memory in which an engine (EngineOptions.guardFd) notes what it sends: a slot of 16 bytes for each
   * router key, as native/engine/guard.h has it. Closed on exec. Throws Error{code}.
   */
  createGuardTable(): number;
  /**
   * One advert with priority 0 to each destination, for a router whose engine is dead; with AH under this sequence number. Throws
   * Error{code}.
   */
  sendFarewell(endpoint: EndpointSpec, frame: AdvertFrame, ahSequence: number): void;
}
