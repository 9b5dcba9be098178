// SPDX-License-Identifier: MIT
// Gratuitous ARPs and unsolicited Neighbor Advertisements of one router: what is announced, when, how fast, and the lines
// that keepalived writes about it (reference: VRRP document, section 9).

import { type Family, type Ip, ipFamily } from '../../base/address.ts';
import { add, type Micros, micros, seconds } from '../../base/time.ts';
import type { Announcement, AnnouncePlan, Link } from '../../native/surface.ts';
import type { VrrpEffect } from '../core/effects.ts';
import type { Pace } from './pacing.ts';
import type { Router, RouterDeps } from './router.ts';
import { announcementOf, heldAddresses, isUnicast } from './settings.ts';

type Burst = Extract<VrrpEffect, { kind: 'announce' }>;

/** What the engine takes; nobody needs more, and a burst has to end. */
const MOST_ROUNDS = 10_000;
const MOST_ROUNDS_TOLD = 100;
/** Rivals that advertise faster than any v2 router are answered with adverts, not with a flood of announcements. */
const RIVAL_GAP = seconds(0.5);
/** The second burst of a kind replaces one that is still to come. */
const SLOT = { none: 0, again: 1, lowerPriority: 2 } as const;

/** What one router will announce later; all of it ends with cancelAnnouncements(). */
export interface AnnounceSchedule {
  readonly cancels: Map<string, () => void>;
  /** When a burst last answered a router of lower priority. */
  answeredAt: Micros | null;
}

export function newAnnounceSchedule(): AnnounceSchedule {
  return { cancels: new Map(), answeredAt: null };
}

/**
 * A burst over all addresses now, and another one later when the effect asks for it. `done`: the engine has it already, so
 * that only its lines are left.
 */
export function announceBurst(deps: RouterDeps, router: Router, { repeat, again, why }: Burst, done = false): void {
  const now = deps.native.now();
  const rival = why === 'lower_priority';
  if (rival) {
    const { answeredAt } = router.schedule;
    if (answeredAt !== null && now - answeredAt < RIVAL_GAP) return;
    router.schedule.answeredAt = now;
  }
  announce(deps, router, repeat, micros(0), SLOT.none, done);
  if (again > 0) announce(deps, router, repeat, add(now, again), rival ? SLOT.lowerPriority : SLOT.again, done);
}

/** The plans of such a burst on becoming Active, for later: their times count from then. `ticket`: what they wait for. */
export function preparedBurst(deps: RouterDeps, router: Router, { repeat, again }: Burst, ticket: number): readonly AnnouncePlan[] {
  const list = heldAnnouncements(deps, router);
  const rounds = Math.min(repeat, MOST_ROUNDS);
  const second = again > 0 ? plansOf(deps, list, rounds, again, SLOT.again, ticket) : [];
  return [...plansOf(deps, list, rounds, micros(0), SLOT.none, ticket), ...second];
}

/** Hands the engine a burst; at 0 is now. Its lines are logged when it goes out, as keepalived does. */
export function announce(deps: RouterDeps, router: Router, wanted: number, at: Micros, slot: number = SLOT.none, done = false): void {
  const list = heldAnnouncements(deps, router);
  const repeat = Math.min(wanted, MOST_ROUNDS);
  if (!done) hand(deps, router, list, repeat, at, slot);
  if (list.length === 0 || repeat === 0 || deps.log.detailLevel === 0) return;
  if (at === 0) logBurst(deps, router, list, repeat);
  else logLater(deps, router, at, slot, () => logBurst(deps, router, list, repeat));
}

/** Refresh bursts every `every` from `firstAt` on, in place of former ones; 0 ends them. */
export function announcePeriodically(deps: RouterDeps, router: Router, repeat: number, every: Micros, firstAt: Micros): void {
  repeatedly(deps, router, 'refresh', every, firstAt, () => announce(deps, router, repeat, micros(0)));
}

/**
 * One announcement for each interface that holds addresses but sends no adverts, so that switches keep knowing where it
 * is: VMACs, or with garp_extra_if's `all` any interface. Every `every` from `firstAt` on; 0 ends them.
 */
export function announceExtraInterfaces(deps: RouterDeps, router: Router, every: Micros, firstAt: Micros): void {
  repeatedly(deps, router, 'extra', every, firstAt, () => {
    const known = new Set<number>([router.ifindex]);
    const list = heldAnnouncements(deps, router).filter(({ ifindex }) => {
      const wanted = router.config.garp_extra_if.all || deps.view.byIndex(ifindex)?.linkKind === 'macvlan';
      if (!wanted || known.has(ifindex)) return false;
      known.add(ifindex);
      return true;
    });
    hand(deps, router, list, 1, micros(0), SLOT.none);
    if (deps.log.detailLevel > 0) logBurst(deps, router, list, 1);
  });
}

