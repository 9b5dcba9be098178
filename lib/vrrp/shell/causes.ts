// SPDX-License-Identifier: MIT
// Brings what is known around a transition to core/cause.ts: what the engine heard last, how late it was, what its socket
// dropped, links, trackers, and what is going on. Looked at when a state has changed, after the packets are out.

import type { Ip } from '../../base/address.ts';
import { type Micros, micros } from '../../base/time.ts';
import type { LoadReason } from '../../ports/operator.ts';
import type { Contribution } from '../../ports/tracking.ts';
import { type CauseName, classify, type TransitionRecord, type Witness } from '../core/cause.ts';
import type { VrrpEffect } from '../core/effects.ts';
import type { VrrpEvent } from '../core/events.ts';
import type { Instance } from '../core/types.ts';
import type { Router, RouterDeps } from './router.ts';
import { advertInterface } from './settings.ts';

type Transition = Extract<VrrpEffect, { kind: 'state_changed' }>;

/** One step of a machine: what happened, to whom, and how everybody was before. */
export interface Moment {
  /** Of this router; null: its group was put together anew. */
  eventOf(router: Router): VrrpEvent | null;
  before(router: Router): Instance | undefined;
  /** The member it happened to; null: there is none, or to each. */
  readonly leader: Router | null;
}

export interface Causes {
  /** While `work` runs, what happens is of its making; what operators have changed counts from here on. */
  during(reason: LoadReason, work: () => void): void;
  /** The record of a transition; it is the router's last one from now on. */
  record(deps: RouterDeps, router: Router, effect: Transition, moment: Moment): TransitionRecord;
}

/** `trackers`: what they add to the priority of an instance. */
export function createCauses(
  trackers: (instance: string) => readonly Contribution[],
  operatedAtStart: LoadReason['operated'] = [],
): Causes {
  let reason: LoadReason | null = null;
  let operated = new Map(operatedAtStart.map((o) => [o.instance, { otherwise: o.configured, priority: o.priority, by: o.by }]));
  /** Taken back: it counts until the router has moved, or another configuration comes. */
  const lingering = new Map<string, NonNullable<Witness['operated']>>();

  function follow(next: LoadReason): void {
    const now = new Map(next.operated.map((o) => [o.instance, { otherwise: o.configured, priority: o.priority, by: o.by }]));
    lingering.clear();
    if (next.occasion === 'operator')
      for (const [name, { priority }] of operated) if (!now.has(name)) lingering.set(name, { otherwise: priority, by: next.by });
    operated = now;
  }

  function witness(deps: RouterDeps, router: Router, event: VrrpEvent | null, moment: Moment): Witness {
    const at = event?.at ?? deps.native.now();
    const known = router.endpoint === null ? null : deps.engine.testimony(router.key, at);
    const heard = known !== null && known.heardAt > 0 && known.heardAt <= at ? known : null;
    const lastAdvert = heard ? { at: micros(heard.heardAt), source: heard.source as Ip, priority: heard.priority } : router.lastAdvert;
    const name = advertInterface(router.config);
    return {
      lastAdvert,
      drops: known?.drops ?? 0,
      refused:
        known && known.refused > 0
          ? { count: known.refused, reason: known.reason, source: known.refusedSource, at: micros(known.refusedAt) }
          : null,
      late: event?.kind === 'expired' ? router.late : micros(0),
      link: name === null ? null : deps.view.byName(name) === undefined ? 'missing' : deps.view.isUp(name) ? 'up' : 'down',
      trackers: trackersOf(router),
      occasion: router.removed !== 'no' ? 'reload' : (reason?.occasion ?? null),
      by: reason?.by ?? null,
      operated: lingering.get(router.config.name) ?? operated.get(router.config.name) ?? null,
      follows: followed(router, moment, at),
      former: router.transition && { at: router.transition.at, cause: router.transition.record.cause },
    };
  }

  function trackersOf(router: Router): readonly Contribution[] {
    // A router that a reload took away is tracked no more.
    return router.removed === 'no' ? trackers(router.config.name) : [];
  }

  return {
    during(what, work) {
      follow(what);
      reason = what;
      try {
        work();
      } finally {
        reason = null;
      }
    },
    record(deps, router, effect, moment) {
      const event = moment.eventOf(router);
      const at = event?.at ?? deps.native.now();
      const before = moment.before(router) ?? router.instance;
      // A state that was passed through on the way to the present one is told as it was.
      const after = router.instance.state === effect.to ? router.instance : { ...router.instance, state: effect.to };
      const { cause, evidence } = classify(
        { ...before, state: effect.from },
        after,
        router.settings,
        event,
        witness(deps, router, event, moment),
      );
      const record: TransitionRecord = Object.freeze({
        at: Date.now() * 1000 - Math.max(0, deps.native.now() - at),
        from: effect.from,
        to: effect.to,
        priority: effect.priority,
        cause,
        evidence,
      });
      router.transition = { at, record };
      lingering.delete(router.config.name);
      return record;
    },
  };
}

function followed(router: Router, { leader }: Moment, at: Micros): Witness['follows'] {
  if (leader === null || leader === router || router.group === null) return null;
  const cause: CauseName | null = leader.transition?.at === at ? leader.transition.record.cause : null;
  return { group: router.group.name, leader: leader.config.name, cause };
}
