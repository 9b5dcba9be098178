// SPDX-License-Identifier: MIT
// Who wins. Two different questions: an active router asks whether the sender beats it, a backup asks whether the sender
// is good enough to keep waiting for.

import { compareIp, type Ip } from '../../base/address.ts';
import type { Micros } from '../../base/time.ts';
import { isOwner } from './priority.ts';
import type { Instance, Settings } from './types.ts';

export interface Candidate {
  readonly priority: number;
  /** null: no address at all, which loses every tie. */
  readonly address: Ip | null;
}

export interface Heard {
  readonly at: Micros;
  readonly source: Ip;
  readonly priority: number;
}

/**
 * What an active router makes of an advert with a Priority above 0: the higher Priority wins, then the higher address as
 * an unsigned number in network order (RFC 9568 6.4.3). same_address: equal Priority from our own address, which is
 * nobody's victory but a duplicate address on the link.
 */
export function contest(ours: Candidate, theirs: { readonly priority: number; readonly source: Ip }): 'win' | 'lose' | 'same_address' {
  if (theirs.priority !== ours.priority) return theirs.priority > ours.priority ? 'lose' : 'win';
  if (ours.address === null) return 'lose';
  const order = compareIp(theirs.source, ours.address);
  if (order === 0) return 'same_address';
  return order > 0 ? 'lose' : 'win';
}

/**
 * Whether a backup restarts its Active_Down_Timer for this advert (RFC 9568 6.4.2): with Preempt_Mode False for any, else
 * for a Priority not below ours (the address does not matter here), and for a lower one too while a preempt delay has
 * not run out. An owner preempts always (RFC 9568 6.1, Preempt_Mode).
 */
export function accepts(s: Settings, i: Instance, e: Heard): boolean {
  if (!s.preempt && !isOwner(s)) return true;
  if (e.priority >= i.effectivePriority) return true;
  return s.preemptDelay > 0 && (i.preemptDelayUntil === null || e.at < i.preemptDelayUntil);
}
