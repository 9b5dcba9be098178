// SPDX-License-Identifier: MIT
// The running state as plain data (ports/vrrp-view.ts): one look, nothing kept, nothing changed.

import { add, type Micros, micros } from '../../base/time.ts';
import { downInterval, skewTime } from '../../base/vrrp-arithmetic.ts';
import { madeInterfaces, ownMade } from '../../config/made-interfaces.ts';
import type { Config, FirewallSettings, VrrpInstance } from '../../config/model.ts';
import type { Link, PacketEngine } from '../../native/surface.ts';
import { stateWord as dumpWord } from '../../notify/words.ts';
import type { GroupView, InstanceView, LinkView, SocketView, StateWord, VrrpView } from '../../ports/vrrp-view.ts';
import { timerPriority } from '../core/timers.ts';
import type { FaultReason, Instance } from '../core/types.ts';
import { faultWords } from '../messages.ts';
import { isDropping } from './firewall-plan.ts';
import type { Group } from './groups.ts';
import type { LinkWatch } from './link-watch.ts';
import { readMark } from './made-names.ts';
import type { NetworkView } from './network-view.ts';
import type { Router } from './router.ts';
import { addressSpecOf, endpointOf, heldAddresses } from './settings.ts';
import { statisticsOf } from './statistics.ts';
import type { Troubles } from './troubles.ts';

export interface ViewInputs {
  readonly config: Config;
  readonly routers: Iterable<Router>;
  readonly groups: readonly Group[];
  readonly engine: PacketEngine;
  readonly network: NetworkView;
  readonly linkWatch: Pick<LinkWatch, 'method' | 'delays'>;
  /** SO_RCVBUF of an endpoint; 0: the system's default. */
  readonly receiveBuffer: (endpoint: number) => number;
  readonly troubles: Troubles['of'];
  readonly tracked: Pick<VrrpView, 'scripts' | 'files' | 'processes' | 'bfds'>;
  /** CLOCK_MONOTONIC and the time of day (µs since 1970), read together. */
  readonly now: Micros;
  readonly timeOfDay: number;
}

export function viewOf(inputs: ViewInputs): VrrpView {
  const { config, network } = inputs;
  const stats = inputs.engine.stats();
  const byName = new Map([...inputs.routers].map((r) => [r.config.name, r]));
  const routers = config.vrrp_instance.flatMap(({ name }) => byName.get(name) ?? []);
  return {
    config,
    instances: routers.map((router) => instanceView(router, inputs)),
    groups: inputs.groups.map(groupView),
    ...inputs.tracked,
    links: network.names().map((name) => linkView(name, inputs)),
    staticsSet: inputs.config.static_ipaddress.map((a) => {
      const spec = addressSpecOf({ interface: null }, { ...a, made: null }, network);
      return spec !== null && network.has(spec.ifindex, spec.address, spec.prefixLength);
    }),
    sockets: socketViews(routers, network, inputs.receiveBuffer),
    unknownVrids: stats.unknownVrid,
    lateness: stats.lateness,
  };
}

function instanceView(router: Router, inputs: ViewInputs): InstanceView {
  const { config, instance: i, settings } = router;
  const timeOfDay = (at: Micros): number => inputs.timeOfDay + at - inputs.now;
  const sent = lastAndNextAdvert(router, inputs.now);
  const due = i.state === 'active' ? (sent?.next ?? null) : i.state === 'backup' ? i.due : null;
  const active = i.state === 'active';
  return {
    config,
    group: inputs.groups.find((g) => g.members.includes(router))?.config.name ?? null,
    state: stateWord(i),
    wantState: i.state === 'backup' && i.held ? 'MASTER' : stateWord(i),
    interfaceFaults: [...new Set(i.faults.flatMap((f) => interfaceFault(f, config)))],
    faults: i.faults.map(faultWords),
    configFaults: config.config_faults.length,
    trackerFaults: i.faults.filter((f) => isTracked(f, config)).length,
    waitingScripts: i.waiting ? config.track_script.filter((t) => t.weight.value === 0).length : 0,
    lastTransition: router.changedAt,
    timer: due === null ? null : timeOfDay(due),
    // A backup counts with the interval it learnt; a master shows what it would count with.
    downInterval: downInterval(
      settings.downTimerAdverts,
      i.activeAdverInterval,
      skewTime(settings.version, timerPriority(settings, i.effectivePriority), i.activeAdverInterval),
    ),
    source: router.source,
    oldUnicastSum: router.oldUnicastSum,
    ifindex: router.ifindex,
    master: i.heard,
    heard: heardOf(router, inputs, timeOfDay),
    masterInterval: i.activeAdverInterval,
    effectivePriority: i.effectivePriority,
    totalPriority: config.priority === 255 ? 255 : config.priority + i.trackingDelta,
    lastAdvertSent: sent ? timeOfDay(sent.last) : 0,
    isSet: heldAddresses(config).map((a) => {
      const spec = addressSpecOf(config, a, inputs.network);
      return active && spec !== null && inputs.network.has(spec.ifindex, spec.address, spec.prefixLength);
    }),
    madeUp: inputs.network.isUp(ownMade(config)?.name ?? ''),
    rules: isDropping(config) ? rulesWord(inputs.config.global_defs.firewall) : null,
    statistics: statisticsOf(router.tally, router.endpoint === null ? null : inputs.engine.counters(router.key)),
    claims: router.tally.claims,
    troubles: inputs
      .troubles(router)
      .map(({ kind, why, address, mac, text, since }) => ({ kind, why, address, mac, text, since: timeOfDay(since) })),
  };
}

