// SPDX-License-Identifier: MIT
// What the kernel tells of links and addresses, handed to whoever depends on it: the view, made interfaces, trackers, routers.

import { type Ip, isLinkLocal } from '../../base/address.ts';
import { withGroupTracking } from '../../config/group-tracking.ts';
import { madeInterfaces } from '../../config/made-interfaces.ts';
import type { Config } from '../../config/model.ts';
import type { EngineEvent, InterfaceAddress, NativeAddon } from '../../native/surface.ts';
import type { Log } from '../../ports/log.ts';
import type { TellNews } from '../../ports/news.ts';
import type { Tracking } from '../../ports/tracking.ts';
import type { Claims } from './claims.ts';
import { trackedLinks } from './faults.ts';
import type { Handovers } from './handover.ts';
import { trackedStaticDevices } from './holdings.ts';
import type { KernelWatch } from './kernel-watch.ts';
import type { KernelWriter } from './kernel-writer.ts';
import type { LinkWatch } from './link-watch.ts';
import type { MadeLinks } from './made-links.ts';
import type { MutableNetworkView } from './network-view.ts';
import type { RunningOrders } from './orders.ts';
import { dispatch, type Router } from './router.ts';
import type { Routers } from './routers.ts';
import { reflectorLine, type SourceLines } from './start-lines.ts';
import { sharingVrid } from './vrid-conflicts.ts';

export interface NetworkEvents {
  /** A batch of events begins. */
  begin(events: readonly EngineEvent[]): void;
  onLink(event: Extract<EngineEvent, { kind: 'link' }>): void;
  onAddress(event: Extract<EngineEvent, { kind: 'address' }>): void;
  /** A polled or delayed link has changed: the log has said so. */
  onLinkState(name: string): void;
  /** After an overrun events are missing: compare everything with the kernel. */
  takeFullLook(): void;
  end(): void;
}

export interface NetworkEventsDeps {
  readonly native: Pick<NativeAddon, 'networkSnapshot'>;
  readonly log: Log;
  readonly view: MutableNetworkView;
  readonly linkWatch: LinkWatch;
  readonly made: MadeLinks;
  readonly tracking: Tracking;
  readonly routers: Routers;
  readonly writer: KernelWriter;
  readonly watch: KernelWatch;
  readonly claims: Claims;
  readonly handovers: Handovers;
  readonly orders: RunningOrders;
  readonly sources: SourceLines;
  readonly configuration: () => Config;
  readonly stopping: () => boolean;
  readonly monitorAddresses: boolean;
  readonly news: TellNews;
  /** Made interfaces are brought in line with what they stand on, and the firewall with them. */
  readonly makeLinks: () => void;
  readonly writeRules: () => void;
  /** A link may have become able to carry what needs promote_secondaries. */
  readonly promote: () => void;
}

