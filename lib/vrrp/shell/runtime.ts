// SPDX-License-Identifier: MIT
// The VRRP process at work: routers, engine, kernel, trackers and notifications tied together. The engine tells what
// happened and when; the pure machines decide; router.ts performs. Reference: VRRP document; decisions.md sections 1–3.

import { createHeldLog } from '../../base/held-log.ts';
import { micros, seconds } from '../../base/time.ts';
import { version } from '../../base/version.ts';
import type { Config } from '../../config/model.ts';
import type { EngineEvent } from '../../native/surface.ts';
import { plainReload } from '../../ports/operator.ts';
import type { VrrpContext, VrrpShell } from '../../ports/vrrp-shell.ts';
import { announce } from './announcements.ts';
import { createCauses } from './causes.ts';
import { createClaims } from './claims.ts';
import { createEndpoints } from './endpoints.ts';
import { createFilterHint } from './filter-hint.ts';
import { createFirewall } from './firewall.ts';
import { firewallPlan, needsFirewall } from './firewall-plan.ts';
import { createForwarding } from './forwarding.ts';
import { createGuard, resuming } from './guard.ts';
import { createHandovers } from './handover.ts';
import { createKernelWatch } from './kernel-watch.ts';
import { createKernelWriter, STATICS } from './kernel-writer.ts';
import { createLease, leaseLength } from './lease.ts';
import { createLinkWatch } from './link-watch.ts';
import { stopLocalIgmp } from './local-igmp.ts';
import { createMadeLinks } from './made-links.ts';
import { settleNames } from './made-names.ts';
import { createNetworkEvents } from './network-events.ts';
import { createNetworkView } from './network-view.ts';
import { createRouterNews } from './news.ts';
import { createOrders } from './orders.ts';
import { paceOf } from './pacing.ts';
import { createPromotion } from './promote-secondaries.ts';
import { prospectsOf } from './prospects.ts';
import { createRecorder } from './recorder.ts';
import { applyReload } from './reload.ts';
import { dispatch, giveLeaseOrder, type Router, type RouterDeps } from './router.ts';
import { onRouterEvent } from './router-events.ts';
import { createRouters } from './routers.ts';
import { netlinkBuffers } from './settings.ts';
import { channelLines, createSourceLines, reflectorLine, rightsLines, socketLine } from './start-lines.ts';
import { startDelay } from './startup-delay.ts';
import { clearTally } from './statistics.ts';
import {
  groupNotification,
  groupRecord,
  presentGroupState,
  presentState,
  stopNotification,
  transitionNotification,
} from './transitions.ts';
import { createTroubles } from './troubles.ts';
import { socketViews, viewOf } from './view.ts';

/** Real-time priority of the engine thread when the configuration names none: above ordinary work, below the kernel's own. */
const ENGINE_PRIORITY = 50;
/** Scripts and the kernel get this long at stop (reference: process document, section 4). */
const STOP_LIMIT = seconds(1);

/** A start does not wait longer for the firewall; the rules come later then. */
const RULES_LIMIT = seconds(1);
/** Removing many interfaces takes the kernel its time; the parent waits 5 s. */
const LINK_LIMIT = seconds(3);

/**
 * Starts VRRP on a configuration. Throws what createEngine and networkSnapshot throw (EPERM: missing rights); everything
 * later is a fault of an instance, with its reason.
 */
