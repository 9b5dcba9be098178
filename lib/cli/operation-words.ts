// SPDX-License-Identifier: MIT
// What an operator has changed, in words.

import type { OverlayEntry } from '../control/document.ts';
import { clockText } from './status-words.ts';

/** `priority of VI_1 is 1 (failover by root at 12:00:03, until 12:10:03)` */
export function operationText(e: OverlayEntry, now: number): string {
  const what = whatOf(e);
  const until = e.until === null ? '' : `, until ${clockText(e.until, now)}`;
  // SNMP does not say whose wish it is.
  const by = e.untilReload ? '' : ` by ${e.user ?? `uid ${e.uid}`}`;
  return `${what} (${e.why}${by} at ${clockText(e.at, now)}${e.untilReload ? ', until a reload' : until})`;
}

function whatOf(e: OverlayEntry): string {
  switch (e.kind) {
    case 'priority':
      return `priority of ${e.instance ?? 'all instances'} is ${e.value}`;
    case 'weight':
      return `weight of ${e.server} in ${e.pool} is ${e.value}`;
    case 'disabled':
      return `${e.server} in ${e.pool} is disabled`;
  }
}