/** Adverts of a steady Active router stay with the engine: it knows of later ones than we do. */
function heardOf({ heard, endpoint, key }: Router, { engine, now }: ViewInputs, timeOfDay: (at: Micros) => number): InstanceView['heard'] {
  if (heard === null) return null;
  const known = endpoint === null ? null : engine.testimony(key, now);
  const later = known !== null && known.source === heard.source ? Math.max(heard.last, known.heardAt) : heard.last;
  return { source: heard.source, since: timeOfDay(heard.since), last: timeOfDay(micros(later)) };
}

function groupView({ config, state, members }: Group): GroupView {
  const instances = members.map((m) => m.instance);
  const waiting = instances.filter((i) => i.waiting).length;
  return {
    config,
    state: state === 'initialize' ? (waiting > 0 ? 'FAULT' : 'INIT') : dumpWord(state),
    faulty: instances.filter((i) => i.faults.length > 0).length,
    waiting,
  };
}

/** Adverts leave on an absolute grid, so the present ones follow from the first. */
function lastAndNextAdvert(router: Router, now: Micros): { last: Micros; next: Micros } | null {
  const { advertising } = router;
  if (router.endpoint === null || advertising === null) return null;
  const last = (advertising.since + Math.floor((now - advertising.since) / advertising.every) * advertising.every) as Micros;
  return { last, next: add(last, advertising.every) };
}

/** What waits for its scripts shows as FAULT, as in keepalived. */
function stateWord(i: Instance): StateWord {
  return i.state === 'initialize' && i.started ? 'FAULT' : dumpWord(i.state);
}

function rulesWord(firewall: FirewallSettings): 'nftable_set' | 'iptable_set' {
  return firewall.nftables === null && firewall.vrrp_iptables ? 'iptable_set' : 'nftable_set';
}

function interfaceFault(fault: FaultReason, config: VrrpInstance): string[] {
  switch (fault.kind) {
    case 'interface_down':
    case 'interface_missing':
      return [ownMade(config)?.base === fault.name ? 'base i/f down' : 'i/f down'];
    case 'no_source_address':
    case 'source_not_configured':
      return ['no source IP address'];
    case 'config':
      return ['config error'];
    default:
      return [];
  }
}

function isTracked(fault: FaultReason, config: VrrpInstance): boolean {
  if (['script', 'file', 'process', 'bfd'].includes(fault.kind)) return true;
  const link = fault.kind === 'interface_down' || fault.kind === 'interface_missing';
  return link && config.track_interface.some((t) => t.name === fault.name);
}

function linkView(name: string, { config, network, linkWatch }: ViewInputs): LinkView {
  const link = network.byName(name);
  if (!link) throw new Error(`no link ${name}`);
  const { ifindex, mac, flags, mtu, type } = link;
  const nobody: ReadonlySet<string> = new Set();
  return {
    name,
    ifindex,
    address4: network.sourceAddress(name, 4, nobody),
    address6: network.sourceAddress(name, 6, nobody),
    mac,
    flags,
    mtu,
    up: network.isUp(name),
    type,
    polled: linkWatch.method(name),
    delays: linkWatch.delays(name),
    made: madeView(link, network, config),
  };
}

function madeView(link: Link, network: NetworkView, config: Config): LinkView['made'] {
  const made = config.vrrp_instance.flatMap(madeInterfaces).find((m) => m.name === link.name);
  if (!made) return null;
  const { kind, mode, base } = made;
  return { kind, mode, base, baseFlags: network.byName(base)?.flags ?? 0, ours: readMark(link.alias) !== null };
}

/** Each pair of sockets and who is on it. bufferOf: see ViewInputs. */
export function socketViews(
  routers: readonly Router[],
  network: NetworkView,
  bufferOf: ViewInputs['receiveBuffer'],
): (SocketView & { readonly ifindex: number })[] {
  const byEndpoint = new Map<number, SocketView & { readonly ifindex: number; instances: { name: string; vrid: number }[] }>();
  for (const { endpoint, config, ifindex, source } of routers) {
    if (endpoint === null) continue;
    const spec = endpointOf(config, ifindex, network.byIndex(ifindex)?.name ?? '', source);
    if (!spec) continue;
    const { family, protocol, kind, ifname, address } = spec;
    const receiveBuffer = bufferOf(endpoint);
    const known = byEndpoint.get(endpoint) ?? {
      ...{ ifindex, family, protocol, kind, interface: ifname, address, receiveBuffer },
      instances: [],
    };
    known.instances.push({ name: config.name, vrid: config.virtual_router_id });
    byEndpoint.set(endpoint, known);
  }
  return [...byEndpoint.values()];
}