/** Our own source address, for the peers that send to it (section 6.6). Nothing without ARP or NA on the interface. */
export function announceSource(deps: RouterDeps, router: Router): void {
  const { config, source } = router;
  const link = config.interface === null ? undefined : deps.view.byName(config.interface);
  if (!isUnicast(config) || source === null || !link || !deps.view.canAnnounce(link)) return;
  deps.log.detail(`${config.name}: sending gratuitous ${config.family === 4 ? 'ARP' : 'NA'} for ${source}`);
  const base = (link.linkKind === 'macvlan' && deps.view.byIndex(link.parentIndex)) || link;
  const own = [ownAnnouncement(deps, base, source)];
  hand(deps, router, own, 1, micros(0), SLOT.none);
  logBurst(deps, router, own, 1, false);
}

/** Each of these addresses once, because somebody else has claimed it. Nothing with `garp_master_repeat 0`. */
export function announceClaimed(deps: RouterDeps, router: Router, addresses: readonly Ip[]): void {
  if (router.settings.announce.repeat === 0) return;
  const list = heldAnnouncements(deps, router).filter((a) => addresses.includes(a.address as Ip));
  hand(deps, router, list, 1, micros(0), SLOT.none);
  logBurst(deps, router, list, 1);
}

function ownAnnouncement(deps: RouterDeps, link: Link, address: Ip): Announcement {
  return { ifindex: link.ifindex, address, mac: link.mac, router: ipFamily(address) === 6 && deps.forwards(link.name) };
}

/** Drops everything that is queued or periodic. */
export function cancelAnnouncements(deps: RouterDeps, router: Router): void {
  for (const cancel of router.schedule.cancels.values()) cancel();
  router.schedule.cancels.clear();
  router.schedule.answeredAt = null;
  deps.engine.cancelAnnouncements(router.key);
}

function heldAnnouncements(deps: RouterDeps, router: Router): Announcement[] {
  const list: Announcement[] = [];
  for (const a of heldAddresses(router.config)) {
    const one = announcementOf(router.config, a, deps.view, deps.forwards);
    if (one) list.push(one);
  }
  return list;
}

function hand(deps: RouterDeps, router: Router, list: readonly Announcement[], repeat: number, at: Micros, slot: number): void {
  // Without sockets the engine does not know the router.
  if (router.endpoint === null) return;
  for (const plan of plansOf(deps, list, repeat, at, slot, router.ticket)) deps.engine.announce(router.key, plan);
}

/** One plan for each pace; what is not paced stays in the order of configuration. */
function plansOf(
  deps: RouterDeps,
  list: readonly Announcement[],
  repeat: number,
  at: Micros,
  slot: number,
  afterTicket: number,
): readonly AnnouncePlan[] {
  if (repeat === 0) return [];
  const plans = new Map<number, Pace & { announcements: Announcement[] }>();
  for (const a of list) {
    const link = deps.view.byIndex(a.ifindex);
    if (!link) continue;
    const pace = deps.paceOf(link, familyOf(a));
    const plan = plans.get(pace.clock) ?? { ...pace, announcements: [] };
    plan.announcements.push(a);
    plans.set(pace.clock, plan);
  }
  return [...plans.values()].map((plan) => ({ ...plan, repeat, at, slot, afterTicket }));
}

function familyOf(a: Announcement): Family {
  return a.address.includes(':') ? 6 : 4;
}

function repeatedly(deps: RouterDeps, router: Router, name: string, every: Micros, firstAt: Micros, act: () => void): void {
  const { cancels } = router.schedule;
  cancels.get(name)?.();
  cancels.delete(name);
  if (every === 0) return;
  const fire = (due: Micros): void => {
    const cancel = deps.clock.after(micros(Math.max(0, due - deps.clock.now())), () => {
      act();
      // After a stall the next due time is the one ahead of us, not all that were missed.
      const missed = Math.max(0, Math.floor((deps.clock.now() - due) / every));
      fire(add(due, micros((missed + 1) * every)));
    });
    cancels.set(name, cancel);
  };
  fire(firstAt);
}

function logLater(deps: RouterDeps, router: Router, at: Micros, slot: number, write: () => void): void {
  const { cancels } = router.schedule;
  const name = `lines ${slot}`;
  cancels.get(name)?.();
  const cancel = deps.clock.after(micros(Math.max(0, at - deps.clock.now())), () => {
    cancels.delete(name);
    write();
  });
  cancels.set(name, cancel);
}

function logBurst(deps: RouterDeps, router: Router, list: readonly Announcement[], repeat: number, isBurst = true): void {
  const on = (a: Announcement): string => `on ${deps.view.byIndex(a.ifindex)?.name ?? '?'} for ${a.address}`;
  for (let round = 0; round < Math.min(repeat, MOST_ROUNDS_TOLD); round++) {
    for (const a of list) {
      const arp = familyOf(a) === 4;
      const what = arp ? 'gratuitous ARPs' : 'Unsolicited Neighbour Adverts';
      if (round === 0 && isBurst) deps.log.detail(`(${router.config.name}) Sending/queueing ${what} ${on(a)}`);
      deps.log.detail(`Sending ${arp ? 'gratuitous ARP' : 'unsolicited Neighbour Advert'} ${on(a)}`);
    }
  }
}
