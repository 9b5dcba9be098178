// SPDX-License-Identifier: MIT
// One virtual router at run time: its configuration, the machine's instance, and what the engine holds for it. perform()
// is the shell's half of the contract: effects one after the other, in the order given, never looking into the state to
// decide.

import type { Family, Ip } from '../../base/address.ts';
import type { HeldLog } from '../../base/held-log.ts';
import { exhaustive } from '../../base/result.ts';
import type { Micros } from '../../base/time.ts';
import type { GlobalDefs, SyncGroup, VrrpInstance } from '../../config/model.ts';
import type { Link, NativeAddon, PacketEngine } from '../../native/surface.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Notification } from '../../ports/notifier.ts';
import { causeLine } from '../cause-text.ts';
import type { TransitionRecord } from '../core/cause.ts';
import type { VrrpEffect } from '../core/effects.ts';
import type { Tracked, VrrpEvent } from '../core/events.ts';
import { step } from '../core/instance.ts';
import type { Instance, Settings, State } from '../core/types.ts';
import { noteText } from '../messages.ts';
import {
  type AnnounceSchedule,
  announceBurst,
  announceExtraInterfaces,
  announcePeriodically,
  announceSource,
  cancelAnnouncements,
} from './announcements.ts';
import { answerArp } from './arp-settings.ts';
import type { Causes, Moment } from './causes.ts';
import { type Endpoints, receiveShare } from './endpoints.ts';
import type { Guard } from './guard.ts';
import type { KernelWriter, PreparedBatch, PreparedRelease } from './kernel-writer.ts';
import type { NetworkView } from './network-view.ts';
import type { RouterNews } from './news.ts';
import type { Pace } from './pacing.ts';
import { alone, type Recorder } from './recorder.ts';
import { advertInterface, endpointOf, expectationOf, frameOf } from './settings.ts';
import { keepCounters, type Tally } from './statistics.ts';
import { lowerPriorityNotification, priorityNotification, type Removal } from './transitions.ts';

/** What a router knows of its sync group (groups.ts). */
export interface RouterGroup {
  readonly name: string;
  readonly state: State;
  readonly members: readonly Router[];
  /** Runs the group's machine over an event of one of its members, and performs what it asks for. */
  dispatch(router: Router, event: VrrpEvent, done: Done | null): void;
}

/** The engine has executed the effects of this event already (standing orders), as far as they are its own. */
export interface Done {
  readonly at: Micros;
  /** The batch it submitted if this was a takeover. */
  readonly batch: PreparedBatch | null;
  /** The same if routers gave way. */
  readonly release: PreparedRelease | null;
}

/** How the machines and the standing orders they gave to the engine take turns (orders.ts). */
export interface Orders {
  /** Before a machine is stepped: from now on it decides, and what the engine did meanwhile is replayed. */
  catchUp(router: Router): void;
  /** The engine is about to forget this router, and with it the orders of those that move with it. */
  drop(router: Router): void;
  /** Something that orders are made of has changed, which is no event of the machine. */
  reconsider(routers: Iterable<Router>): void;
  /** JavaScript has read the router's events up to this number. */
  read(router: Router, number: number): void;
}

