// SPDX-License-Identifier: MIT
// Standing orders at run time (decisions.md section 1): before a machine is stepped the engine is kept from acting and what
// it did meanwhile is replayed through the same machine; at the end of the turn what may happen next is given to it anew.
// What the machines would do is core/standing.ts's; here it becomes bytes.

import type { Ip } from '../../base/address.ts';
import { micros } from '../../base/time.ts';
import type { Deed, FaultOrder, StandingOrders, Takeover } from '../../native/standing-surface.ts';
import type { VrrpEvent } from '../core/events.ts';
import { type Standing, standingOf, surrenderOf } from '../core/standing.ts';
import { preparedBurst } from './announcements.ts';
import { devicesOf } from './holdings.ts';
import type { PreparedBatch, PreparedRelease } from './kernel-writer.ts';
import { type Orders, type Router, type RouterDeps, run } from './router.ts';
import { advertInterface, frameOf, heldAddresses, interfaceOf } from './settings.ts';

export interface RunningOrders extends Orders {
  /** The engine is about to be closed. */
  end(): void;
}

/** What the engine holds for routers that move together. */
interface Given {
  readonly routers: readonly Router[];
  readonly members: readonly Router[];
  readonly batch: PreparedBatch | null;
  readonly release: PreparedRelease | null;
  /** What it was made of. */
  readonly basis: readonly unknown[];
  withheld: boolean;
  /** Executed: they stand for nothing more. */
  spent: boolean;
}

/** Of an Active router. */
const NO_DEADLINE = { member: 0, generation: 0, refresh: null, skew: micros(0), held: false, wait: micros(0) } as const;

