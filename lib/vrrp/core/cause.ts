// SPDX-License-Identifier: MIT
// Why a router changed its state: one cause out of the machine's own event and what was known around it, with what speaks
// for it. Pure: whoever knows the sockets, links and trackers brings them as a Witness (docs/decisions/0019-causes-and-recordings.md).

import type { Ip } from '../../base/address.ts';
import { type Micros, toSeconds } from '../../base/time.ts';
import type { VrrpEvent } from './events.ts';
import type { FaultReason, Instance, Settings, State } from './types.ts';

/**
 * peer_resigned: an advert with priority 0. peer_silent: Active_Down_Timer ran out. adverts_refused: it still talks, and what
 * it says is refused. receive_drops: the kernel had no room for what came. own_stall: this host was held up. unopposed: nobody
 * was heard since it became Backup. preempt: a lower router is still there. rival: a better one is. sync_group: it follows
 * another member. fault: sockets or configuration.
 */
export type CauseName =
  | 'start'
  | 'stop'
  | 'reload'
  | 'operator'
  | 'peer_resigned'
  | 'peer_silent'
  | 'unopposed'
  | 'adverts_refused'
  | 'receive_drops'
  | 'own_stall'
  | 'preempt'
  | 'rival'
  | 'link'
  | 'address_lost'
  | 'script'
  | 'file'
  | 'process'
  | 'bfd'
  | 'sync_group'
  | 'lease_lost'
  | 'fault';

/** What speaks for a cause, flat, for JSON and D-Bus; durations in seconds. Absent: not known, or it says nothing here. */
export interface Evidence {
  /** Of the tracker, interface or session that the cause is about. */
  readonly name?: string;
  /** It has come back: the cause ended a Fault. */
  readonly recovered?: boolean;
  readonly peer?: string;
  readonly peerPriority?: number;
  readonly ownPriority?: number;
  readonly lastAdvertAgeSeconds?: number;
  /** How late this host noticed that it was time. */
  readonly lateSeconds?: number;
  /** Packets that the socket dropped since the last advert. */
  readonly drops?: number;
  /** Adverts refused since the last one accepted, and why the last of them was. */
  readonly refused?: number;
  readonly refusedReason?: string;
  readonly refusedFrom?: string;
  /** Of the interface that carries the adverts. */
  readonly link?: 'up' | 'down' | 'missing';
  /** What trackers add to the priority. */
  readonly tracking?: number;
  /** Sync group, the member that led, and why that one changed. */
  readonly group?: string;
  readonly leader?: string;
  readonly leaderCause?: CauseName;
  /** What was asked for, and who did: user name, uid and pid as the kernel says. */
  readonly operation?: string;
  readonly operator?: string;
  readonly operatorUid?: number;
  readonly operatorPid?: number;
  readonly text?: string;
}

/** One transition and why; times of day are µs since 1970. */
export interface TransitionRecord {
  readonly at: number;
  readonly from: State;
  readonly to: State;
  readonly priority: number;
  readonly cause: CauseName;
  readonly evidence: Evidence;
}

/** What one tracker does to a priority: `adds` now, `best` at most. */
export interface Contribution {
  readonly kind: 'script' | 'interface' | 'file' | 'process' | 'bfd';
  readonly name: string;
  readonly adds: number;
  readonly best: number;
}

/** Who changed something at run time. */
export interface AskedBy {
  readonly operation: string;
  /** null: not known. */
  readonly uid: number | null;
  readonly pid: number | null;
  readonly user: string | null;
}

export interface Witness {
  /** Accepted last before the event, of whatever priority; null: nothing since the sockets were opened. */
  readonly lastAdvert: { readonly at: Micros; readonly source: Ip; readonly priority: number } | null;
  /** Since then. */
  readonly drops: number;
  readonly refused: { readonly count: number; readonly reason: string; readonly source: string; readonly at: Micros } | null;
  /** How late the end of the deadline was noticed. */
  readonly late: Micros;
  readonly link: 'up' | 'down' | 'missing' | null;
  readonly trackers: readonly Contribution[];
  /** What is going on around the event. */
  readonly occasion: 'reload' | 'operator' | null;
  /** Who asked for that; null: a signal, or nobody. */
  readonly by: AskedBy | null;
  /** Its priority is what an operator made it, or has just made it again; `otherwise`: what it would be without that. */
  readonly operated: { readonly otherwise: number; readonly by: AskedBy | null } | null;
  /** Another member of its sync group led. */
  readonly follows: { readonly group: string; readonly leader: string; readonly cause: CauseName | null } | null;
  /** When and why it came into the state that it leaves; null: it never was in any. */
  readonly former: { readonly at: Micros; readonly cause: CauseName } | null;
}

