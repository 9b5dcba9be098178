// SPDX-License-Identifier: MIT
// What the VRRP process says of itself: its view (ports/vrrp-view.ts) as the part of the status document. Pure.

import { skewTime } from '../../base/vrrp-arithmetic.ts';
import type { VrrpInstance } from '../../config/model.ts';
import type { InstanceView, Statistics, VrrpView } from '../../ports/vrrp-view.ts';
import type {
  ActiveStatus,
  AddressStatus,
  InstanceCounters,
  InstanceStatus,
  Transition,
  TransitionCount,
  VrrpStatus,
} from '../document.ts';
import { partsOf } from './priority-parts.ts';

/** What is remembered of an instance beside its present state. */
export interface Past {
  /** The latest transition; null: there was none yet. */
  last(instance: string): Transition | null;
  counts(instance: string): readonly TransitionCount[];
}

/** `at`: time of day, seconds. */
export function vrrpPart(view: VrrpView, at: number, past: Past): VrrpStatus {
  return {
    at,
    instances: view.instances.map((i) => instancePart(i, view, at, past)),
    groups: view.groups.map(({ config, state, faulty, waiting }) => ({ name: config.name, state, members: config.group, faulty, waiting })),
    trackers: {
      scripts: view.scripts.map(({ config, counter, verdict, running }) => ({
        name: config.name,
        state: verdict,
        running,
        counter,
        rise: config.rise,
        fall: config.fall,
        intervalSeconds: config.interval / 1e6,
      })),
      files: view.files.map(({ config, value }) => ({ name: config.name, path: config.file, value })),
      processes: view.processes.map(({ config, count, hasQuorum }) => ({ name: config.name, count, quorum: config.quorum, up: hasQuorum })),
      bfd: view.bfds.map(({ config, up }) => ({ name: config.name, up })),
    },
    links: view.links.map(({ name, ifindex, up, mac, mtu }) => ({ name, ifindex, up, mac: macText(mac), mtu })),
    unknownVrids: view.unknownVrids,
    lateness: view.lateness,
  };
}

function instancePart(i: InstanceView, view: VrrpView, at: number, past: Past): InstanceStatus {
  const { config: c } = i;
  return {
    name: c.name,
    interface: c.interface,
    family: c.family,
    vrid: c.virtual_router_id,
    version: c.version,
    state: i.state,
    since: i.lastTransition === 0 ? null : i.lastTransition / 1e6,
    wantedState: i.wantState,
    group: i.group,
    priority: { base: c.priority, effective: i.effectivePriority, sum: i.totalPriority, parts: partsOf(c, view) },
    preempt: !c.nopreempt,
    preemptDelaySeconds: c.preempt_delay / 1e6,
    intervalSeconds: c.advert_int / 1e6,
    activeIntervalSeconds: i.masterInterval / 1e6,
    skewSeconds: skewTime(c.version, c.priority === 255 ? 255 : i.effectivePriority, i.masterInterval) / 1e6,
    downIntervalSeconds: i.downInterval / 1e6,
    timer: i.timer === null ? null : { what: i.state === 'MASTER' ? 'advert' : 'down', at: i.timer / 1e6 },
    source: i.source,
    peers: c.unicast_peer.map((p) => p.ip),
    addresses: addressesOf(i),
    active: activeOf(i, at),
    faults: i.faults,
    troubles: i.troubles.map((t) => ({ ...t, since: t.since / 1e6 })),
    lastTransition: past.last(c.name),
    transitions: past.counts(c.name),
    counters: countersOf(i.statistics, i.claims),
  };
}

function addressesOf({ config, isSet }: InstanceView): AddressStatus[] {
  const all = [
    ...config.virtual_ipaddress.map((a) => ({ a, excluded: false })),
    ...config.virtual_ipaddress_excluded.map((a) => ({ a, excluded: true })),
  ];
  return all.map(({ a, excluded }, index) => ({
    address: a.ip,
    prefixLength: a.prefixLength,
    interface: deviceOf(config, a.made ?? a.dev),
    excluded,
    held: isSet[index] ?? false,
  }));
}

function deviceOf(c: VrrpInstance, own: string | null): string | null {
  return own ?? c.use_vmac?.name ?? c.use_ipvlan?.name ?? c.interface;
}

function activeOf(i: InstanceView, at: number): ActiveStatus | null {
  if (i.state === 'MASTER') {
    return {
      address: i.source,
      priority: i.effectivePriority,
      self: true,
      since: i.lastTransition / 1e6,
      lastAdvertAgeSeconds: i.lastAdvertSent === 0 ? null : age(at, i.lastAdvertSent),
    };
  }
  if (i.master === null) return null;
  const heard = i.heard?.source === i.master.address ? i.heard : null;
  return {
    address: i.master.address,
    priority: i.master.priority,
    self: false,
    since: heard === null ? null : heard.since / 1e6,
    lastAdvertAgeSeconds: heard === null ? null : age(at, heard.last),
  };
}

function age(at: number, micros: number): number {
  return Math.max(0, Math.round(at * 1e6 - micros) / 1e6);
}

function countersOf(s: Statistics, claims: number): InstanceCounters {
  const { advertReceived, advertSent, becameMaster, releasedMaster, priorityZeroReceived, priorityZeroSent, lateWakeUps, ...refused } = s;
  return { advertReceived, advertSent, becameMaster, releasedMaster, priorityZeroReceived, priorityZeroSent, lateWakeUps, claims, refused };
}

function macText(mac: Uint8Array): string {
  return [...mac].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}