/** `deps`: asked for when it is there. */
export function createOrders(deps: () => RouterDeps): RunningOrders {
  const given = new Map<Router, Given>();
  const due = new Set<Router>();
  let flushing = false;
  let ended = false;

  const soon = (router: Router): void => {
    due.add(router);
    if (flushing || ended) return;
    flushing = true;
    queueMicrotask(flush);
  };

  function flush(): void {
    flushing = false;
    const units = new Set<readonly Router[]>();
    for (const router of due) units.add(router.group?.members ?? [router]);
    due.clear();
    if (!ended) for (const unit of units) renew(deps(), unit);
  }

  function renew(d: RouterDeps, unit: readonly Router[]): void {
    const routers = unit.filter((r) => r.endpoint !== null);
    const [first] = routers;
    if (!first) {
      forget(unit);
      return;
    }
    let basis = basisOf(d, unit);
    const before = given.get(first);
    if (before && !before.spent && same(before.basis, basis)) {
      if (before.withheld) confirm(d, before);
      return;
    }
    for (const router of routers) catchUpNow(d, router);
    basis = basisOf(d, unit);
    const standing = standingOf({ state: first.group?.state ?? null, members: unit }, d.native.now());
    forget(routers);
    if (standing.stances.length > 0 || standing.yielding) give(d, unit, routers, standing, basis);
  }

  function forget(routers: readonly Router[]): void {
    for (const router of routers) {
      for (const other of given.get(router)?.routers ?? []) {
        given.delete(other);
        deps().guard.prepared(other, null);
      }
    }
  }

  function give(d: RouterDeps, unit: readonly Router[], routers: readonly Router[], standing: Standing, basis: readonly unknown[]): void {
    const { takeover, batch } = takeoverOf(d, unit, standing);
    const release = releaseOf(d, unit, standing, batch);
    const concessions = new Map(standing.yielding?.concessions.map(({ member, ...one }) => [member, one]));
    const stances = unit.flatMap((router, member) => {
      const stance = standing.stances.find((s) => s.member === member);
      const concession = (release && concessions.get(member)) ?? null;
      return router.endpoint !== null && (stance || concession) ? [{ router, stance, concession }] : [];
    });
    if (stances.length === 0) return;
    const orders: StandingOrders = {
      all: routers.map((r) => r.key),
      members: stances.map(({ router, stance: { member: _, ...stance } = NO_DEADLINE, concession }) => ({
        ...stance,
        generation: router.instance.generation,
        concession,
        key: router.key,
        read: router.read,
      })),
      takeover,
      yield: release && {
        routers: (standing.yielding?.downs ?? []).flatMap(({ member, down }) => {
          const router = unit[member];
          return router ? [{ key: router.key, down }] : [];
        }),
        ticket: release.ticket,
        netlink: release.messages,
      },
      faults: release ? faultOrdersOf(d, unit, standing) : [],
    };
    d.engine.giveOrders(orders);
    const one: Given = { routers, members: stances.map((s) => s.router), batch, release, basis, withheld: false, spent: false };
    for (const router of routers) given.set(router, one);
    for (const { key } of batch ? (takeover?.routers ?? []) : []) {
      const router = unit.find((r) => r.key === key);
      if (router && batch) d.guard.prepared(router, batch.removalMessages(key));
    }
  }

  function confirm(d: RouterDeps, one: Given): void {
    const [first] = one.members;
    if (!first) return;
    d.engine.confirmOrders(
      first.key,
      one.members.map((r) => ({ key: r.key, generation: r.instance.generation, read: r.read })),
    );
    one.withheld = false;
  }

  function catchUpNow(d: RouterDeps, router: Router): void {
    const mine = given.get(router);
    if (!mine || mine.withheld || router.endpoint === null) return;
    mine.withheld = true;
    const done = d.engine.withholdOrders(router.key);
    if (!done) return;
    const byKey = new Map(mine.routers.map((r) => [r.key, r]));
    const states = mine.routers.map((r) => r.instance.state);
    for (const deed of done.deeds) {
      const doer = byKey.get(deed.key);
      if (!doer) continue;
      const event = eventOf(d, doer, deed);
      if (deed.kind === 'expired') doer.late = deed.late;
      run(d, doer, event, { at: deed.at, batch: mine.batch, release: mine.release });
      mine.spent ||= mine.routers.some((r, n) => r.instance.state !== states[n]);
    }
    for (const { key, due: at } of done.deadlines) {
      const owner = byKey.get(key);
      if (owner && owner.instance.due !== null && owner.instance.due !== at) owner.instance = Object.freeze({ ...owner.instance, due: at });
    }
  }

  return {
    catchUp(router) {
      catchUpNow(deps(), router);
      soon(router);
    },
    drop(router) {
      catchUpNow(deps(), router);
      for (const other of given.get(router)?.routers ?? []) soon(other);
      forget([router]);
    },
    read(router, number) {
      router.read = Math.max(router.read, number);
    },
    reconsider(routers) {
      for (const router of routers) soon(router);
    },
    end() {
      ended = true;
    },
  };
}

/** The same event for the machine. */
function eventOf(d: RouterDeps, doer: Router, deed: Deed): VrrpEvent {
  switch (deed.kind) {
    case 'advert':
      return { kind: 'advert', at: deed.at, source: deed.source as Ip, priority: deed.priority, interval: deed.interval };
    case 'expired':
      return { kind: 'expired', at: deed.at, generation: doer.instance.generation };
    case 'lost':
      d.sessions.lost(deed.session);
      return { kind: 'tracking', at: deed.at, ...d.statusOf(doer) };
  }
}