export interface Classified {
  readonly cause: CauseName;
  readonly evidence: Evidence;
}

/** Why `before` became `after` on this event; null: the group was put together anew. */
export function classify(before: Instance, after: Instance, s: Settings, e: VrrpEvent | null, w: Witness): Classified {
  const common: Evidence = {
    ...(w.link === null ? {} : { link: w.link }),
    ...(after.trackingDelta === 0 ? {} : { tracking: after.trackingDelta }),
  };
  const { cause, evidence } = judge(before, after, s, e, w);
  const by = cause === 'operator' && evidence.operation === undefined ? w.by : cause === 'reload' ? w.by : null;
  return Object.freeze({ cause, evidence: Object.freeze({ ...evidence, ...askedBy(by), ...common }) });
}

function askedBy(by: AskedBy | null): Evidence {
  if (by === null) return {};
  return {
    operation: by.operation,
    ...(by.user === null ? {} : { operator: by.user }),
    ...(by.uid === null ? {} : { operatorUid: by.uid }),
    ...(by.pid === null ? {} : { operatorPid: by.pid }),
  };
}

/** Priority that it would have but for the operator. */
function unoperated({ otherwise }: NonNullable<Witness['operated']>, { trackingDelta }: Instance): number {
  return otherwise === 255 ? 255 : Math.min(254, Math.max(1, otherwise + trackingDelta));
}

function judge(before: Instance, after: Instance, s: Settings, e: VrrpEvent | null, w: Witness): Classified {
  if (w.follows !== null) {
    const { group, leader, cause } = w.follows;
    return { cause: 'sync_group', evidence: { group, leader, ...(cause === null ? {} : { leaderCause: cause }) } };
  }
  if (e?.kind === 'lease_lost') return { cause: 'lease_lost', evidence: {} };
  if (after.state === 'initialize') return { cause: w.occasion ?? 'stop', evidence: {} };
  if (after.state === 'fault') return faulted(before, after, w.occasion);
  if (before.state === 'initialize' || e?.kind === 'startup') {
    const resumed = e?.kind === 'startup' && e.resume === true && after.state === 'active';
    return { cause: w.occasion ?? 'start', evidence: resumed ? { text: 'going on where the process that died was Active' } : {} };
  }
  if (before.state === 'fault') return recovered(before, after, w.occasion);
  return after.state === 'active' ? tookOver(before, s, e, w) : gaveUp(before, after, s, e, w);
}

/** Whatever takes a link away takes its addresses and sockets along: the link is the cause. */
const RANK: readonly FaultReason['kind'][] = ['interface_missing', 'interface_down', 'script', 'file', 'process', 'bfd'];

function rank({ kind }: FaultReason): number {
  const found = RANK.indexOf(kind);
  return found < 0 ? RANK.length : found;
}

function firstOf(reasons: readonly FaultReason[]): FaultReason | undefined {
  return reasons.toSorted((a, b) => rank(a) - rank(b))[0];
}

function newIn(reasons: readonly FaultReason[], others: readonly FaultReason[]): readonly FaultReason[] {
  const known = new Set(others.map((r) => JSON.stringify(r)));
  const fresh = reasons.filter((r) => !known.has(JSON.stringify(r)));
  return fresh.length > 0 ? fresh : reasons;
}

function faulted(before: Instance, after: Instance, occasion: Witness['occasion']): Classified {
  const reason = firstOf(newIn(after.faults, before.faults));
  return reason ? reasonOf(reason) : { cause: occasion ?? 'start', evidence: {} };
}

function recovered(before: Instance, after: Instance, occasion: Witness['occasion']): Classified {
  const reason = firstOf(newIn(before.faults, after.faults));
  if (!reason) return { cause: occasion ?? 'start', evidence: {} };
  const { cause, evidence } = reasonOf(reason);
  return { cause, evidence: { ...evidence, recovered: true } };
}

