// Gratuitous ARPs and unsolicited Neighbor Advertisements of one router: what is announced, how fast, and the lines that
// keepalived writes about it (reference: VRRP document, section 9).

import type { Family } from '../../base/address.ts';
import { add, type Micros, micros } from '../../base/time.ts';
import type { Announcement } from '../../native/surface.ts';
import type { Router, RouterDeps } from './router.ts';
import { announcementOf, heldAddresses } from './settings.ts';

/** Hands the engine a burst; at 0 is now. Its lines are logged when it goes out, as keepalived does. */
export function announce(deps: RouterDeps, router: Router, repeat: number, at: Micros): void {
  const list = announcements(deps, router);
  if (list.length === 0 || repeat === 0) return;
  for (const { some, pacing } of byPace(deps, list))
    deps.engine.announce(router.key, { announcements: some, repeat, at, afterTicket: router.ticket, pacing });
  if (deps.log.detailLevel === 0) return;
  if (at === 0) logBurst(deps, router, list, repeat);
  else logLater(deps, router, at, () => logBurst(deps, router, list, repeat));
}

/** Bursts every `every` from `firstAt` on, in place of former ones; 0 ends them. */
export function announcePeriodically(deps: RouterDeps, router: Router, repeat: number, every: Micros, firstAt: Micros): void {
  router.cancelRefresh?.();
  router.cancelRefresh = null;
  if (every === 0) return;
  const fire = (due: Micros): void => {
    router.cancelRefresh = deps.clock.after(micros(Math.max(0, due - deps.clock.now())), () => {
      announce(deps, router, repeat, micros(0));
      fire(add(due, every));
    });
  };
  fire(firstAt);
}

/** Drops everything that is queued or periodic. */
export function cancelAnnouncements(deps: RouterDeps, router: Router): void {
  router.cancelRefresh?.();
  router.cancelRefresh = null;
  for (const cancel of router.cancelTimers) cancel();
  router.cancelTimers.clear();
  deps.engine.cancelAnnouncements(router.key);
}

function announcements(deps: RouterDeps, router: Router): Announcement[] {
  const list: Announcement[] = [];
  for (const a of heldAddresses(router.config)) {
    const one = announcementOf(router.config, a, deps.view, deps.forwards);
    if (one) list.push(one);
  }
  return list;
}

function familyOf(a: Announcement): Family {
  return a.address.includes(':') ? 6 : 4;
}

/** garp_interval and gna_interval are two clocks; where they agree the burst stays in the order of configuration. */
function byPace(deps: RouterDeps, list: readonly Announcement[]): readonly { some: readonly Announcement[]; pacing: Micros }[] {
  if (deps.pacing(4) === deps.pacing(6)) return [{ some: list, pacing: deps.pacing(4) }];
  return ([4, 6] as const)
    .map((family) => ({ some: list.filter((a) => familyOf(a) === family), pacing: deps.pacing(family) }))
    .filter(({ some }) => some.length > 0);
}

function logLater(deps: RouterDeps, router: Router, at: Micros, write: () => void): void {
  const cancel = deps.clock.after(micros(Math.max(0, at - deps.clock.now())), () => {
    router.cancelTimers.delete(cancel);
    write();
  });
  router.cancelTimers.add(cancel);
}

function logBurst(deps: RouterDeps, router: Router, list: readonly Announcement[], repeat: number): void {
  const on = (a: Announcement): string => `on ${deps.view.byIndex(a.ifindex)?.name ?? '?'} for ${a.address}`;
  for (const a of list) {
    const what = familyOf(a) === 4 ? 'gratuitous ARPs' : 'Unsolicited Neighbour Adverts';
    deps.log.detail(`(${router.config.name}) Sending/queueing ${what} ${on(a)}`);
  }
  for (let round = 0; round < repeat; round++) {
    for (const a of list) deps.log.detail(`Sending ${familyOf(a) === 4 ? 'gratuitous ARP' : 'unsolicited Neighbour Advert'} ${on(a)}`);
  }
}
