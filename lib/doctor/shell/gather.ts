// SPDX-License-Identifier: MIT
// Reads and hears everything the doctor judges by. Sends nothing but questions about the virtual addresses (RFC 5227 probes,
// which no host remembers), and joins the groups of the instances for as long as it listens.

import { setTimeout as sleep } from 'node:timers/promises';
import { isLinkLocal, macText, parseIp } from '../../base/address.ts';
import { type Micros, micros } from '../../base/time.ts';
import { ownMade } from '../../config/made-interfaces.ts';
import type { Config, VrrpInstance } from '../../config/model.ts';
import { isGroupMember } from '../../kernel/group-members.ts';
import type { InterfaceAddress, Link, NativeAddon, PacketEngine } from '../../native/surface.ts';
import type { Tools } from '../../ports/tools.ts';
import { advertInterface, configuredSource, expectationOf, heldAddresses, isUnicast } from '../../vrrp/shell/settings.ts';
import type { Facts, InstanceFacts, LinkFacts, PeerFacts } from '../core/facts.ts';
import { daemonFacts } from './daemon.ts';
import { readFilter } from './filter.ts';
import { type Ear, type Listening, listenOn } from './listen.ts';
import { bridgeSettings, reversePathDrops, setting } from './proc.ts';

export interface GatherOptions {
  readonly config: Config;
  /** Of these instances only. */
  readonly instances: readonly VrrpInstance[];
  readonly native: NativeAddon;
  readonly tools: Tools;
  readonly pidFile: string;
  /** null: as long as the instances need. */
  readonly listen: Micros | null;
}

const shortest = 2_000_000;
const longest = 20_000_000;
/** Questions about so many addresses of an instance. */
const mostQuestions = 8;
const mostLookUps = 32;

export async function gatherFacts(options: GatherOptions): Promise<Facts> {
  const { native, instances, tools } = options;
  const { links, addresses } = native.networkSnapshot();
  const places = instances.map((config) => placeOf(config, links, addresses));
  // Before our own sockets join.
  const members = instances.map((c) => (isUnicast(c) ? null : isGroupMember(c.mcast_dst_ip, advertInterface(c) ?? '', c.family)));
  const filter = await readFilter(tools);
  const dropsBefore = reversePathDrops();
  const span = options.listen ?? listenTime(instances);

  const ears = instances.map(earOf);
  const listening = openTaps(native, places, ears, new Set(links.map((l) => macText(l.mac))));
  const sockets = openSockets(native, instances, places);
  try {
    for (const share of [0.3, 0.4]) {
      await sleep((span / 1000) * share);
      askForAddresses(instances, places, listening);
    }
    await sleep((span / 1000) * 0.3);
    const routes = createRoutes(tools);
    const facts: InstanceFacts[] = [];
    const drops = reversePathDrops() - dropsBefore;
    for (const [index, config] of instances.entries()) {
      const place = places[index];
      const ear = ears[index];
      if (!place || !ear) continue;
      const heard = listening.get(place.link?.name ?? '')?.take(ear) ?? { heard: [], sent: [], unreachable: [], answers: [], lost: 0 };
      const back = async (source: string) => (config.family === 6 ? (config.interface ?? null) : await routes.deviceTo(source));
      facts.push({
        ...place.facts,
        member: members[index] ?? null,
        peers: await Promise.all(config.unicast_peer.map((p) => peerFacts(p.ip, routes))),
        ...heard,
        heard: await Promise.all(heard.heard.map(async (h) => ({ ...h, routeBack: await back(h.source) }))),
        delivered: sockets.delivered(index),
        reversePathDrops: drops,
      });
    }
    return { daemon: daemonFacts(options.pidFile), instances: facts, ...filter, listened: span };
  } finally {
    for (const one of listening.values()) one.close();
    sockets.close();
  }
}

/** An advert more than a Backup waits for. */
function listenTime(instances: readonly VrrpInstance[]): Micros {
  const slowest = Math.max(0, ...instances.map((i) => i.advert_int));
  return micros(Math.min(longest, Math.max(shortest, slowest * 3.5 + 500_000)));
}

