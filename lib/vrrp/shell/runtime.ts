// The VRRP process at work: routers, engine, kernel, trackers and notifications tied together. The engine tells what
// happened and when; the pure machines decide; router.ts performs. Reference: VRRP document; decisions.md sections 1–3.

import { type Ip, isLinkLocal } from '../../base/address.ts';
import { createHeldLog } from '../../base/held-log.ts';
import { type Micros, micros, seconds } from '../../base/time.ts';
import { withGroupTracking } from '../../config/group-tracking.ts';
import { madeInterfaces } from '../../config/made-interfaces.ts';
import type { Config, VrrpInstance } from '../../config/model.ts';
import type { EngineEvent, InterfaceAddress } from '../../native/surface.ts';
import type { Resume } from '../../ports/guard.ts';
import type { VrrpContext, VrrpShell } from '../../ports/vrrp-shell.ts';
import { initial, type Startup } from '../core/instance.ts';
import { announce, newAnnounceSchedule } from './announcements.ts';
import { createClaims } from './claims.ts';
import { createEndpoints, receiveShare } from './endpoints.ts';
import { faultsOf, sourceOf, trackedLinks } from './faults.ts';
import { createFilterHint } from './filter-hint.ts';
import { createFirewall } from './firewall.ts';
import { firewallPlan, needsFirewall } from './firewall-plan.ts';
import { createForwarding } from './forwarding.ts';
import { createGroups, type Groups } from './groups.ts';
import { createGuard, resuming } from './guard.ts';
import { createHandovers, type Handovers } from './handover.ts';
import { trackedStaticDevices } from './holdings.ts';
import { createKernelWatch } from './kernel-watch.ts';
import { createKernelWriter, ownAddressKeys, STATICS } from './kernel-writer.ts';
import { createLease, leaseLength } from './lease.ts';
import { createLinkWatch } from './link-watch.ts';
import { stopLocalIgmp } from './local-igmp.ts';
import { createMadeLinks } from './made-links.ts';
import { settleNames } from './made-names.ts';
import { createNetworkView } from './network-view.ts';
import { createOrders } from './orders.ts';
import { paceOf } from './pacing.ts';
import { createPromotion } from './promote-secondaries.ts';
import { applyReload } from './reload.ts';
import { attach, detach, dispatch, giveLeaseOrder, type Router, type RouterDeps } from './router.ts';
import { onRouterEvent } from './router-events.ts';
import { advertInterface, netlinkBuffers, settingsOf } from './settings.ts';
import { channelLines, createSourceLines, reflectorLine, rightsLines, socketLine } from './start-lines.ts';
import { startDelay } from './startup-delay.ts';
import { clearTally, newTally } from './statistics.ts';
import { groupNotification, presentGroupState, presentState, stopNotification, transitionNotification } from './transitions.ts';
import { socketViews, viewOf } from './view.ts';
import { sharingVrid, vridConflict } from './vrid-conflicts.ts';

/** Real-time priority of the engine thread when the configuration names none: above ordinary work, below the kernel's own. */
const ENGINE_PRIORITY = 50;
/** Scripts and the kernel get this long at stop (reference: process document, section 4). */
const STOP_LIMIT = seconds(1);

/** A start does not wait longer for the firewall; the rules come later then. */
const RULES_LIMIT = seconds(1);
/** Removing many interfaces takes the kernel its time; the parent waits 5 s. */
const LINK_LIMIT = seconds(3);

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
  /** Brings sockets and source in line with the present and tells the machine the whole truth about its faults. */
  refresh(router: Router): void;
  /** The virtual addresses of this configuration must not be taken for source addresses. */
  setOwnAddresses(configs: readonly VrrpInstance[]): void;
  /** One of those, whichever router holds it. */
  isVirtual(address: string, prefixLength: number): boolean;
  /** All of them, as ip/length. */
  virtualAddresses(): ReadonlySet<string>;
}

/**
 * Starts VRRP on a configuration. Throws what createEngine and networkSnapshot throw (EPERM: missing rights); everything
 * later is a fault of an instance, with its reason.
 */
