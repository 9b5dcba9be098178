// SPDX-License-Identifier: MIT
// Make before break: an Active router with a planned end says farewell and serves on until its successor is heard, so that
// clients always find somebody (docs/decisions/0011-make-before-break.md). Every backup is told at once, as by keepalived;
// what is different is only when the addresses go.

import { add, type Micros, micros } from '../../base/time.ts';
import { handoverLimit } from '../../base/vrrp-arithmetic.ts';
import type { VrrpEffect } from './effects.ts';
import type { VrrpEvent } from './events.ts';
import { canSend, farewell, note, rearmed, type Step, stop } from './transitions.ts';
import type { Instance, Leaving, Settings } from './types.ts';

/**
 * A successor advertises first and sets its addresses next; for so long both have them, at most half an interval. Frames that
 * reach us meanwhile are answered instead of lost.
 */
const OVERLAP = micros(20_000);

/** There is something to hand over, and a way to say so. */
export function canHandOver(i: Instance, s: Settings): boolean {
  return s.handover && i.state === 'active' && i.faults.length === 0 && canSend(s, i);
}

export function beginHandover(i: Instance, s: Settings, at: Micros): Step {
  const limit = handoverLimit(s.version, s.advertisementInterval);
  const [next, arm] = rearmed({ ...i, ownerConflict: null, leaving: Object.freeze({ successor: null }) }, add(at, limit));
  // Nothing may turn neighbours back to us once the successor has announced itself.
  const effects = [...farewell(s, i, 1), arm, note({ code: 'handing_over', limit }), { kind: 'cancel_announcements' } as const];
  // Neighbours know the address already. An answer to the successor's announcement would turn switches back to us.
  return [next, s.sharedMac ? [...effects, { kind: 'answer_arp', on: false }] : effects];
}

/** Any event but a lost lease. What would change an Active router changes nothing here: it will not be one much longer. */
export function whileLeaving(i: Instance, leaving: Leaving, s: Settings, e: VrrpEvent): Step {
  switch (e.kind) {
    case 'advert': {
      if (e.priority === 0 || e.source === i.source || leaving.successor !== null) return [i, []];
      // What we sent from now on would turn switches back to us, and what others send reaches the successor already.
      if (s.sharedMac) return ended(s, i, note({ code: 'handed_over', to: e.source }));
      const overlap = micros(Math.min(OVERLAP, Math.floor(s.advertisementInterval / 2)));
      const [next, arm] = rearmed({ ...i, leaving: Object.freeze({ successor: e.source }) }, add(e.at, overlap));
      return [next, [arm, note({ code: 'handed_over', to: e.source })]];
    }
    case 'expired': {
      if (i.due === null || e.generation !== i.generation) return [i, []];
      return ended(s, { ...i, due: null }, ...(leaving.successor === null ? [note({ code: 'nobody_took_over' })] : []));
    }
    case 'tracking':
      // Whoever cannot be reached serves nobody.
      return e.faults.length > 0 ? ended(s, i) : [i, []];
    case 'shutdown':
      return ended(s, i);
    default:
      return [i, []];
  }
}

function ended(s: Settings, i: Instance, ...because: readonly VrrpEffect[]): Step {
  const [next, effects] = stop(s, i, 'handed_over');
  // The interface may outlive the router.
  const after: readonly VrrpEffect[] = s.sharedMac ? [{ kind: 'answer_arp', on: true }] : [];
  return [next, [...because, ...effects, ...after]];
}
