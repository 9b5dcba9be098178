// SPDX-License-Identifier: MIT
// What the parent must know of the routers of its VRRP child to act when that has died (docs/decisions/0012-guardian.md):
// the seam between vrrp/shell/guard.ts and process/guardian.ts.

import type { Micros } from '../base/time.ts';
import type { AdvertFrame, EndpointSpec } from '../native/surface.ts';

/** A router that is Active, or that the engine may make so without a word of JavaScript: the guard table knows then. */
export interface GuardRecord {
  /** Its slot in the guard table. */
  readonly key: number;
  readonly name: string;
  /** Its sync group. */
  readonly group: string | null;
  /** How long peers wait for the next advert at least: Active_Down_Interval without Skew_Time. */
  readonly patience: Micros;
  readonly trackingDelta: number;
  /** It was in Backup, with orders to take over: it is none of ours unless it advertised. */
  readonly prepared: boolean;
  readonly version: 2 | 3;
  readonly endpoint: EndpointSpec;
  readonly frame: AdvertFrame;
  /** Complete rtnetlink messages that remove what it holds. */
  readonly removal: readonly Uint8Array[];
}

export interface GuardUpdate {
  readonly active: readonly GuardRecord[];
  /** Keys of those of which there is nothing to know any more. */
  readonly gone: readonly number[];
}

/** A router that may go on where its dead predecessor was Active, if it begins before `until`. */
export interface Resume {
  readonly name: string;
  readonly until: Micros;
  /** Last one sent with AH. */
  readonly ahSequence: number;
  /** Until the trackers say more. */
  readonly trackingDelta: number;
}