/** Sessions without which routers that are Active now would be in Fault: what the engine does at the end of one. */
function faultOrdersOf(d: RouterDeps, unit: readonly Router[], standing: Standing): FaultOrder[] {
  if (standing.stances.length > 0) return [];
  const movers = { state: unit[0]?.group?.state ?? null, members: unit };
  const tracked = new Map<string, number>();
  for (const [member, router] of unit.entries())
    for (const session of router.instance.started ? d.sessions.needed(router.config.name) : [])
      if (!tracked.has(session)) tracked.set(session, member);
  return [...tracked].flatMap(([session, member]) => {
    const router = unit[member];
    if (!router) return [];
    const { trackingDelta, faults, waiting, source } = router.instance;
    const at = d.native.now();
    const lost: VrrpEvent = { kind: 'tracking', at, trackingDelta, faults: [...faults, { kind: 'bfd', name: session }], waiting, source };
    const surrender = surrenderOf(movers, member, lost);
    const farewells = (standing.yielding?.downs ?? []).map((down) => surrender?.find((s) => s.member === down.member)?.farewells);
    return farewells.every((f) => f !== undefined) ? [{ session, key: router.key, farewells }] : [];
  });
}

function takeoverOf(
  d: RouterDeps,
  unit: readonly Router[],
  { takeover }: Standing,
): { takeover: Takeover | null; batch: PreparedBatch | null } {
  const none = { takeover: null, batch: null };
  const attached = unit.every((r) => !r.instance.started || (r.endpoint !== null && r.source !== null));
  if (!takeover || !attached) return none;
  const effects = takeover.flatMap(({ member, effect }) => {
    const router = unit[member];
    return router ? [{ router, effect }] : [];
  });
  const batch = d.writer.prepare(effects.flatMap(({ router, effect }) => (effect.kind === 'own_addresses' ? [router] : [])));
  const routers = effects.flatMap(({ router, effect }) => {
    if (effect.kind !== 'advertise' || router.source === null) return [];
    const frame = frameOf(router.config, router.source, effect.priority, router.oldUnicastSum);
    return [{ key: router.key, frame, every: effect.every, resignation: { farewells: 1, netlink: batch.removalMessages(router.key) } }];
  });
  const announcements = effects.flatMap(({ router, effect }) =>
    effect.kind === 'announce' ? preparedBurst(d, router, effect, batch.ticket).map((plan) => ({ ...plan, key: router.key })) : [],
  );
  return { takeover: { routers, ticket: batch.ticket, netlink: batch.messages, announcements }, batch };
}

/** What takes everything away again, from Active routers or from those that a takeover would make so. */
function releaseOf(d: RouterDeps, unit: readonly Router[], standing: Standing, batch: PreparedBatch | null): PreparedRelease | null {
  if (!standing.yielding) return null;
  if (standing.stances.length > 0) return batch?.release ?? null;
  const attached = unit.every((r) => !r.instance.started || r.endpoint !== null);
  return attached ? d.writer.prepareRelease(standing.yielding.downs.flatMap(({ member }) => unit[member]?.key ?? [])) : null;
}

/** Everything that orders depend on but the deadline itself, to be compared one by one. */
function basisOf(d: RouterDeps, unit: readonly Router[]): readonly unknown[] {
  const now = d.native.now();
  return unit.flatMap((router) => {
    const { instance, settings, config, endpoint, source, oldUnicastSum, group } = router;
    const held = Object.entries(instance).flatMap(([name, value]) => (name === 'due' || name === 'generation' ? [] : [value]));
    const delayed = instance.notBefore > now;
    return [
      router,
      settings,
      config,
      endpoint,
      source,
      oldUnicastSum,
      group?.state ?? null,
      delayed,
      instance.due === null,
      d.writer.revision(router.key),
      d.sessions.needed(config.name).join(),
      linksOf(d, config),
      ...held,
    ];
  });
}

/** What is known of the interfaces that carry adverts, addresses and routes. */
function linksOf(d: RouterDeps, config: Router['config']): string {
  const names = [
    advertInterface(config),
    ...heldAddresses(config).map((a) => interfaceOf(config, a)),
    ...devicesOf([], config.virtual_routes, config.virtual_rules),
  ];
  return [...new Set(names)]
    .map((name) => {
      const link = name === null ? undefined : d.view.byName(name);
      return link ? `${link.ifindex} ${link.mac.join(':')} ${d.view.canAnnounce(link)}` : '';
    })
    .join();
}

function same(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((value, n) => value === b[n]);
}
