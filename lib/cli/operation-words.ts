// What an operator has changed, in words.

import type { OverlayEntry } from '../control/document.ts';
import { clockText } from './status-words.ts';

/** `priority of VI_1 is 1 (failover by root at 12:00:03, until 12:10:03)` */
export function operationText(e: OverlayEntry, now: number): string {
  const what = e.kind === 'priority' ? `priority of ${e.instance ?? 'all instances'}` : `weight of ${e.server} in ${e.pool}`;
  const until = e.until === null ? '' : `, until ${clockText(e.until, now)}`;
  // SNMP does not say whose wish it is.
  const by = e.untilReload ? '' : ` by ${e.user ?? `uid ${e.uid}`}`;
  return `${what} is ${e.value} (${e.why}${by} at ${clockText(e.at, now)}${e.untilReload ? ', until a reload' : until})`;
}