export interface Router {
  readonly key: number;
  /** null: it moves alone. */
  group: RouterGroup | null;
  config: VrrpInstance;
  settings: Settings;
  instance: Instance;
  /** Source address of its adverts now. */
  source: Ip | null;
  /** Endpoint it is attached to; null while its interface or source is missing. */
  endpoint: number | null;
  /** Interface index the endpoint was opened on. */
  ifindex: number;
  socketError: string | null;
  listening: boolean;
  /** What is being advertised and when its grid began, to restore it after the endpoint was opened anew. */
  advertising: { readonly priority: number; readonly every: Micros; readonly since: Micros } | null;
  /** Who sent the last accepted advert, and since when nobody else did; null: nobody yet. CLOCK_MONOTONIC. */
  heard: { readonly source: string; readonly since: Micros; readonly last: Micros } | null;
  /** Ticket of the last change of its addresses. */
  ticket: number;
  /** The last advert that reached the machine; the engine keeps those of a steady Active router to itself. */
  lastAdvert: { readonly at: Micros; readonly source: Ip; readonly priority: number } | null;
  /** Packets and timer events that the engine keeps for it. */
  recorded: number;
  /** How late the end of its deadline was noticed last. */
  late: Micros;
  /** Its last one, and when that happened; null: none yet. */
  transition: { readonly at: Micros; readonly record: TransitionRecord } | null;
  /** Number of the last of its engine events that was read. */
  read: number;
  /** Address list complaints already told (reference section 4.2, "rl"). */
  readonly told: Set<string>;
  readonly schedule: AnnounceSchedule;
  /** A peer sums its v3 unicast adverts the old way, so we do too. */
  oldUnicastSum: boolean;
  /** A reload takes it away: its end is not the daemon's. */
  removed: Removal;
  /** Time of day of the last transition, µs since 1970; 0 before the first. */
  changedAt: number;
  readonly tally: Tally;
}

export interface RouterDeps {
  readonly native: NativeAddon;
  readonly engine: PacketEngine;
  readonly view: NetworkView;
  readonly writer: KernelWriter;
  readonly endpoints: Endpoints;
  readonly guard: Guard;
  /** Its lines wait until the effects of an event are performed. */
  readonly log: HeldLog;
  readonly clock: Clock;
  readonly orders: Orders;
  /** global_defs now in force. */
  readonly globals: () => GlobalDefs;
  /** Gap between gratuitous ARPs (4) or unsolicited NAs (6) now in force on an interface. */
  readonly paceOf: (link: Link, family: Family) => Pace;
  /** Whether an interface forwards IPv6 now. */
  readonly forwards: (ifname: string) => boolean;
  readonly causes: Causes;
  readonly news: RouterNews;
  readonly recorder: Recorder;
  readonly onTransition: (router: Router, effect: Extract<VrrpEffect, { kind: 'state_changed' }>, record: TransitionRecord) => void;
  /** Anything else that the world is told. */
  readonly notify: (notification: Notification) => void;
  /** End of the startup delay; 0 when none runs. */
  readonly notBefore: () => Micros;
  /** What trackers, interface and source address come to now. */
  readonly statusOf: (router: Router) => Tracked;
  /** BFD sessions that are up and put an instance into Fault when they end; and one that has, says the engine. */
  readonly sessions: { needed(instance: string): readonly string[]; lost(name: string): void };
  /** All members of a sync group have arrived in a state. */
  readonly onGroupTransition: (group: SyncGroup, to: 'active' | 'backup' | 'fault') => void;
}

/** Runs the machine, or that of the sync group, over one event and performs what it asks for. */
export function dispatch(deps: RouterDeps, router: Router, event: VrrpEvent): void {
  deps.orders.catchUp(router);
  run(deps, router, event, null);
}

/** The same for something that orders.ts replays. */
export function run(deps: RouterDeps, router: Router, event: VrrpEvent, done: Done | null): void {
  if (event.kind === 'advert') router.lastAdvert = { at: event.at, source: event.source, priority: event.priority };
  if (router.group) {
    router.group.dispatch(router, event, done);
    return;
  }
  const before = router.instance;
  const [next, effects] = step(before, router.settings, event);
  router.instance = next;
  deps.news.stepped(router, before);
  deps.recorder.note([router], null, () => alone(router, { kind: 'event', member: 0, event }, before, next, effects));
  performAll(
    deps,
    effects.map((effect) => ({ router, effect })),
    { eventOf: () => event, before: () => before, leader: router },
    done,
  );
}

