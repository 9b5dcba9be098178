// SPDX-License-Identifier: MIT
// What happens in a child, for those who watch the daemon, and what happened last to each of its objects. It listens where
// scripts and mails do: everything that is told to the world passes there.

import { seconds } from '../base/time.ts';
import { createAllowance } from '../control/core/allowance.ts';
import type { EventBody, Transition, TransitionCount } from '../control/document.ts';
import type { Clock } from '../ports/clock.ts';
import type { Notifier } from '../ports/notifier.ts';
import type { PoolNotifier } from '../ports/pool-notifier.ts';

type Tell = (event: EventBody) => void;

/** What a file that is written all the time, or a script that wavers, may tell: so much at once, and so much a second. */
const burst = 300;
const perSecond = 20;
/** How often it is said that something was left out. */
const silence = seconds(10);

/** Passes on what the parent and those who watch can take; the rest is counted and told as one. */
export function withinBounds(tell: Tell, clock: Pick<Clock, 'now' | 'after'>): Tell {
  const allowance = createAllowance(burst, perSecond);
  let left = 0;
  return (event) => {
    if (allowance.take(clock.now())) return tell(event);
    left++;
    if (left > 1) return;
    clock.after(silence, () => {
      tell({ kind: 'notice', name: 'events_left_out', about: String(left), text: `more than ${perSecond} a second were to be told` });
      left = 0;
    });
  };
}

export interface RouterChanges {
  /** `inner`, with us behind it. */
  withEvents(inner: Notifier): Notifier;
  /** The latest transition of an instance; null: there was none yet. */
  last(instance: string): Transition | null;
  /** Its transitions so far, by where it went and why. */
  counts(instance: string): readonly TransitionCount[];
}

const states: readonly string[] = ['MASTER', 'BACKUP', 'FAULT', 'STOP', 'DELETED'];

export function createRouterChanges(tell: Tell): RouterChanges {
  const latest = new Map<string, Transition>();
  const counted = new Map<string, Map<string, TransitionCount>>();
  const count = (instance: string, to: string, cause = 'unknown') => {
    const own = counted.get(instance) ?? new Map<string, TransitionCount>();
    counted.set(instance, own);
    const key = `${to} ${cause}`;
    own.set(key, { to, cause, count: (own.get(key)?.count ?? 0) + 1 });
  };
  return {
    withEvents: (inner) => ({
      ...inner,
      notify(notification) {
        inner.notify(notification);
        const { kind, name, state, priority, why } = notification;
        if (!states.includes(state)) return;
        if (kind === 'GROUP') return tell({ kind: 'group', group: name, to: state });
        const from = latest.get(name)?.to ?? 'INIT';
        const change = { from, to: state, priority, ...(why ? { cause: why.cause, evidence: why.evidence } : {}) };
        latest.set(name, { at: why ? why.at / 1e6 : Date.now() / 1000, ...change });
        count(name, state, why?.cause);
        tell({ kind: 'transition', instance: name, ...change });
      },
      trouble(notice) {
        inner.trouble?.(notice);
        const { kind, over, instance, why, address, mac, lasted, text } = notice;
        const word = over ? (kind === 'deaf' ? 'heard_again' : 'resolved') : kind;
        tell({ kind: word, instance, why, address, mac, lastedSeconds: lasted === null ? null : lasted / 1e6, text });
      },
    }),
    last: (instance) => latest.get(instance) ?? null,
    counts: (instance) => [...(counted.get(instance)?.values() ?? [])],
  };
}

export interface PoolChanges {
  withEvents(inner: PoolNotifier): PoolNotifier;
  /** Time of day in seconds of the last change of a server; null: it has not changed. */
  since(pool: string, server: string): number | null;
}

export function createPoolChanges(tell: Tell): PoolChanges {
  const latest = new Map<string, number>();
  return {
    withEvents: (inner) => ({
      ...inner,
      serverChanged(vs, rs, up) {
        inner.serverChanged(vs, rs, up);
        latest.set(`${vs.name} ${rs.name}`, Date.now() / 1000);
        tell({ kind: 'server', pool: vs.name, server: rs.name, up });
      },
      serviceChanged(vs, up, text) {
        inner.serviceChanged(vs, up, text);
        tell({ kind: 'pool', pool: vs.name, up, quorum: vs.quorum, text });
      },
      weightChanged(vs, rs, weight) {
        inner.weightChanged?.(vs, rs, weight);
        tell({ kind: 'weight', pool: vs.name, server: rs.name, weight });
      },
    }),
    since: (pool, server) => latest.get(`${pool} ${server}`) ?? null,
  };
}