export async function startVrrp(config: Config, context: VrrpContext): Promise<VrrpShell> {
  const { native, tracking, clock } = context;
  const log = createHeldLog(context.log);
  const view = createNetworkView((name, raw) => linkWatch.isUp(name, raw));
  const linkWatch = createLinkWatch({ native, clock, log, view, onChange: onLinkState });
  const queued: EngineEvent[] = [];
  let ready = false;
  const engine = native.createEngine(
    {
      realtimePriority: config.global_defs.vrrp_rt_priority ?? ENGINE_PRIORITY,
      lockMemory: true,
      leaseFd: context.leaseFd,
      ...netlinkBuffers(config.global_defs),
      guardFd: context.guardFd,
    },
    (events) => {
      if (ready) onEvents(events);
      else queued.push(...events);
    },
  );
  // The engine watches the kernel from its creation on, so no change between this look and its events is lost.
  const snapshot = native.networkSnapshot();
  view.replace(snapshot.links, snapshot.addresses);
  if (context.options.monitorAddresses) for (const address of snapshot.addresses) log.info(reflectorLine(address, 'new', view));
  const writer = createKernelWriter(native, engine, view, log);
  const made = createMadeLinks(native, context.system, view, log);
  const { firewall: firewallSettings, disable_local_igmp } = config.global_defs;
  const firewall = createFirewall(firewallSettings, disable_local_igmp, context.tools, log);
  const lease = createLease(native, engine, clock);
  const filterHint = createFilterHint();
  let stopping: Promise<void> | null = null;
  const toldSinceReload = new Set<Router>();
  /** Indexes of the interfaces whose end is told in the batch at hand. */
  let leaving: ReadonlySet<number> = new Set();
  const groupsTold = new Set<string>();

  const orders = createOrders(() => deps);
  const deps: RouterDeps = {
    native,
    engine,
    orders,
    view,
    writer,
    endpoints: createEndpoints(engine),
    guard: createGuard({ clock, view, writer, configuration: () => current, tell: context.guard }),
    log,
    clock,
    globals: () => current.global_defs,
    paceOf: (link, family) => paceOf(current, view, link, family),
    forwards: createForwarding(
      (ifname) => context.system.forwardsIpv6(ifname),
      () => native.now(),
    ),
    onTransition: (router, effect) => {
      toldSinceReload.add(router);
      claims.changed();
      context.notifier.notify(transitionNotification(router, effect));
    },
    notify: (notification) => context.notifier.notify(notification),
    notBefore: () => delay.end(),
    onGroupTransition: (group, to) => {
      groupsTold.add(group.name);
      context.notifier.notify(groupNotification(group, to));
    },
  };
  let current = settleNames(config, view, log);
  const delay = startDelay(current.global_defs, () => native.now(), clock, log);
  let trackedInterfaces = interfacesOf(current);
  const handovers = createHandovers(deps, () => {
    if (!stopping) tidyLinks();
  });
  const routers = createRouters(context, deps, handovers, () => current);
  const claims = createClaims(deps, () => routers.all.values());
  const sources = createSourceLines(view, log, () => routers.virtualAddresses());
  const inputs = {
    linkState: (name: string) =>
      view.byName(name) === undefined ? ('missing' as const) : view.isUp(name) ? ('up' as const) : ('down' as const),
    onChange: (instance: string) => {
      for (const router of routers.all.values()) if (router.config.name === instance) routers.refresh(router);
    },
  };

  const promotion = createPromotion(context.system, view, log);
  const watch = createKernelWatch({
    native,
    writer,
    log,
    statics: () => current,
    membersOfStatics: () => {
      const names = new Set(current.track_group.flatMap((g) => g.group));
      return [...routers.all.values()].filter((r) => names.has(r.config.name)).map((r) => r.key);
    },
    robbed: (key) => {
      const router = routers.all.get(key);
      if (router) dispatch(deps, router, { kind: 'address_lost', at: native.now() });
    },
    refill: (key) => {
      const router = routers.all.get(key);
      if (router?.instance.state !== 'active') return;
      router.ticket = writer.own(key, router.config) || router.ticket;
      giveLeaseOrder(deps, router);
    },
  });

  /** At the end they go, and whatever is told then must not bring them back. */
  function makeLinks(): void {
    if (stopping) return;
    made.ensure(current.vrrp_instance);
    writeRules();
  }

  /** Those that nobody needs any more go. */
  function tidyLinks(): void {
    made.removeOthers([...current.vrrp_instance, ...handovers.configs()], writer.submitOther);
  }

  function writeRules(): void {
    firewall.apply(needsFirewall(current.vrrp_instance) ? firewallPlan(current.vrrp_instance, view) : null);
  }

  function onEvents(events: readonly EngineEvent[]): void {
    leaving = new Set(events.flatMap((e) => (e.kind === 'link' && e.change === 'deleted' ? [e.link.ifindex] : [])));
    for (const event of events) onEvent(event);
    leaving = new Set();
    watch.flush();
    handovers.look();
  }

  function onEvent(event: EngineEvent): void {
    switch (event.kind) {
      case 'advert':
      case 'refused':
      case 'expired':
      case 'woke_late':
      case 'spoke_again':
      case 'send_failed': {
        const router = routers.all.get(event.key) ?? handovers.get(event.key);
        if (!router) return;
        onRouterEvent(deps, router, event);
        if (event.kind === 'advert') suspectFilter(router, event);
        if (event.kind === 'refused') context.notifier.refused?.(router.config.name, event);
        return;
      }
      case 'netlink_done':
        writer.done(event.ticket, event.errors);
        return;
      case 'link':
        onLink(event);
        return;
      case 'address':
        onAddress(event);
        return;
      case 'route':
      case 'rule':
        watch.policyLost(event);
        return;
      case 'netlink_overrun':
        log.info('Netlink: Receive buffer overrun on monitor socket - (No buffer space available)');
        takeFullLook();
        return;
      case 'lease_lost':
        for (const router of [...routers.all.values(), ...handovers.all()]) dispatch(deps, router, { kind: 'lease_lost', at: event.at });
        return;
    }
  }

  function suspectFilter(router: Router, event: Extract<EngineEvent, { kind: 'advert' }>): void {
    const own = router.instance.state === 'active' ? router.instance.effectivePriority : null;
    const line = filterHint(router.key, router.config, own, event);
    if (line !== null) log.notice(line);
  }

  function onLink(told: Extract<EngineEvent, { kind: 'link' }>): void {
    if (made.isStale(told)) return;
    const event = made.truth(told);
    const { link } = event;
    const wasMade = event.change === 'deleted' && made.isMade(link.ifindex);
    const wasUp = view.isUp(link.name);
    const before = event.change === 'new' ? view.setLink(link) : view.removeLink(link.ifindex);
    if (event.change === 'deleted' && !before) return;
    if (event.change === 'deleted') log.info(`Interface ${link.name} deleted`);
    else if (!before) log.detail(`Interface ${link.name} added`);
    else if (before.name !== link.name) log.info(`Interface name has changed from ${before.name} to ${link.name}`);
    const names = new Set([link.name, before?.name ?? link.name]);
    for (const name of names) linkWatch.told(name);
    made.follow(before, link);
    if (wasMade || isBase(names)) makeLinks();
    else if (!stopping && watchedBy(names).length > 0) writeRules();
    const isUp = view.isUp(link.name);
    const watched = watchedBy(names);
    if (watched.length > 0 && before && event.change === 'new' && wasUp !== isUp)
      log.info(`${linkWatch.method(link.name) === null ? 'Netlink' : 'Linkbeat'} reports ${link.name} ${isUp ? 'up' : 'down'}`);
    for (const name of names) tracking.linkChanged(name);
    for (const router of watched) routers.refresh(router);
    if (event.change === 'deleted' || before?.parentIndex !== link.parentIndex) refreshRivals(watched);
    // The addresses went with it; the state stays.
    for (const router of wasMade ? watched : [])
      if (writer.missing(router.key)) dispatch(deps, router, { kind: 'address_lost', at: event.at });
    if (!before && !stopping) promotion.apply(current.vrrp_instance);
    if (!before || before.name !== link.name || wasUp !== isUp) watch.linkChanged(isUp);
    claims.changed();
    handovers.linksChanged();
    orders.reconsider(routers.all.values());
  }

  /** Where the interface of one has moved, another may share its wire now or no longer. */
  function refreshRivals(moved: readonly Router[]): void {
    const rivals = new Set(moved.flatMap((r) => sharingVrid(r.config, current.vrrp_instance)));
    for (const router of routers.all.values()) if (rivals.has(router.config)) routers.refresh(router);
  }

  /** A polled or delayed link has changed: the log has said so. */
  function onLinkState(name: string): void {
    tracking.linkChanged(name);
    for (const router of watchedBy(new Set([name]))) routers.refresh(router);
  }

  /** One of them carries an interface that we make. */
  function isBase(names: ReadonlySet<string>): boolean {
    return current.vrrp_instance.some((i) => madeInterfaces(i).some((m) => names.has(m.base)));
  }

  const watchedBy = (names: ReadonlySet<string>): Router[] => [...routers.all.values()].filter((r) => isWatching(r, names));

  function isWatching({ config: c }: Router, names: ReadonlySet<string>): boolean {
    const statics = trackedStaticDevices(current, c.name);
    const tracked = [...trackedLinks(c, statics), ...(trackedInterfaces.get(c.name) ?? [])];
    return tracked.some((name) => names.has(name));
  }

  function onAddress(event: Extract<EngineEvent, { kind: 'address' }>): void {
    const { address } = event;
    if (event.change === 'new') view.setAddress(address);
    else view.removeAddress(address);
    const name = view.byIndex(address.ifindex)?.name ?? `index ${address.ifindex}`;
    const line = reflectorLine(address, event.change, view);
    if (context.options.monitorAddresses) log.info(line);
    if (!routers.isVirtual(address.address, address.prefixLength)) sources.tellChanges(name);
    if (address.family === 6 && isLinkLocal(address.address as Ip) && current.vrrp_instance.some((i) => madeInterfaces(i).length > 0))
      makeLinks();
    // With its made interface: that comes back first.
    const withInterface = leaving.has(address.ifindex) && made.isMade(address.ifindex);
    const lost = event.change === 'deleted' && watch.addressLost(address, withInterface);
    if (lost && !context.options.monitorAddresses) log.detail(line);
    for (const router of routers.all.values()) if (dependsOnAddress(router, address)) routers.refresh(router);
  }

  /** Virtual addresses never serve as a source: a takeover of many routers must not make each look at all the others' addresses. */
  function dependsOnAddress(router: Router, { ifindex, address, prefixLength }: InterfaceAddress): boolean {
    if (router.source === address) return true;
    if (router.config.interface === null || routers.isVirtual(address, prefixLength)) return false;
    return view.byName(router.config.interface)?.ifindex === ifindex;
  }

  /** After an overrun events are missing: compare everything with the kernel. */
  function takeFullLook(): void {
    const now = native.networkSnapshot();
    view.replace(now.links, now.addresses);
    sources.tellChanges();
    makeLinks();
    for (const name of view.names()) linkWatch.told(name);
    for (const name of view.names()) tracking.linkChanged(name);
    for (const router of routers.all.values()) routers.refresh(router);
    watch.lookNow();
    claims.changed();
    orders.reconsider(routers.all.values());
  }

  context.notifier.apply(current);
  routers.setOwnAddresses(current.vrrp_instance);
  for (const instance of current.vrrp_instance) routers.add(instance);
  routers.groups.form(current.vrrp_sync_group, routers.all.values());
  for (const line of channelLines(current.vrrp_instance)) log.detail(line);
  sources.tellAll(current.vrrp_instance);
  // A run that was killed left its rules: those of this configuration would stand twice. Of another one, only a killed child's go.
  if (context.options.respawned || needsFirewall(current.vrrp_instance)) firewall.suspectLeftovers();
  const localIgmp = disable_local_igmp ? stopLocalIgmp(context.system, log) : null;
  // Rules before links come up: the first IGMP report leaves with the join.
  made.ensure(current.vrrp_instance, false);
  writeRules();
  await firewall.settled(RULES_LIMIT / 1000);
  makeLinks();
  made.removeOthers(current.vrrp_instance, writer.submitOther);
  const resume = resuming(current, context.options.resume, native.now());
  writer.clearLeftovers(current.vrrp_instance.filter((i) => !resume.has(i.name)));
  linkWatch.apply(current);
  promotion.apply(current.vrrp_instance);
  writer.ownStatics(current);
  tracking.apply(current, inputs);
  lease.setLength(leaseLength(config));
  routers.start([...routers.all.values()], resume);
  deps.guard.flush();
  ready = true;
  onEvents(queued.splice(0));
  tellSockets();
  for (const line of rightsLines(engine.stats())) log.notice(line);

  return {
    async reload(next) {
      if (stopping) return;
      // Nothing happens on its own while it is unclear to whom.
      for (const router of routers.all.values()) orders.catchUp(router);
      const before = current;
      current = settleNames(next, view, log);
      trackedInterfaces = interfacesOf(current);
      routers.setOwnAddresses(current.vrrp_instance);
      toldSinceReload.clear();
      groupsTold.clear();
      context.notifier.apply(current);
      sources.tellAll(current.vrrp_instance);
      promotion.apply(current.vrrp_instance);
      writer.changeStatics(current);
      applyReload(before, current, routers, () => {
        makeLinks();
        linkWatch.apply(current);
        tracking.apply(current, inputs);
      });
      tidyLinks();
      if (delay.change(current.global_defs)) {
        for (const router of routers.all.values()) dispatch(deps, router, { kind: 'delayed', at: native.now(), notBefore: delay.end() });
      }
      lease.setLength(leaseLength(current));
      if (current.global_defs.fifo_write_vrrp_states_on_reload) tellPresentStates();
      tellSockets();
      claims.changed();
    },
    view: () => {
      for (const router of routers.all.values()) orders.catchUp(router);
      return viewOf({
        config: current,
        routers: routers.all.values(),
        groups: routers.groups.all,
        engine,
        network: view,
        linkWatch,
        receiveBuffer: (endpoint) => deps.endpoints.receiveBuffer(endpoint),
        tracked: { scripts: tracking.scripts(), files: tracking.files(), processes: tracking.processes(), bfds: tracking.bfds() },
        now: native.now(),
        timeOfDay: Date.now() * 1000,
      });
    },
    clearStatistics() {
      for (const { key, tally, endpoint } of routers.all.values()) {
        clearTally(tally);
        if (endpoint !== null) engine.clearCounters(key);
      }
    },
    announce(name) {
      for (const router of routers.all.values())
        if (router.config.name === name && router.instance.state === 'active') announce(deps, router, 1, micros(0));
    },
    stop() {
      stopping ??= stopAll();
      return stopping;
    },
    hurry: () => handovers.end(routers.all.values()),
  };

  function tellSockets(): void {
    if (log.detailLevel === 0) return;
    for (const socket of socketViews([...routers.all.values()], view, () => 0)) log.detail(socketLine(socket));
  }

  /** Of those that the reload has not changed. */
  function tellPresentStates(): void {
    for (const router of routers.all.values()) {
      const notification = toldSinceReload.has(router) ? null : presentState(router.config, router.instance);
      if (notification) context.notifier.notify(notification);
    }
    for (const { config: group, state } of routers.groups.all) {
      const notification = groupsTold.has(group.name) ? null : presentGroupState(group, state);
      if (notification) context.notifier.notify(notification);
    }
  }

  async function stopAll(): Promise<void> {
    delay.cancel();
    tracking.stop();
    claims.stop();
    for (const router of routers.all.values()) {
      if (context.options.keepAddressesAtStop) context.notifier.notify(stopNotification(router.config, router.instance.effectivePriority));
      else dispatch(deps, router, { kind: 'shutdown', at: native.now() });
    }
    await handovers.settled(routers.all.values());
    linkWatch.stop();
    for (const { config: group } of routers.groups.all) context.notifier.notify(groupNotification(group, 'initialize'));
    if (!context.options.keepAddressesAtStop) writer.release(STATICS);
    const limit = STOP_LIMIT / 1000;
    await Promise.all([writer.settled(limit), context.notifier.drain(STOP_LIMIT)]);
    // Not before the addresses are gone: others would go with them.
    if (!context.options.keepAddressesAtStop) promotion.apply([]);
    if (!context.options.keepAddressesAtStop) {
      made.removeOthers([], writer.submitOther);
      await writer.settled(LINK_LIMIT / 1000);
      firewall.apply(null);
      await firewall.settled(RULES_LIMIT / 1000);
      localIgmp?.putBack();
    }
    lease.stop();
    orders.end();
    engine.close();
  }
}