function reasonOf(reason: FaultReason): Classified {
  switch (reason.kind) {
    case 'interface_down':
    case 'interface_missing':
      return { cause: 'link', evidence: { name: reason.name } };
    case 'script':
    case 'file':
    case 'process':
    case 'bfd':
      return { cause: reason.kind, evidence: { name: reason.name } };
    case 'no_source_address':
      return { cause: 'address_lost', evidence: { text: `no IPv${reason.family} address to send from` } };
    case 'source_not_configured':
      return { cause: 'address_lost', evidence: { text: 'the source address is not on this host' } };
    case 'socket':
    case 'config':
      return { cause: 'fault', evidence: { text: reason.text } };
  }
}

/** Who talked within so many intervals talks still. */
const TALKS = 2;

function tookOver(before: Instance, s: Settings, e: VrrpEvent | null, w: Witness): Classified {
  if (e?.kind !== 'expired') return { cause: w.occasion ?? (e?.kind === 'settings' ? 'reload' : 'start'), evidence: {} };
  const interval = before.activeAdverInterval;
  const last = w.lastAdvert !== null && (w.former === null || w.lastAdvert.at >= w.former.at) ? w.lastAdvert : null;
  const talks = (at: Micros): boolean => e.at + w.late - at < TALKS * interval;
  const evidence: Evidence = {
    ...(last === null ? {} : { peer: last.source, peerPriority: last.priority, lastAdvertAgeSeconds: ageOf(e.at, last.at) }),
    ownPriority: before.effectivePriority,
    lateSeconds: toSeconds(w.late),
    drops: w.drops,
    ...(w.refused === null ? {} : { refused: w.refused.count, refusedReason: w.refused.reason, refusedFrom: w.refused.source }),
  };
  const found = (cause: CauseName): Classified => ({ cause, evidence });
  if (last?.priority === 0) return found('peer_resigned');
  if (w.late > interval) return found('own_stall');
  if (last !== null && last.priority < before.effectivePriority && talks(last.at)) {
    if (w.operated === null || unoperated(w.operated, before) > last.priority) return found('preempt');
    return { cause: 'operator', evidence: { ...evidence, ...askedBy(w.operated.by) } };
  }
  if (w.refused !== null && talks(w.refused.at) && (last === null || w.refused.source === last.source)) return found('adverts_refused');
  if (w.drops > 0) return found('receive_drops');
  if (last !== null) return found('peer_silent');
  const began = w.former?.cause;
  return found(w.occasion ?? (s.wantsActive && before.held ? 'start' : began === 'start' || began === 'reload' ? began : 'unopposed'));
}

function gaveUp(before: Instance, after: Instance, s: Settings, e: VrrpEvent | null, w: Witness): Classified {
  switch (e?.kind) {
    case 'woke_late':
      return { cause: 'own_stall', evidence: { lateSeconds: toSeconds(e.late) } };
    case 'address_lost':
      return { cause: 'address_lost', evidence: { text: 'removed by somebody else again and again' } };
    case 'advert': {
      const evidence: Evidence = { peer: e.source, peerPriority: e.priority, ownPriority: after.effectivePriority };
      if (before.wokeLate !== null) return { cause: 'own_stall', evidence };
      if (w.occasion === 'operator') return { cause: 'operator', evidence };
      if (w.operated !== null) {
        const without = unoperated(w.operated, after);
        if (without > after.effectivePriority && without >= e.priority)
          return { cause: 'operator', evidence: { ...evidence, ...askedBy(w.operated.by) } };
      }
      const tracker = blamed(after.effectivePriority, e.priority, s, w.trackers);
      if (!tracker) return { cause: 'rival', evidence };
      return { cause: tracker.kind === 'interface' ? 'link' : tracker.kind, evidence: { ...evidence, name: tracker.name } };
    }
    default:
      return { cause: w.occasion ?? 'fault', evidence: {} };
  }
}

/** The tracker without which we would not have lost; undefined: the other is better anyway. */
function blamed(ours: number, theirs: number, s: Settings, trackers: readonly Contribution[]): Contribution | undefined {
  const missing = (t: Contribution): number => t.best - t.adds;
  const best = Math.min(254, s.priority + trackers.reduce((sum, t) => sum + t.best, 0));
  if (s.priority === 255 || best <= ours || best < theirs) return undefined;
  return trackers.filter((t) => missing(t) > 0).toSorted((a, b) => missing(b) - missing(a))[0];
}

function ageOf(now: Micros, then: Micros): number {
  return Math.max(0, now - then) / 1e6;
}
