// SPDX-License-Identifier: MIT
// What Priority goes out: the configured one plus what trackers add, within what a router that owns no address may
// claim (RFC 9568 6.1: 255 is the owner's, 0 says farewell).

import { clampPriority } from '../../base/vrrp-arithmetic.ts';
import type { Settings } from './types.ts';

/** Priority of the address owner (RFC 9568 5.2.4). */
export const OWNER = 255;

/** True for a router with configured Priority 255. */
export function isOwner(s: Settings): boolean {
  return s.priority === OWNER;
}

/** True for a router that goes straight to Active: only an owner does, and only with `state MASTER` (section 6.1, 6.2). */
export function startsActive(s: Settings): boolean {
  return isOwner(s) && s.wantsActive;
}

/**
 * Effective priority: clamp(configured + trackingDelta, 1, 254). An owner keeps 255 whatever its trackers say, but for
 * 254 while `ownerLowered` (section 6.5 point 3).
 */
export function effectivePriority(s: Settings, trackingDelta: number, ownerLowered: boolean): number {
  if (isOwner(s)) return ownerLowered ? OWNER - 1 : OWNER;
  return clampPriority(s.priority + trackingDelta);
}