/** Interfaces tracked by each instance, those of its sync group among them. */
function interfacesOf(config: Config): ReadonlyMap<string, readonly string[]> {
  return new Map(withGroupTracking(config).map((i) => [i.name, i.track_interface.map((t) => t.name)]));
}

/** `configuration`: the one in force. */
function createRouters(context: VrrpContext, deps: RouterDeps, handovers: Handovers, configuration: () => Config): Routers {
  const { native, tracking } = context;
  const all = new Map<number, Router>();
  let own: ReadonlySet<string> = new Set();
  const groups = createGroups(deps);
  let nextKey = 1;

  const mtuOf = (router: Router): number | undefined => deps.view.byIndex(router.ifindex)?.mtu;
  const statusOf = (router: Router) => {
    const status = tracking.status(router.config.name);
    const faults = faultsOf({
      config: router.config,
      view: deps.view,
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
        ticket: 0,
        read: 0,
        told: new Set(),
        schedule: newAnnounceSchedule(),
        oldUnicastSum: false,
        removed: 'no',
        changedAt: 0,
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
    refresh(router) {
      refreshSockets(router);
      dispatch(deps, router, { kind: 'tracking', at: native.now(), ...statusOf(router) });
    },
    setOwnAddresses(configs) {
      own = ownAddressKeys(configs);
    },
    virtualAddresses: () => own,
    isVirtual: (address, prefixLength) => own.has(`${address}/${prefixLength}`),
  };
}
