// SPDX-License-Identifier: MIT
// All trackers of one instance or group summed up: the priority difference, the reasons to be in Fault, and whether something
// still has to report (reference/vrrp-protocol.md sections 7.1 to 7.3).

import { exhaustive } from '../../base/result.ts';
import { contribution } from '../../base/vrrp-arithmetic.ts';
import type { Weight } from '../../config/model.ts';
import type { FaultReason } from '../../vrrp/core/types.ts';
import type { Verdict } from './status.ts';

/** One tracker of an instance, with the weight this instance gives it. */
export type Tracked =
  | { readonly kind: 'script'; readonly name: string; readonly weight: Weight; readonly verdict: Verdict; readonly holds: boolean }
  | { readonly kind: 'interface'; readonly name: string; readonly weight: Weight; readonly link: 'up' | 'down' | 'missing' }
  | { readonly kind: 'file'; readonly name: string; readonly weight: Weight; readonly value: number }
  | { readonly kind: 'process'; readonly name: string; readonly weight: Weight; readonly hasQuorum: boolean }
  | { readonly kind: 'bfd'; readonly name: string; readonly weight: Weight; readonly up: boolean };

export type TrackerFault = Extract<FaultReason, { kind: 'script' | 'interface_down' | 'interface_missing' | 'file' | 'process' | 'bfd' }>;

export interface TrackingSummary {
  /** Sum of weights; not clamped. */
  readonly trackingDelta: number;
  /** In the order of the trackers, each once. */
  readonly faults: readonly TrackerFault[];
  readonly waiting: boolean;
}

/**
 * Summary for an instance with configured priority `priority`. An address owner (255) ignores weighted trackers: its
 * Priority is not ours to change (RFC 9568 6.1).
 */
export function aggregate(priority: number, trackers: readonly Tracked[]): TrackingSummary {
  const faults = new Map<string, TrackerFault>();
  let trackingDelta = 0;
  let waiting = false;
  for (const tracker of trackers) {
    const { weight } = tracker;
    if (tracker.kind === 'file') {
      const status = fileStatus(weight, tracker.value);
      if (status === FILE_FAULT) faults.set(`file ${tracker.name}`, { kind: 'file', name: tracker.name, status });
      else if (priority !== 255) trackingDelta += status;
      continue;
    }
    const verdict = verdictOf(tracker);
    if (weight.value !== 0) {
      if (priority !== 255) trackingDelta += contribution(weight, verdict);
    } else if (verdict === 'unknown') {
      waiting ||= tracker.kind === 'script' && tracker.holds;
    } else if ((verdict === 'down') !== weight.reverse) {
      const fault = faultOf(tracker);
      faults.set(`${fault.kind} ${fault.name}`, fault);
    }
  }
  return Object.freeze({ trackingDelta, faults: Object.freeze([...faults.values()]), waiting });
}

/** What the weighted ones add now and would add at best; those without a weight put into Fault instead. */
export function contributionsOf(
  priority: number,
  trackers: readonly Tracked[],
): { kind: Tracked['kind']; name: string; adds: number; best: number }[] {
  if (priority === 255) return [];
  return trackers.flatMap((t): ReturnType<typeof contributionsOf> => {
    if (t.weight.value === 0) return [];
    if (t.kind === 'file') {
      const adds = fileStatus(t.weight, t.value);
      // Its number may be any: what it would be at best nobody knows but that it takes nothing away.
      return [{ kind: t.kind, name: t.name, adds, best: Math.max(0, adds) }];
    }
    const best = Math.max(contribution(t.weight, 'up'), contribution(t.weight, 'down'));
    return [{ kind: t.kind, name: t.name, adds: contribution(t.weight, verdictOf(t)), best }];
  });
}

export { contribution };

/** What a file says that puts an instance into Fault. */
export const FILE_FAULT = -254;

/**
 * What the number of a file adds to a priority: number × weight, at most 253; -254 means Fault (section 7.4). Weight 0: any
 * number but 0 is a fault, with reverse 0 is.
 */
export function fileStatus(weight: Weight, value: number): number {
  if (weight.value === 0) return (value !== 0) !== weight.reverse ? FILE_FAULT : 0;
  const product = value * weight.value * (weight.reverse ? -1 : 1);
  // No -0: it would be told as another number.
  return Math.max(FILE_FAULT, Math.min(253, product)) || 0;
}

/** Whether it says well of what it looks at; a file without a weight does unless it means Fault. */
export function isUp(t: Tracked): boolean {
  return t.kind === 'file' ? fileStatus(t.weight, t.value) !== FILE_FAULT : verdictOf(t) === 'up';
}

/** The same tracker, had it said so. */
export function supposed(t: Tracked, up: boolean): Tracked {
  switch (t.kind) {
    case 'script':
      return { ...t, verdict: up ? 'up' : 'down', holds: false };
    case 'interface':
      return { ...t, link: up ? 'up' : 'down' };
    case 'file':
      return t.weight.value === 0 ? { ...t, value: up === t.weight.reverse ? 1 : 0 } : t;
    case 'process':
      return { ...t, hasQuorum: up };
    case 'bfd':
      return { ...t, up };
    default:
      return exhaustive(t);
  }
}

type Judged = Exclude<Tracked, { kind: 'file' }>;

function verdictOf(tracker: Judged): Verdict {
  switch (tracker.kind) {
    case 'script':
      return tracker.verdict;
    case 'interface':
      return tracker.link === 'up' ? 'up' : 'down';
    case 'process':
      return tracker.hasQuorum ? 'up' : 'down';
    case 'bfd':
      return tracker.up ? 'up' : 'down';
    default:
      return exhaustive(tracker);
  }
}

function faultOf(tracker: Judged): TrackerFault {
  if (tracker.kind !== 'interface') return { kind: tracker.kind, name: tracker.name };
  return { kind: tracker.link === 'missing' ? 'interface_missing' : 'interface_down', name: tracker.name };
}