function earOf(c: VrrpInstance): Ear {
  const { name, virtual_router_id: vrid, family } = c;
  const protocol = c.authentication?.auth_type === 'AH' ? 51 : 112;
  const addresses = heldAddresses(c).map((a) => a.ip);
  return { name, vrid, family, protocol, unicast: isUnicast(c), addresses, expectation: expectationOf(c) };
}

interface Place {
  readonly link: Link | null;
  readonly facts: Omit<
    InstanceFacts,
    'heard' | 'sent' | 'delivered' | 'unreachable' | 'answers' | 'peers' | 'member' | 'reversePathDrops' | 'lost'
  >;
}

const IFF_UP = 0x1;
const IFF_RUNNING = 0x40;
const IFF_MULTICAST = 0x1000;
const IFA_F_DADFAILED = 0x08;
const IFA_F_TENTATIVE = 0x40;

function placeOf(c: VrrpInstance, links: readonly Link[], all: readonly InterfaceAddress[]): Place {
  const own = heldAddresses(c).map((a) => a.ip as string);
  const link = links.find((l) => l.name === c.interface) ?? null;
  const of = all.filter((a) => a.family === c.family && a.ifindex === link?.ifindex);
  // The owner's own address is a virtual one.
  const real = of.filter((a) => !own.includes(a.address));
  const shown = real.length === 0 && c.priority === 255 ? of : real;
  const usable = shown.filter((a) => c.family === 4 || (a.flags & (IFA_F_DADFAILED | IFA_F_TENTATIVE)) === 0);
  const made = ownMade(c);
  const madeLink = made && links.find((l) => l.name === made.name);
  const needsLinkLocal = c.family === 6 && !isUnicast(c);
  const source = configuredSource(c) ?? usable.find((a) => !needsLinkLocal || isLocal(a.address))?.address ?? null;
  return {
    link,
    facts: {
      name: c.name,
      version: c.version,
      family: c.family,
      vrid: c.virtual_router_id,
      priority: c.priority,
      interval: c.advert_int,
      protocol: c.authentication?.auth_type === 'AH' ? 51 : 112,
      interface: c.interface,
      vmac: made && {
        name: made.name,
        mac: macText(madeLink?.mac ?? new Uint8Array()) || (made.mac ?? ''),
        exists: madeLink !== undefined && madeLink !== null,
        rpFilter: c.family === 4 ? effectiveReverse(made.name) : null,
      },
      link: link && linkFacts(link, links, shown, usable),
      group: c.mcast_dst_ip,
      source,
      addresses: own,
      held: own.filter((address) => all.some((a) => a.address === address)),
      advertSize: advertSize(c),
      rpFilter: c.family === 4 && c.interface !== null ? effectiveReverse(c.interface) : null,
    },
  };
}

function isLocal(address: string): boolean {
  const parsed = parseIp(address);
  return parsed.ok && isLinkLocal(parsed.value);
}

function linkFacts(link: Link, links: readonly Link[], shown: readonly InterfaceAddress[], usable: readonly InterfaceAddress[]): LinkFacts {
  const master = links.find((l) => l.ifindex === link.masterIndex);
  return {
    name: link.name,
    up: (link.flags & IFF_UP) !== 0,
    carrier: (link.flags & IFF_RUNNING) !== 0,
    multicast: (link.flags & IFF_MULTICAST) !== 0,
    mtu: link.mtu,
    master: master ? { name: master.name, kind: master.linkKind } : null,
    bridge: link.linkKind === 'bridge' ? bridgeSettings(link.name) : null,
    mac: macText(link.mac),
    addresses: shown.map((a) => ({ address: a.address, prefixLength: a.prefixLength, usable: usable.includes(a) })),
  };
}

function effectiveReverse(name: string): number | null {
  const [all, own] = [setting('all', 'rp_filter'), setting(name, 'rp_filter')];
  return own === null ? null : Math.max(all ?? 0, own);
}

/** With the IP header. */
function advertSize(c: VrrpInstance): number {
  const [header, each] = c.family === 4 ? [20, 4] : [40, 16];
  const authentication = (c.authentication?.auth_type === 'AH' ? 24 : 0) + (c.auth_hmac ? 28 : 0) + (c.version === 2 ? 8 : 0);
  return header + 8 + c.virtual_ipaddress.length * each + authentication;
}

