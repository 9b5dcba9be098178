// SPDX-License-Identifier: MIT
// Frames of a tap, as far as the doctor reads them: the packet inside, complaints of routers, answers to questions about
// addresses. Every byte is hostile: nothing is read before it is known to be there.

import { type Family, ipFromBytes } from '../../base/address.ts';

export interface IpPacket {
  readonly family: Family;
  readonly protocol: number;
  readonly source: string;
  readonly destination: string;
  /** TTL or hop limit. */
  readonly ttl: number;
  readonly multicast: boolean;
  readonly sourceMac: string;
  /** As a raw socket delivers it: IPv4 with its header. */
  readonly delivered: Uint8Array;
  readonly payload: Uint8Array;
}

const etherIp4 = 0x0800;
const etherIp6 = 0x86dd;
const etherArp = 0x0806;
const etherVlan = 0x8100;

interface Ethernet {
  readonly type: number;
  readonly source: string;
  readonly body: Uint8Array;
}

function readEthernet(frame: Uint8Array): Ethernet | null {
  if (frame.length < 14) return null;
  const source = mac(frame, 6);
  const type = word(frame, 12);
  if (type !== etherVlan) return { type, source, body: frame.subarray(14) };
  return frame.length < 18 ? null : { type: word(frame, 16), source, body: frame.subarray(18) };
}

/** null for anything that is no whole IP packet. */
export function readIp(frame: Uint8Array): IpPacket | null {
  const ethernet = readEthernet(frame);
  if (!ethernet) return null;
  const { body, source: sourceMac } = ethernet;
  if (ethernet.type === etherIp4) {
    const header = ((body[0] ?? 0) & 0x0f) * 4;
    const length = body.length >= 20 ? word(body, 2) : 0;
    if (body.length < 20 || (body[0] ?? 0) >> 4 !== 4 || header < 20 || length < header || length > body.length) return null;
    const multicast = ((body[16] ?? 0) & 0xf0) === 0xe0;
    const [source, destination] = [ipFromBytes(body.subarray(12, 16)), ipFromBytes(body.subarray(16, 20))];
    const delivered = body.subarray(0, length);
    const payload = delivered.subarray(header);
    return { family: 4, protocol: body[9] ?? 0, source, destination, ttl: body[8] ?? 0, multicast, sourceMac, delivered, payload };
  }
  if (ethernet.type !== etherIp6 || body.length < 40 || (body[0] ?? 0) >> 4 !== 6 || 40 + word(body, 4) > body.length) return null;
  const [source, destination] = [ipFromBytes(body.subarray(8, 24)), ipFromBytes(body.subarray(24, 40))];
  const payload = body.subarray(40, 40 + word(body, 4));
  // With extension headers the protocol is one of these: none of ours.
  const multicast = body[24] === 0xff;
  return { family: 6, protocol: body[6] ?? 0, source, destination, ttl: body[7] ?? 0, multicast, sourceMac, delivered: payload, payload };
}

export interface Unreachable {
  readonly code: number;
  /** Where the packet that it complains about was going, and what it carried. */
  readonly destination: string;
  readonly protocol: number;
}

/** ICMP destination unreachable (type 3), ICMPv6 (type 1), about a packet whose header it quotes; null for anything else. */
export function readUnreachable(packet: IpPacket): Unreachable | null {
  const { payload, family } = packet;
  if (payload.length < 8 + (family === 4 ? 20 : 40)) return null;
  const quoted = payload.subarray(8);
  if (family === 4) {
    if (packet.protocol !== 1 || payload[0] !== 3 || (quoted[0] ?? 0) >> 4 !== 4) return null;
    return { code: payload[1] ?? 0, destination: ipFromBytes(quoted.subarray(16, 20)), protocol: quoted[9] ?? 0 };
  }
  // ICMPv6: type 4 code 1 is `unrecognized next header`, the sixth word for protocol unreachable.
  const unknownHeader = payload[0] === 4 && payload[1] === 1;
  if (packet.protocol !== 58 || (payload[0] !== 1 && !unknownHeader) || (quoted[0] ?? 0) >> 4 !== 6) return null;
  return { code: unknownHeader ? 2 : v6Code(payload[1] ?? 0), destination: ipFromBytes(quoted.subarray(24, 40)), protocol: quoted[6] ?? 0 };
}

/** In the words of ICMP for IPv4, so that there is one table. */
function v6Code(code: number): number {
  return [0, 13, 0, 1, 3, 13, 13][code] ?? 1;
}

/** Who answers for an IPv4 address; null for anything but an ARP reply. */
export function readArpReply(frame: Uint8Array): { readonly address: string; readonly mac: string } | null {
  const ethernet = readEthernet(frame);
  if (ethernet?.type !== etherArp || ethernet.body.length < 28) return null;
  const { body } = ethernet;
  if (word(body, 0) !== 1 || word(body, 2) !== etherIp4 || body[4] !== 6 || body[5] !== 4 || word(body, 6) !== 2) return null;
  return { address: ipFromBytes(body.subarray(14, 18)), mac: mac(body, 8) };
}

/** An ARP probe (RFC 5227 2.1.1): asks who has an address without saying who asks, so that no cache learns anything. */
export function arpProbe(ownMac: Uint8Array, address: Uint8Array): Uint8Array {
  return Uint8Array.of(
    ...Array(6).fill(0xff),
    ...ownMac,
    8,
    6,
    0,
    1,
    8,
    0,
    6,
    4,
    0,
    1,
    ...ownMac,
    0,
    0,
    0,
    0,
    ...Array(6).fill(0),
    ...address,
  );
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function mac(bytes: Uint8Array, at: number): string {
  return Array.from(bytes.subarray(at, at + 6), (byte) => byte.toString(16).padStart(2, '0')).join(':');
}
