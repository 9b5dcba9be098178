// SPDX-License-Identifier: MIT
// The socket by which the engine of the BFD process tells that of VRRP that a session has ended: opened once, for all children that
// this process starts, so that one that is started again goes on with the same (docs/decisions/0031).

import type { NativeAddon } from '../native/surface.ts';
import type { Role } from './messages.ts';

let channel: readonly number[] | null = null;

/** The child's end; -1: it has none, or there is no descriptor left, and the word goes through us. */
export function sessionEnd(role: Role, native: Pick<NativeAddon, 'socketPair'>): number {
  if (role === 'checkers') return -1;
  try {
    channel ??= native.socketPair('datagram');
  } catch {
    return -1;
  }
  return channel[role === 'bfd' ? 0 : 1] ?? -1;
}
