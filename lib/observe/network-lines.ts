// SPDX-License-Identifier: MIT
// Interfaces and sockets in keepalived.data.

import { macText } from '../base/address.ts';
import type { InstanceView, LinkView, SocketView, VrrpView } from '../ports/vrrp-view.ts';
import { paceOfLink } from './pacing-lines.ts';

const IFF = { up: 0x1, broadcast: 0x2, loopback: 0x8, pointToPoint: 0x10, running: 0x40, noArp: 0x80, multicast: 0x1000 } as const;
const hardware = new Map([
  [1, 'ETHERNET'],
  [772, 'LOOPBACK'],
]);

export function linkLines(link: LinkView, view: VrrpView): string[] {
  const mac = macText(link.mac);
  const isLoopback = (link.flags & IFF.loopback) !== 0;
  const tracking = view.instances.flatMap((i) => trackingLine(link, i));
  return [
    ` Name = ${link.name}`,
    ...[
      `index = ${link.ifindex}`,
      `IPv4 address = ${link.address4 ?? '(none)'}`,
      `IPv6 address = ${link.address6 ?? '(none)'}`,
      ...(mac === '' || isLoopback ? [] : [`MAC = ${mac}`, 'MAC broadcast = ff:ff:ff:ff:ff:ff']),
      `State = ${stateText(link.flags)}`,
      ...delayLines(link),
      ...madeLines(link),
      `MTU = ${link.mtu}`,
      `HW Type = ${hardware.get(link.type) ?? 'UNKNOWN'}`,
      polledText[link.polled ?? 'no'],
      ...paceOfLink(link.name, view),
      ...(tracking.length > 0 ? ['Tracking VRRP instances :', ...tracking] : []),
    ].map((line) => `   ${line}`),
  ];
}

const polledText = {
  no: 'NIC netlink status update',
  mii: 'NIC support MII interface',
  ethtool: 'NIC support ETHTOOL GLINK interface',
  ioctl: 'NIC ioctl refresh polling',
} as const;

function delayLines({ delays }: LinkView): string[] {
  return [
    `Delayed state change running = ${delays.running}`,
    `Up debounce timer = ${delays.up}us`,
    `Down debounce timer = ${delays.down}us`,
  ];
}

function madeLines({ made }: LinkView): string[] {
  if (!made) return [];
  const { kind, mode, base, baseFlags, ours } = made;
  const what = kind === 'macvlan' ? 'VMAC' : 'IPVLAN';
  return [
    `${what} type ${mode}, underlying interface = ${base}, state = ${stateText(baseFlags)}`,
    ...(ours ? ['I/f created by keepalived'] : []),
  ];
}

function stateText(flags: number): string {
  const has = (flag: number): boolean => (flags & flag) !== 0;
  return [
    has(IFF.up) ? 'UP' : 'not UP',
    has(IFF.running) ? 'RUNNING' : 'not RUNNING',
    ...(has(IFF.broadcast) ? [] : ['no broadcast']),
    ...(has(IFF.loopback) ? ['loopback'] : []),
    ...(has(IFF.pointToPoint) ? ['point to point'] : []),
    ...(has(IFF.noArp) ? ['no arp'] : []),
    ...(has(IFF.multicast) ? [] : ['no multicast']),
  ].join(', ');
}

/** Its own interface counts as tracked with weight 0 unless the configuration says otherwise. */
function trackingLine(link: LinkView, { config: c }: InstanceView): string[] {
  const tracked = c.track_interface.find((t) => t.name === link.name);
  if (tracked) return [`  ${c.name}, weight ${tracked.weight.value}${tracked.weight.reverse ? ' reverse' : ''}`];
  return (c.use_vmac?.name ?? c.use_ipvlan?.name ?? c.interface) === link.name && !c.dont_track_primary ? [`  ${c.name}, weight 0`] : [];
}

/** Without keepalived's descriptor numbers: they belong to the engine and mean nothing outside. */
export function socketLines(socket: SocketView): string[] {
  return [
    ` Socket pair = ${socket.instances[0]?.name ?? ''}`,
    ...(socket.interface === '' ? [] : [`   Interface = ${socket.interface}`]),
    `   Family = IPv${socket.family}`,
    `   Protocol = ${socket.protocol === 51 ? 'AH' : 'VRRP'}`,
    `   Type = ${socket.kind === 'unicast' ? 'Unicast' : 'Multicast'}`,
    ...(socket.kind === 'unicast' ? [`   Address = ${socket.address}`] : []),
    `   Rx buf size = ${socket.receiveBuffer}`,
    '   VRRP instances',
    ...socket.instances.map(({ name, vrid }) => `     ${name} vrid ${vrid}`),
  ];
}