export async function startVrrp(config: Config, context: VrrpContext): Promise<VrrpShell> {
  const { native, tracking, clock } = context;
  const tellNews = context.news ?? (() => {});
  const log = createHeldLog(context.log);
  const view = createNetworkView((name, raw) => linkWatch.isUp(name, raw));
  const linkWatch = createLinkWatch({ native, clock, log, view, onChange: (name) => network.onLinkState(name) });
  const queued: EngineEvent[] = [];
  let ready = false;
  const engine = native.createEngine(
    {
      realtimePriority: config.global_defs.vrrp_rt_priority ?? ENGINE_PRIORITY,
      lockMemory: true,
      leaseFd: context.leaseFd,
      ...netlinkBuffers(config.global_defs),
      guardFd: context.guardFd,
      sessionFd: context.sessionFd,
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
    recorder: createRecorder(
      () => deps,
      context.recordings,
      `ka-ts ${version.own}`,
      () => current.global_defs.ka_ts.flight_recorder,
    ),
    causes: createCauses((instance) => tracking.contributions(instance), context.operated),
    news: createRouterNews(tellNews, (instance) => tracking.contributions(instance)),
    onTransition: (router, effect, record) => {
      toldSinceReload.add(router);
      claims.changed();
      context.notifier.notify(transitionNotification(router, effect, record));
      troubles.transition(router, effect.to, record);
    },
    notify: (notification) => context.notifier.notify(notification),
    notBefore: () => delay.end(),
    statusOf: (router) => routers.statusOf(router),
    sessions: {
      needed: (instance) => tracking.neededSessions(instance),
      lost(name) {
        tracking.sessionLost(name);
        // The others that follow it, each in its turn and not within this one.
        queueMicrotask(() => tracking.tellChanges());
      },
    },
    onGroupTransition: (group, to) => {
      groupsTold.add(group.name);
      context.notifier.notify(groupNotification(group, to, groupRecord(routers.all.values(), group)));
    },
  };
  let current = settleNames(config, view, log);
  const delay = startDelay(current.global_defs, () => native.now(), clock, log);
  const handovers = createHandovers(deps, () => {
    if (!stopping) tidyLinks();
  });
  const routers = createRouters(context, deps, handovers, () => current);
  const troubles = createTroubles(deps, {
    routers: () => routers.all.values(),
    system: context.system,
    tell: (router, { over, trouble, ...more }, text) =>
      context.notifier.trouble?.({
        ...{ kind: trouble.kind, over, instance: router.config.name, why: trouble.why, address: trouble.address, mac: trouble.mac, text },
        lasted: 'lasted' in more ? more.lasted : null,
      }),
  });
  const claims = createClaims(deps, () => routers.all.values(), troubles.claim);
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
      if (!router) return;
      // The engine may have given way meanwhile.
      orders.catchUp(router);
      if (router.instance.state !== 'active') return;
      router.ticket = writer.own(key, router.config) || router.ticket;
      giveLeaseOrder(deps, router);
    },
  });

  const network = createNetworkEvents({
    native,
    log,
    view,
    linkWatch,
    made,
    tracking,
    routers,
    writer,
    watch,
    claims,
    handovers,
    orders,
    sources,
    configuration: () => current,
    stopping: () => stopping !== null,
    monitorAddresses: context.options.monitorAddresses === true,
    news: tellNews,
    makeLinks,
    writeRules,
    promote: () => promotion.apply(current.vrrp_instance),
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
    network.begin(events);
    for (const event of events) onEvent(event);
    network.end();
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
      case 'session_lost':
      case 'send_failed': {
        const router = routers.all.get(event.key) ?? handovers.get(event.key);
        if (!router) return;
        onRouterEvent(deps, router, event);
        if (event.kind === 'advert') {
          suspectFilter(router, event);
          troubles.advert(router, event);
        }
        if (event.kind === 'refused') {
          context.notifier.refused?.(router.config.name, event);
          troubles.refused(router, event);
        }
        return;
      }
      case 'netlink_done':
        writer.done(event.ticket, event.errors);
        return;
      case 'link':
        network.onLink(event);
        return;
      case 'address':
        network.onAddress(event);
        return;
      case 'route':
      case 'rule':
        watch.policyLost(event);
        return;
      case 'netlink_overrun':
        log.info('Netlink: Receive buffer overrun on monitor socket - (No buffer space available)');
        network.takeFullLook();
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
  lease.setLength(leaseLength(config));
  tellSockets();
  for (const line of rightsLines(engine.stats())) log.notice(line);

  return {
    async reload(next, reason = plainReload) {
      if (stopping) return;
      // Nothing happens on its own while it is unclear to whom.
      for (const router of routers.all.values()) orders.catchUp(router);
      const before = current;
      current = settleNames(next, view, log);
      routers.setOwnAddresses(current.vrrp_instance);
      toldSinceReload.clear();
      groupsTold.clear();
      context.notifier.apply(current);
      sources.tellAll(current.vrrp_instance);
      promotion.apply(current.vrrp_instance);
      writer.changeStatics(current);
      deps.causes.during(reason, () =>
        applyReload(before, current, routers, () => {
          makeLinks();
          linkWatch.apply(current);
          tracking.apply(current, inputs);
        }),
      );
      tidyLinks();
      if (delay.change(current.global_defs)) {
        for (const router of routers.all.values()) dispatch(deps, router, { kind: 'delayed', at: native.now(), notBefore: delay.end() });
      }
      lease.setLength(leaseLength(current));
      deps.recorder.changed(routers.all.values());
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
        troubles: (router) => troubles.of(router),
        tracked: { scripts: tracking.scripts(), files: tracking.files(), processes: tracking.processes(), bfds: tracking.bfds() },
        now: native.now(),
        timeOfDay: Date.now() * 1000,
      });
    },
    async prospects(name) {
      const router = [...routers.all.values()].find((r) => r.config.name === name);
      if (!router) return null;
      for (const one of router.group?.members ?? [router]) orders.catchUp(one);
      return prospectsOf({ router, now: native.now(), followed: routers.followed(router), told: routers.supposed });
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
    troubles.stop();
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
    await Promise.race([deps.recorder.flush(), new Promise<void>((done) => void clock.after(STOP_LIMIT, done))]);
    engine.close();
  }
}
