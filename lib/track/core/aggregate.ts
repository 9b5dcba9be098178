// All trackers of one instance summed up: the priority difference, the reasons to be in Fault, and whether something
// still has to report (reference/vrrp-protocol.md sections 7.1 to 7.3).

import { exhaustive } from '../../base/result.ts';
import { contribution } from '../../base/vrrp-arithmetic.ts';
import type { Weight } from '../../config/model.ts';
import type { FaultReason } from '../../vrrp/core/types.ts';
import type { Verdict } from './status.ts';

/** One tracker of an instance, with the weight this instance gives it. */
export type Tracked =
  | { readonly kind: 'script'; readonly name: string; readonly weight: Weight; readonly verdict: Verdict; readonly holds: boolean }
  | { readonly kind: 'interface'; readonly name: string; readonly weight: Weight; readonly link: 'up' | 'down' | 'missing' };

export type TrackerFault = Extract<FaultReason, { kind: 'script' | 'interface_down' | 'interface_missing' }>;

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

export { contribution };

function verdictOf(tracker: Tracked): Verdict {
  switch (tracker.kind) {
    case 'script':
      return tracker.verdict;
    case 'interface':
      return tracker.link === 'up' ? 'up' : 'down';
    default:
      return exhaustive(tracker);
  }
}

function faultOf(tracker: Tracked): TrackerFault {
  if (tracker.kind === 'script') return { kind: 'script', name: tracker.name };
  return { kind: tracker.link === 'missing' ? 'interface_missing' : 'interface_down', name: tracker.name };
}
