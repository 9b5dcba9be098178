// SPDX-License-Identifier: MIT
// Everything that can happen to an instance. Each event carries the time it happened at: kernel receive time, due time
// or the moment the shell learnt it. The machine never reads a clock.

import type { Ip } from '../../base/address.ts';
import type { Micros } from '../../base/time.ts';
import type { FaultReason, Settings } from './types.ts';

/** What trackers, interface and source address come to. */
export interface Tracked {
  readonly trackingDelta: number;
  readonly faults: readonly FaultReason[];
  readonly waiting: boolean;
  readonly source: Ip | null;
}

export type VrrpEvent =
  /** The instance begins (daemon start, or added by a reload). */
  | {
      readonly kind: 'startup';
      readonly at: Micros;
      readonly source: Ip | null;
      readonly faults: readonly FaultReason[];
      readonly trackingDelta: number;
      readonly waiting: boolean;
      /** End of the startup delay; 0 without one. */
      readonly notBefore: Micros;
      /** Its predecessor was Active a moment ago, the peers have not noticed its death, and the addresses are still there. */
      readonly resume?: boolean;
    }
  /** Orderly stop, or removed by a reload; a second one, or atOnce, does not wait for a successor. */
  | { readonly kind: 'shutdown'; readonly at: Micros; readonly atOnce?: boolean }
  /** A valid advertisement (the ladder is behind it). interval: the one in the packet. */
  | { readonly kind: 'advert'; readonly at: Micros; readonly source: Ip; readonly priority: number; readonly interval: Micros }
  /** The deadline with this generation fired. */
  | { readonly kind: 'expired'; readonly at: Micros; readonly generation: number }
  /** Trackers, interface or source address changed: the whole present truth, not a difference. */
  | ({ readonly kind: 'tracking'; readonly at: Micros } & Tracked)
  /** New settings for the same instance after a reload. `before` are the old ones; addresses are the shell's business. */
  | { readonly kind: 'settings'; readonly at: Micros; readonly before: Settings; readonly addressesAdded: boolean }
  /** A reload changed the startup delay that still runs (section 6.2); notBefore 0: it is over. */
  | { readonly kind: 'delayed'; readonly at: Micros; readonly notBefore: Micros }
  /** Addresses, routes or rules of ours were removed by somebody else while we are active; they are put back at once. */
  | { readonly kind: 'address_lost'; readonly at: Micros }
  /** The engine was held up for longer than other routers wait, and listens before it speaks; `late`: for how long. */
  | { readonly kind: 'woke_late'; readonly at: Micros; readonly late: Micros }
  /** It heard nobody and has sent the next advert. */
  | { readonly kind: 'spoke_again'; readonly at: Micros }
  /** The engine's lease ran out and it has resigned for us already. */
  | { readonly kind: 'lease_lost'; readonly at: Micros };
