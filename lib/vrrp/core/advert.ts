// SPDX-License-Identifier: MIT
// What Backup and Active both take from an advert they give way to.

import type { Micros } from '../../base/time.ts';
import type { Note } from './effects.ts';
import type { VrrpEvent } from './events.ts';
import { learntInterval } from './timers.ts';
import type { ActiveRouter, Instance, Settings } from './types.ts';

export type Advert = Extract<VrrpEvent, { kind: 'advert' }>;

/** The record of the router behind an advert; the present one when it says nothing new. */
export function heardFrom(i: Instance, e: Advert): ActiveRouter {
  if (i.heard !== null && i.heard.address === e.source && i.heard.priority === e.priority) return i.heard;
  return Object.freeze({ address: e.source, priority: e.priority });
}

/** Active_Adver_Interval after an accepted advert; adds a note when it changes. */
export function learn(i: Instance, s: Settings, e: Advert, notes: Note[]): Micros {
  const to = learntInterval(s, i, e.interval);
  if (to !== i.activeAdverInterval) notes.push({ code: 'interval_learnt', from: i.activeAdverInterval, to });
  return to;
}