export function createNetworkEvents(inputs: NetworkEventsDeps): NetworkEvents {
  const { log, view, linkWatch, made, tracking, routers, writer, watch, claims, handovers, orders, sources } = inputs;
  const { configuration, stopping, monitorAddresses, makeLinks } = inputs;
  /** Indexes of the interfaces whose end is told in the batch at hand. */
  let leaving: ReadonlySet<number> = new Set();
  let tracked: { readonly of: Config; readonly interfaces: ReadonlyMap<string, readonly string[]> } | null = null;

  const trackedInterfaces = (): ReadonlyMap<string, readonly string[]> => {
    const config = configuration();
    if (tracked?.of !== config) tracked = { of: config, interfaces: interfacesOf(config) };
    return tracked.interfaces;
  };

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
    else if (!stopping() && watchedBy(names).length > 0) inputs.writeRules();
    const isUp = view.isUp(link.name);
    const watched = watchedBy(names);
    if (watched.length > 0 && before && event.change === 'new' && wasUp !== isUp)
      log.info(`${linkWatch.method(link.name) === null ? 'Netlink' : 'Linkbeat'} reports ${link.name} ${isUp ? 'up' : 'down'}`);
    if (watched.length > 0) tellLink(link.name, event.change, wasUp, isUp);
    for (const name of names) tracking.linkChanged(name);
    for (const router of watched) routers.refresh(router);
    if (event.change === 'deleted' || before?.parentIndex !== link.parentIndex) refreshRivals(watched);
    // The addresses went with it; the state stays.
    for (const router of wasMade ? watched : [])
      if (writer.missing(router.key)) dispatch(routers.deps, router, { kind: 'address_lost', at: event.at });
    if (!before && !stopping()) inputs.promote();
    if (!before || before.name !== link.name || wasUp !== isUp) watch.linkChanged(isUp);
    claims.changed();
    handovers.linksChanged();
    orders.reconsider(routers.all.values());
  }

  function tellLink(name: string, change: 'new' | 'deleted', wasUp: boolean, isUp: boolean): void {
    if (change === 'deleted') inputs.news({ kind: 'link', name, state: 'missing' });
    else if (wasUp !== isUp) inputs.news({ kind: 'link', name, state: isUp ? 'up' : 'down' });
  }

  /** Where the interface of one has moved, another may share its wire now or no longer. */
  function refreshRivals(moved: readonly Router[]): void {
    const rivals = new Set(moved.flatMap((r) => sharingVrid(r.config, configuration().vrrp_instance)));
    for (const router of routers.all.values()) if (rivals.has(router.config)) routers.refresh(router);
  }

  function onLinkState(name: string): void {
    const watched = watchedBy(new Set([name]));
    if (watched.length > 0) inputs.news({ kind: 'link', name, state: view.isUp(name) ? 'up' : 'down' });
    tracking.linkChanged(name);
    for (const router of watched) routers.refresh(router);
  }

  /** One of them carries an interface that we make. */
  function isBase(names: ReadonlySet<string>): boolean {
    return configuration().vrrp_instance.some((i) => madeInterfaces(i).some((m) => names.has(m.base)));
  }

  const watchedBy = (names: ReadonlySet<string>): Router[] => [...routers.all.values()].filter((r) => isWatching(r, names));

  function isWatching({ config: c }: Router, names: ReadonlySet<string>): boolean {
    const statics = trackedStaticDevices(configuration(), c.name);
    const all = [...trackedLinks(c, statics), ...(trackedInterfaces().get(c.name) ?? [])];
    return all.some((name) => names.has(name));
  }

  function onAddress(event: Extract<EngineEvent, { kind: 'address' }>): void {
    const { address } = event;
    if (event.change === 'new') view.setAddress(address);
    else view.removeAddress(address);
    const name = view.byIndex(address.ifindex)?.name ?? `index ${address.ifindex}`;
    const line = reflectorLine(address, event.change, view);
    if (monitorAddresses) log.info(line);
    if (!routers.isVirtual(address.address, address.prefixLength)) sources.tellChanges(name);
    if (
      address.family === 6 &&
      isLinkLocal(address.address as Ip) &&
      configuration().vrrp_instance.some((i) => madeInterfaces(i).length > 0)
    )
      makeLinks();
    // With its made interface: that comes back first.
    const withInterface = leaving.has(address.ifindex) && made.isMade(address.ifindex);
    const lost = event.change === 'deleted' && watch.addressLost(address, withInterface);
    if (lost && !monitorAddresses) log.detail(line);
    for (const router of routers.all.values()) if (dependsOnAddress(router, address)) routers.refresh(router);
  }

  /** Virtual addresses never serve as a source: a takeover of many routers must not make each look at all the others' addresses. */
  function dependsOnAddress(router: Router, { ifindex, address, prefixLength }: InterfaceAddress): boolean {
    if (router.source === address) return true;
    if (router.config.interface === null || routers.isVirtual(address, prefixLength)) return false;
    return view.byName(router.config.interface)?.ifindex === ifindex;
  }

  function takeFullLook(): void {
    const now = inputs.native.networkSnapshot();
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

  return {
    begin(events) {
      leaving = new Set(events.flatMap((e) => (e.kind === 'link' && e.change === 'deleted' ? [e.link.ifindex] : [])));
    },
    onLink,
    onAddress,
    onLinkState,
    takeFullLook,
    end() {
      leaving = new Set();
    },
  };
}

/** Interfaces tracked by each instance, those of its sync group among them. */
function interfacesOf(config: Config): ReadonlyMap<string, readonly string[]> {
  return new Map(withGroupTracking(config).map((i) => [i.name, i.track_interface.map((t) => t.name)]));
}
