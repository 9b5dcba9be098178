// SPDX-License-Identifier: MIT
// The routers of this process: made, given their sockets, started, kept true, removed.

import type { Ip } from '../../base/address.ts';
import { type Micros, micros } from '../../base/time.ts';
import type { Config, VrrpInstance } from '../../config/model.ts';
import type { Resume } from '../../ports/guard.ts';
import type { Followed } from '../../ports/prospect.ts';
import type { VrrpContext } from '../../ports/vrrp-shell.ts';
import type { Tracked } from '../core/events.ts';
import { initial, type Startup } from '../core/instance.ts';
import { newAnnounceSchedule } from './announcements.ts';
import { receiveShare } from './endpoints.ts';
import { faultsOf, sourceOf, trackedLinks } from './faults.ts';
import { createGroups, type Groups } from './groups.ts';
import type { Handovers } from './handover.ts';
import { trackedStaticDevices } from './holdings.ts';
import { ownAddressKeys } from './kernel-writer.ts';
import type { NetworkView } from './network-view.ts';
import { attach, detach, dispatch, type Router, type RouterDeps } from './router.ts';
import { advertInterface, settingsOf } from './settings.ts';
import { newTally } from './statistics.ts';
import { vridConflict } from './vrid-conflicts.ts';

/** The routers of this process and what can be done with one; used by the reload too. */
export interface Routers {
  readonly all: ReadonlyMap<number, Router>;
  readonly groups: Groups;
  readonly deps: RouterDeps;
  now(): Micros;
  /** Creates a router for an instance; nothing happens before start(). */
  add(config: VrrpInstance): Router;
  /**
   * Opens their sockets and sends the machines their startup events; members of one sync group begin together. `resume`: who goes
   * on where a dead process was Active, by name.
   */
  start(routers: readonly Router[], resume?: ReadonlyMap<string, Resume>): void;
  /** Resigns if active, and forgets the router. */
  remove(router: Router, how: 'deleted' | 'replaced'): void;
  /** Trackers, interface and source address as they are now. */
  statusOf: RouterDeps['statusOf'];
  /** Brings sockets and source in line with the present and tells the machine the whole truth about its faults. */
  refresh(router: Router): void;
  /** What an instance follows: its trackers, and the links that put it into Fault. */
  followed(router: Router): readonly Followed[];
  /** What its machine would be told if one of these said so instead; null: what it knows already. */
  supposed(router: Router, change: Supposed): Tracked | null;
  /** The virtual addresses of this configuration must not be taken for source addresses. */
  setOwnAddresses(configs: readonly VrrpInstance[]): void;
  /** One of those, whichever router holds it. */
  isVirtual(address: string, prefixLength: number): boolean;
  /** All of them, as ip/length. */
  virtualAddresses(): ReadonlySet<string>;
}

/** Something that could be otherwise. */
export type Supposed = Followed;

/** `configuration`: the one in force. */
export function createRouters(context: VrrpContext, deps: RouterDeps, handovers: Handovers, configuration: () => Config): Routers {
  const { native, tracking } = context;
  const all = new Map<number, Router>();
  let own: ReadonlySet<string> = new Set();
  const groups = createGroups(deps);
  let nextKey = 1;

  const mtuOf = (router: Router): number | undefined => deps.view.byIndex(router.ifindex)?.mtu;
  const statusOf = (router: Router, status = tracking.status(router.config.name), view: NetworkView = deps.view): Tracked => {
    const faults = faultsOf({
      config: router.config,
      view,
      source: router.source,
      socketError: router.socketError,
      tracking: status,
      staticDevices: trackedStaticDevices(configuration(), router.config.name),
      vridConflict: vridConflict(router.config, configuration().vrrp_instance, deps.view),
    });
    return { faults, trackingDelta: status.trackingDelta, waiting: status.waiting, source: router.source };
  };
  /** Attaches, re-attaches or detaches so that the sockets fit the present interface and source. */
  const refreshSockets = (router: Router): void => {
    const source: Ip | null = sourceOf(router.config, deps.view, own);
    const name = advertInterface(router.config);
    const ifindex = name === null ? 0 : deps.view.byName(name)?.ifindex;
    const moved = source !== router.source;
    const bound = router.config.unicast_peer.length > 0;
    if (router.endpoint !== null && (ifindex !== router.ifindex || (moved && bound))) detach(deps, router);
    router.source = source;
    // A new source on open sockets is the machine's business: it sends its adverts anew.
    if (router.endpoint === null) attach(deps, router);
    else deps.endpoints.resize(router.endpoint, router.key, receiveShare(router.config, deps.globals(), mtuOf(router)));
  };

  return {
    all,
    groups,
    deps,
    now: () => native.now(),
    add(config) {
      const settings = settingsOf(config);
      const router: Router = {
        key: nextKey++,
        group: null,
        config,
        settings,
        instance: initial(settings),
        source: null,
        endpoint: null,
        ifindex: 0,
        socketError: null,
        listening: false,
        advertising: null,
        lastAdvert: null,
        late: micros(0),
        recorded: 0,
        transition: null,
        ticket: 0,
        read: 0,
        told: new Set(),
        schedule: newAnnounceSchedule(),
        oldUnicastSum: false,
        removed: 'no',
        changedAt: 0,
        heard: null,
        tally: newTally(),
      };
      all.set(router.key, router);
      return router;
    },
    start(routers, resume = new Map()) {
      const starting = new Map<Router, Startup>();
      for (const router of routers) {
        refreshSockets(router);
        const startup = { kind: 'startup' as const, at: native.now(), ...statusOf(router), notBefore: deps.notBefore() };
        const former = resume.get(router.config.name);
        if (former && router.endpoint !== null) deps.engine.setAhSequence(router.key, former.ahSequence);
        starting.set(router, former ? { ...startup, trackingDelta: former.trackingDelta, notBefore: micros(0), resume: true } : startup);
      }
      groups.start(starting);
      for (const [router, event] of starting) if (router.group === null) dispatch(deps, router, event);
    },
    remove(router, how) {
      router.removed = how;
      // Who takes its place is the same virtual router: two of them would hear each other.
      dispatch(deps, router, { kind: 'shutdown', at: native.now(), atOnce: how === 'replaced' });
      all.delete(router.key);
      handovers.adopt(router);
    },
    statusOf,
    refresh(router) {
      // What the engine did meanwhile changes what is true: a session that is lost would come back otherwise.
      deps.orders.catchUp(router);
      refreshSockets(router);
      dispatch(deps, router, { kind: 'tracking', at: native.now(), ...statusOf(router) });
    },
    followed(router) {
      const trackers = tracking.followed(router.config.name);
      const links = trackedLinks(router.config, trackedStaticDevices(configuration(), router.config.name))
        .filter((name) => deps.view.byName(name) !== undefined && !trackers.some((t) => t.kind === 'interface' && t.name === name))
        .map((name): Followed => ({ kind: 'interface', name, up: deps.view.isUp(name) }));
      return [...links, ...trackers];
    },
    supposed(router, change) {
      const status = tracking.statusIf(router.config.name, change);
      const { kind, name, up } = change;
      const view = kind === 'interface' ? { ...deps.view, isUp: (n: string) => (n === name ? up : deps.view.isUp(n)) } : deps.view;
      const told = statusOf(router, status, view);
      return JSON.stringify(told) === JSON.stringify(statusOf(router)) ? null : told;
    },
    setOwnAddresses(configs) {
      own = ownAddressKeys(configs);
    },
    virtualAddresses: () => own,
    isVirtual: (address, prefixLength) => own.has(`${address}/${prefixLength}`),
  };
}
