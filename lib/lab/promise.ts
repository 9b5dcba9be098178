// SPDX-License-Identifier: MIT
// What VRRP promises: who becomes Active and after which time. Written from the RFC and keepalived's documented behaviour,
// not from our own machine: the lab judges that one too.

import { compareIp, type Ip } from '../base/address.ts';
import { type Micros, micros } from '../base/time.ts';
import type { LabEvent } from './events.ts';

/** A router as the scenario knows it. */
export interface NodeState {
  readonly name: string;
  readonly address: Ip;
  readonly basePriority: number;
  readonly nopreempt: boolean;
  readonly running: boolean;
  readonly cable: boolean;
  /** Its check scripts succeed. */
  readonly healthy: boolean;
  /** Weights of the scripts the lab controls; 0 means FAULT. */
  readonly weights: readonly number[];
}

export interface Timing {
  readonly version: 2 | 3;
  readonly interval: Micros;
  /** down_timer_adverts */
  readonly factor: number;
}

/** Effective priority (reference 7.1); null: it cannot be Active at all. */
export function priorityOf(node: NodeState): number | null {
  if (!node.running || !node.cable) return null;
  if (!node.healthy && node.weights.includes(0)) return null;
  if (node.basePriority === 255) return 255;
  const gained = node.weights.reduce((sum, w) => sum + (node.healthy ? Math.max(w, 0) : Math.min(w, 0)), 0);
  return Math.min(254, Math.max(1, node.basePriority + gained));
}

/** Who is Active when everything has settled; null for nobody. */
export function activeAmong(nodes: readonly NodeState[], current: string | null): NodeState | null {
  const able = nodes.flatMap((node) => {
    const priority = priorityOf(node);
    return priority === null ? [] : [{ node, priority }];
  });
  able.sort((x, y) => y.priority - x.priority || compareIp(y.node.address, x.node.address));
  const incumbent = able.find((x) => x.node.name === current);
  // An equal priority never preempts, nor does a router with nopreempt (RFC 3768 6.4.2).
  const better = able.find((x) => !incumbent || (x.priority > incumbent.priority && !x.node.nopreempt));
  return (better ?? incumbent)?.node ?? null;
}

/** RFC 3768 6.1 (version 2) and RFC 9568 6.1 (version 3). */
export function skewTime(priority: number, timing: Timing): Micros {
  return micros(((256 - priority) * (timing.version === 2 ? 1e6 : timing.interval)) / 256);
}

export function downInterval(priority: number, timing: Timing): Micros {
  return micros(timing.factor * timing.interval + skewTime(priority, timing));
}

export interface Takeover {
  /** First advert of the new Active Router. */
  readonly at: Micros;
  readonly measured: Micros;
  readonly expected: Micros;
  readonly formula: string;
  /** It counts from a log line, which reaches us some milliseconds after what it tells. */
  readonly fromLog: boolean;
}

/**
 * Measures how `node` became Active after `since`: its timer started anew with the last advert that it accepted, with its
 * own start, or runs for Skew_Time after a farewell, and its first advert shows when it ended. null: it sent no advert.
 */
export function measureTakeover(
  events: readonly LabEvent[],
  node: string,
  since: Micros,
  basePriority: number,
  timing: Timing,
): Takeover | null {
  let own = basePriority;
  let start: { readonly at: Micros; readonly from: 'log' | 'advert' | 'farewell' } | null = null;
  for (const event of events) {
    if (event.kind === 'priority' && event.node === node) own = event.to;
    else if (event.kind === 'state' && event.node === node) {
      if (event.initial) own = basePriority;
      if (event.state === 'BACKUP') start = { at: event.at, from: 'log' };
    } else if (event.kind === 'advert' && event.node !== node) {
      if (event.priority === 0) start = { at: event.at, from: 'farewell' };
      else if (event.priority >= own) start = { at: event.at, from: 'advert' };
    } else if (event.kind === 'advert' && event.at > since && event.priority !== 0) {
      if (!start) return null;
      const p = event.priority;
      const skew = `(256−${p})/256${timing.version === 2 ? '' : `·${seconds(timing.interval)}`}`;
      return {
        at: event.at,
        measured: micros(event.at - start.at),
        expected: start.from === 'farewell' ? skewTime(p, timing) : downInterval(p, timing),
        fromLog: start.from === 'log',
        formula: start.from === 'farewell' ? skew : `${timing.factor}·${seconds(timing.interval)} + ${skew}`,
      };
    }
  }
  return null;
}

function seconds(t: Micros): string {
  return `${t / 1e6}`;
}