/** Performs effects of one or more routers in their order, and deeds of their group between them. */
export function performAll(
  deps: RouterDeps,
  effects: readonly ({ readonly router: Router; readonly effect: VrrpEffect } | (() => void) | null)[],
  moment: Moment,
  done: Done | null = null,
): void {
  const changed = new Set<Router>();
  deps.log.hold();
  try {
    for (const item of effects) {
      if (item === null) continue;
      if (typeof item === 'function') {
        item();
        continue;
      }
      const { router, effect } = item;
      perform(deps, router, effect, moment, done);
      if (effect.kind === 'own_addresses' || effect.kind === 'release_addresses' || effect.kind === 'state_changed') changed.add(router);
    }
    for (const router of changed) giveLeaseOrder(deps, router);
  } finally {
    deps.log.release();
  }
}

/** What the engine does for this router if JavaScript stops answering (decisions.md section 2). */
export function giveLeaseOrder(deps: RouterDeps, router: Router): void {
  deps.guard.changed(router);
  if (router.endpoint === null) return;
  deps.orders.reconsider([router]);
  deps.engine.setLeaseOrder(router.key, {
    farewells: router.advertising ? 1 : 0,
    netlink: deps.writer.removalMessages(router.key),
  });
}

function perform(deps: RouterDeps, router: Router, effect: VrrpEffect, moment: Moment, done: Done | null): void {
  const { engine, log } = deps;
  const attached = router.endpoint !== null;
  const left = attached && done === null;
  switch (effect.kind) {
    case 'arm':
      if (left) engine.arm(router.key, effect.due, effect.generation);
      return;
    case 'disarm':
      if (left) engine.disarm(router.key);
      return;
    case 'listen':
      router.listening = effect.on;
      if (attached) engine.listen(router.key, effect.on);
      return;
    case 'advertise':
      router.advertising = { priority: effect.priority, every: effect.every, since: done?.at ?? startOfGrid(deps, router, effect.first) };
      if (!done) reAdvertise(deps, router, effect.first);
      return;
    case 'quiet':
      router.advertising = null;
      if (left) engine.quiet(router.key, effect.farewells);
      return;
    case 'own_addresses':
      tellOwning(deps, router);
      router.ticket = (done?.batch ? done.batch.adopt(router.key) : deps.writer.own(router.key, router.config)) || router.ticket;
      return;
    case 'release_addresses':
      if (router.config.virtual_rules.length > 0) log.detail(`(${router.config.name}) removing Virtual Rules`);
      if (router.config.virtual_routes.length > 0) log.detail(`(${router.config.name}) removing Virtual Routes`);
      log.detail(`(${router.config.name}) removing VIPs.`);
      if (router.config.virtual_ipaddress_excluded.length > 0) log.detail(`(${router.config.name}) removing E-VIPs.`);
      router.ticket = (done?.release ? done.release.adopt(router.key) : deps.writer.release(router.key)) || router.ticket;
      return;
    case 'announce':
      announceBurst(deps, router, effect, done !== null);
      return;
    case 'announce_periodically':
      announcePeriodically(deps, router, effect.repeat, effect.every, effect.firstAt);
      return;
    case 'announce_extra':
      announceExtraInterfaces(deps, router, effect.every, effect.firstAt);
      return;
    case 'announce_source':
      announceSource(deps, router);
      return;
    case 'answer_arp':
      answerArp(deps, router.config, effect.on);
      return;
    case 'cancel_announcements':
      cancelAnnouncements(deps, router);
      return;
    case 'state_changed':
      router.changedAt = Date.now() * 1000;
      if (effect.to === 'active') router.tally.becameMaster++;
      if (effect.from === 'active') router.tally.releasedMaster++;
      tellTransition(deps, router, effect, moment);
      return;
    case 'heard_lower_priority':
      deps.notify(lowerPriorityNotification(router.config, router.instance.effectivePriority));
      return;
    case 'clear_refusals':
      router.told.clear();
      if (attached) engine.clearRefusals(router.key);
      return;
    case 'note': {
      const line = noteText(router.config.name, effect.note);
      if (line.detail) log.detail(line.text);
      else log.info(line.text);
      if (effect.note.code === 'priority_changed') tellPriority(deps, router);
      return;
    }
    default:
      exhaustive(effect);
  }
}

