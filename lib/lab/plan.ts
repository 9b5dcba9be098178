// SPDX-License-Identifier: MIT
// From two configurations to a network they can run in: interface names, networks and addresses are taken from the files,
// and invented where the files leave them open.

import { type Ip, ip, ipBytes, ipFromBytes } from '../base/address.ts';
import { type Micros, micros } from '../base/time.ts';
import type { Config, VrrpInstance, VrrpScript } from '../config/model.ts';
import type { InterfaceSpec } from './network.ts';
import type { Timing } from './promise.ts';

export interface NodePlan {
  readonly name: string;
  readonly instance: VrrpInstance;
  /** Interface of the watched instance. */
  readonly ifname: string;
  readonly address: Ip;
  readonly interfaces: readonly InterfaceSpec[];
  /** Processes whose presence a script of the instance checks: the lab can play them. */
  readonly processes: readonly CheckedProcess[];
  /** Scripts that the lab cannot steer. */
  readonly foreignScripts: readonly string[];
}

export interface CheckedProcess {
  readonly name: string;
  /** Of the script; 0 means FAULT. */
  readonly weight: number;
  /** Longest time until the script has noticed a change: interval × rise or fall. */
  readonly delay: Micros;
}

export interface Plan {
  readonly nodes: readonly [NodePlan, NodePlan];
  readonly vrid: number;
  readonly vip: Ip;
  readonly timing: Timing;
  readonly client: { readonly ifname: string; readonly address: Ip; readonly prefixLength: number };
}

/** Throws Error with a sentence for the operator when the two do not make a cluster. */
export function planCluster(first: Config, second: Config): Plan {
  const [one, two] = sharedInstance(first, second);
  if (one.family === 6) throw new Error(`(${one.name}) is an IPv6 instance; the lab plays IPv4 instances only`);
  const vip = one.virtual_ipaddress[0] ?? one.virtual_ipaddress_excluded[0];
  if (!vip) throw new Error(`(${one.name}) has no virtual address that a client could ping`);
  // A /32 says nothing about the network around it: /24 is what people mean.
  const prefixLength = vip.prefixLength < 31 ? vip.prefixLength : 24;
  const pool = inventAddresses(vip.ip, prefixLength, taken(first, second));
  const addresses = [ownAddress(one, two) ?? pool(11), ownAddress(two, one) ?? pool(12)] as const;
  return {
    nodes: [nodePlan('lb1', first, one, addresses[0], prefixLength, 1), nodePlan('lb2', second, two, addresses[1], prefixLength, 2)],
    vrid: one.virtual_router_id,
    vip: vip.ip,
    timing: { version: one.version, interval: one.advert_int, factor: one.down_timer_adverts },
    client: { ifname: 'eth0', address: pool(100), prefixLength },
  };
}

/** The first instance of the first configuration that the second has too. */
function sharedInstance(first: Config, second: Config): readonly [VrrpInstance, VrrpInstance] {
  for (const one of first.vrrp_instance) {
    const two = second.vrrp_instance.find((i) => i.virtual_router_id === one.virtual_router_id && i.family === one.family);
    if (two) return [one, two];
  }
  const ids = (config: Config) => config.vrrp_instance.map((i) => i.virtual_router_id).join(', ') || 'none';
  throw new Error(`the two configurations share no virtual router: VRIDs ${ids(first)} here, ${ids(second)} there`);
}

/** What the files say about a node's own address: its source address, or what its peer sends to. */
function ownAddress(own: VrrpInstance, peer: VrrpInstance): Ip | null {
  const fromPeer = peer.unicast_peer.length === 1 ? (peer.unicast_peer[0]?.ip ?? null) : null;
  return own.unicast_src_ip ?? own.mcast_src_ip ?? fromPeer;
}

function nodePlan(name: string, config: Config, instance: VrrpInstance, address: Ip, prefixLength: number, index: number): NodePlan {
  const ifname = instance.interface;
  if (ifname === null) throw new Error(`${name}: (${instance.name}) names no interface`);
  const others = interfaceNames(config).filter((other) => other !== ifname);
  const tracked = instance.track_script.map(({ name: script, weight }) => ({
    script: config.vrrp_script.find((s) => s.name === script),
    weight: weight.value * (weight.reverse ? -1 : 1),
  }));
  const processes = tracked.flatMap(({ script, weight }) => {
    const process = script && checkedProcess(script);
    return process ? [{ name: process, weight, delay: micros(script.interval * Math.max(script.rise, script.fall)) }] : [];
  });
  return {
    name,
    instance,
    ifname,
    address,
    interfaces: [
      { name: ifname, addresses: [`${address}/${prefixLength}`] },
      // RFC 2544's networks: a configuration that names more interfaces needs them to exist, no more.
      ...others.map((other, i) => ({ name: other, addresses: [`198.18.${i}.${index}/24`] })),
    ],
    processes,
    foreignScripts: tracked.flatMap(({ script }) => (script && !checkedProcess(script) ? [script.name] : [])),
  };
}

/** `killall -0 haproxy`, `pidof haproxy`, `pgrep -x haproxy` → haproxy */
function checkedProcess(script: VrrpScript): string | null {
  const command = /^(?:\S*\/)?(?:killall\s+(?:-q\s+)?-(?:0|s\s*0)|pidof|pgrep(?:\s+-x)?)\s+([\w.-]{1,15})$/;
  return command.exec(script.script.words.join(' '))?.[1] ?? null;
}

function interfaceNames(config: Config): string[] {
  const names = config.vrrp_instance.flatMap((i) => [
    i.interface,
    ...i.track_interface.map((t) => t.name),
    ...[...i.virtual_ipaddress, ...i.virtual_ipaddress_excluded].map((a) => a.dev),
  ]);
  return [...new Set(names)].filter((n): n is string => n !== null && n !== 'lo');
}

function taken(...configs: readonly Config[]): Set<string> {
  const all = configs
    .flatMap((c) => c.vrrp_instance)
    .flatMap((i) => [
      ...[...i.virtual_ipaddress, ...i.virtual_ipaddress_excluded].map((a) => a.ip),
      ...i.unicast_peer.map((p) => p.ip),
      i.unicast_src_ip,
      i.mcast_src_ip,
    ]);
  return new Set(all.filter((a): a is Ip => a !== null));
}

/** Gives free host addresses of a network, the wished-for host part first; each only once. */
function inventAddresses(member: Ip, prefixLength: number, used: Set<string>): (wished: number) => Ip {
  const size = 2 ** (32 - prefixLength);
  const number = ipBytes(member).reduce((n, byte) => n * 256 + byte, 0);
  const network = number - (number % size);
  return (wished) => {
    // Without the network's own address and its broadcast address.
    for (let i = 0; i < size - 2; i++) {
      const host = 1 + ((wished - 1 + i) % (size - 2));
      const value = network + host;
      const candidate = ipFromBytes(Uint8Array.of(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff));
      if (used.has(candidate)) continue;
      used.add(candidate);
      return ip(candidate);
    }
    throw new Error(`no free address around ${member}/${prefixLength}`);
  };
}