function openTaps(
  native: NativeAddon,
  places: readonly Place[],
  ears: readonly Ear[],
  ownMacs: ReadonlySet<string>,
): Map<string, Listening> {
  const open = new Map<string, Listening>();
  for (const name of new Set(places.flatMap((p) => (p.link ? [p.link.name] : [])))) {
    const here = ears.filter((_, index) => places[index]?.link?.name === name);
    open.set(name, listenOn(native, name, here, ownMacs));
  }
  return open;
}

function askForAddresses(instances: readonly VrrpInstance[], places: readonly Place[], listening: ReadonlyMap<string, Listening>): void {
  for (const [index, c] of instances.entries()) {
    const link = places[index]?.link;
    if (!link || c.family !== 4) continue;
    const asked = heldAddresses(c).map((a) => a.ip);
    listening.get(link.name)?.ask(asked.slice(0, mostQuestions), link.mac);
  }
}

interface TestSockets {
  /** Adverts of the instance's VRID that reached a socket, whatever they are worth; null: none could be opened. */
  delivered(index: number): number | null;
  close(): void;
}

/** Sockets like the daemon's own: what reaches them has passed every filter of this host. */
function openSockets(native: NativeAddon, instances: readonly VrrpInstance[], places: readonly Place[]): TestSockets {
  const engine: PacketEngine = native.createEngine({ realtimePriority: 0, lockMemory: false, leaseFd: -1 }, () => {});
  const endpoints = new Map<string, number>();
  const working = new Set<number>();
  for (const [index, c] of instances.entries()) {
    const place = places[index];
    const ifname = advertInterface(c);
    const source = place?.facts.source ?? null;
    const link = native.networkSnapshot().links.find((l) => l.name === ifname);
    if (!place || !link || (isUnicast(c) && source === null)) continue;
    const kind = isUnicast(c) ? 'unicast' : 'multicast';
    const address = kind === 'unicast' ? (source ?? '') : c.mcast_dst_ip;
    const protocol = place.facts.protocol;
    const spec = { family: c.family, protocol, ifindex: link.ifindex, ifname: link.name, kind, address, receiveBuffer: 0 } as const;
    const key = JSON.stringify(spec);
    try {
      const id = endpoints.get(key) ?? engine.openEndpoint(spec);
      endpoints.set(key, id);
      engine.addRouter(index, id, c.virtual_router_id, expectationOf(c));
      engine.listen(index, true);
      working.add(index);
    } catch {
      // What stands in the way (no address, no interface) is found by itself.
    }
  }
  return {
    delivered(index) {
      if (!working.has(index)) return null;
      const { advertReceived, refused } = engine.counters(index);
      return Object.values(refused).reduce((n, count) => n + count, advertReceived);
    },
    close: () => engine.close(),
  };
}

interface Routes {
  deviceTo(address: string): Promise<string | null>;
  neighbour(address: string): Promise<string | null>;
}

function createRoutes(tools: Tools): Routes {
  const known = new Map<string, Promise<string | null>>();
  const json = async (args: readonly string[]): Promise<Record<string, unknown> | null> => {
    const result = await tools.run('ip', ['-j', ...args], '');
    if (result.kind !== 'ended' || result.status !== 0) return null;
    try {
      const [first] = JSON.parse(result.output || '[]') as Record<string, unknown>[];
      return first ?? null;
    } catch {
      return null;
    }
  };
  return {
    deviceTo(address) {
      const before = known.get(address);
      if (before || known.size >= mostLookUps) return before ?? Promise.resolve(null);
      const found = json(['route', 'get', address]).then((r) => (typeof r?.dev === 'string' ? r.dev : null));
      known.set(address, found);
      return found;
    },
    async neighbour(address) {
      const state = (await json(['neighbour', 'show', 'to', address]))?.state;
      return Array.isArray(state) ? String(state[0]) : null;
    },
  };
}

async function peerFacts(address: string, routes: Routes): Promise<PeerFacts> {
  return { address, route: await routes.deviceTo(address), neighbour: await routes.neighbour(address) };
}