function tellTransition(deps: RouterDeps, router: Router, effect: Extract<VrrpEffect, { kind: 'state_changed' }>, moment: Moment): void {
  const record = deps.causes.record(deps, router, effect, moment);
  const line = causeLine(router.config.name, record);
  if (line.detail) deps.log.detail(line.text);
  else deps.log.info(line.text);
  // What the notifier logs comes after the transition's own lines.
  deps.log.release();
  deps.recorder.transition(router, record);
  deps.onTransition(router, effect, record);
}

export function tellOwning({ log }: RouterDeps, { config }: Router): void {
  log.detail(`(${config.name}) setting VIPs.`);
  if (config.virtual_ipaddress_excluded.length > 0) log.detail(`(${config.name}) setting E-VIPs.`);
  if (config.virtual_routes.length > 0) log.detail(`(${config.name}) setting Virtual Routes`);
  if (config.virtual_rules.length > 0) log.detail(`(${config.name}) setting Virtual Rules`);
}

function tellPriority(deps: RouterDeps, { config, instance }: Router): void {
  const notification = priorityNotification(config, instance);
  if (notification) deps.notify(notification);
}

/** A new grid, unless the running one goes on. */
function startOfGrid(deps: RouterDeps, router: Router, first: 'now' | 'next'): Micros {
  return first === 'next' && router.advertising ? router.advertising.since : deps.native.now();
}

/**
 * Opens the router's sockets when its interface and source allow it and gives the engine everything it holds for this
 * router. Leaves socketError where the kernel refuses.
 */
export function attach(deps: RouterDeps, router: Router): void {
  const { config } = router;
  const name = advertInterface(config);
  const link = name === null ? undefined : deps.view.byName(name);
  if (name !== null && !link) return;
  const spec = endpointOf(config, link?.ifindex ?? 0, link?.name ?? '', router.source);
  if (!spec) return;
  try {
    router.endpoint = deps.endpoints.acquire(spec, router.key, receiveShare(config, deps.globals(), link?.mtu));
    router.ifindex = spec.ifindex;
    deps.engine.addRouter(router.key, router.endpoint, config.virtual_router_id, expectationOf(config));
    router.socketError = null;
  } catch (error) {
    if (router.endpoint !== null) deps.endpoints.release(router.endpoint, router.key);
    router.endpoint = null;
    router.socketError = error instanceof Error ? error.message : String(error);
    return;
  }
  deps.recorder.attached(router);
  deps.engine.listen(router.key, router.listening);
  if (router.instance.due !== null) deps.engine.arm(router.key, router.instance.due, router.instance.generation);
  if (router.advertising) router.advertising = { ...router.advertising, since: deps.native.now() };
  reAdvertise(deps, router, 'now');
  giveLeaseOrder(deps, router);
}

/** Sends what the router advertises with its present source and configuration: at once, or with the next due advert. */
export function reAdvertise(deps: RouterDeps, router: Router, first: 'now' | 'next'): void {
  if (router.endpoint === null || !router.advertising || !router.source) return;
  const { priority, every } = router.advertising;
  deps.guard.changed(router);
  deps.engine.advertise(router.key, frameOf(router.config, router.source, priority, router.oldUnicastSum), every, first === 'now' ? 0 : -1);
}

export function detach(deps: RouterDeps, router: Router): void {
  if (router.endpoint === null) return;
  deps.orders.drop(router);
  deps.recorder.detaching(router);
  keepCounters(router.tally, deps.engine.counters(router.key));
  deps.engine.removeRouter(router.key);
  deps.endpoints.release(router.endpoint, router.key);
  router.endpoint = null;
}
