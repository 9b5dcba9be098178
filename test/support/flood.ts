// SPDX-License-Identifier: MIT
// A stranger on the wire: sends broken relatives of a good advert at a steady rate. Every one of them must be refused.

import type { Host } from '../../lib/lab/host.ts';
import { loadNative } from '../../lib/native/load.ts';
import { dice } from './dice.ts';

export interface FloodTarget {
  /** A router of the same VRID that the packets claim to come from. */
  readonly source: string;
  readonly vrid: number;
  readonly priority: number;
  /** 8 bytes. */
  readonly password: string;
  readonly vip: string;
}

/**
 * Sends `rate` mutated adverts a second for `seconds` from a host's interface; resolves with their number.
 * The seed fixes the whole sequence.
 */
export async function flood(host: Host, ifname: string, target: FloodTarget, rate: number, seconds: number, seed: number): Promise<number> {
  const tap = loadNative().openTap({ netns: host.netns, ifname, snaplen: 64, promiscuous: false }, () => {});
  const random = dice(seed);
  const began = performance.now();
  let sent = 0;
  try {
    while (sent < rate * seconds) {
      const due = Math.min(rate * seconds, Math.floor(((performance.now() - began) / 1000) * rate));
      for (; sent < due; sent++) tap.send(mutant(target, sent, random));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  } finally {
    tap.close();
  }
  return sent;
}

interface Draft {
  /** Offsets count from the IP header. */
  packet: Uint8Array;
  /** false: the VRRP checksum stays as the mutation left it. */
  sum: boolean;
}

type Mutation = (draft: Draft, random: (below: number) => number) => void;

const vrrp = 20;

/** Each breaks exactly one thing that the receive ladder names, or many at random. */
const mutations: readonly Mutation[] = [
  (d, r) => set(d, vrrp + 6 + r(2), (v) => v ^ (1 + r(255)), false), // checksum
  (d, r) => set(d, 8, () => r(255)), // TTL 0..254
  (d, r) => set(d, vrrp, () => ((r(2) === 0 ? 3 : 4 + r(12)) << 4) | 1), // version
  (d, r) => set(d, vrrp, () => 0x20 | ((2 + r(14)) & 15)), // type
  (d, r) => set(d, vrrp + 4, () => [0, 2, 3 + r(253)][r(3)] ?? 0), // authentication type
  (d, r) => set(d, vrrp + 5, () => 2 + r(254)), // interval
  (d, r) => set(d, vrrp + 12 + r(8), (v) => v ^ (1 + r(255))), // password
  (d, r) => set(d, vrrp + 3, () => 2 + r(254)), // more addresses than there are bytes
  (d, r) => set(d, vrrp + 1, (v) => v ^ (1 + r(255))), // another VRID
  (d, r) => cut(d, vrrp + r(20)), // cut anywhere in the VRRP part, with the IP length told truly
  (d, r) => cut(d, vrrp + r(20), true), // … and with the old IP length
  (d, r) => append(d, 1 + r(40)), // longer than it says
  (d, r) => noise(d, vrrp, r), // random bytes
  (d, r) => set(d, vrrp + 2 + r(18), (v) => v ^ (1 << r(8)), false), // one bit, checksum as it was
];

function mutant(target: FloodTarget, index: number, random: (below: number) => number): Uint8Array {
  const draft: Draft = { packet: advert(target), sum: true };
  mutations[index % mutations.length]?.(draft, random);
  if (draft.sum && draft.packet.length >= vrrp + 8) {
    write16(draft.packet, vrrp + 6, 0);
    write16(draft.packet, vrrp + 6, checksum(draft.packet.subarray(vrrp)));
  }
  write16(draft.packet, 10, 0);
  write16(draft.packet, 10, checksum(draft.packet.subarray(0, 20)));
  const ethernet = Uint8Array.of(0x01, 0, 0x5e, 0, 0, 0x12, 0x02, 0, 0, 0, 0, 0x99, 0x08, 0);
  return Uint8Array.from([...ethernet, ...draft.packet]);
}

/** A good VRRPv2 advert with priority 255, or the one asked for: it would win at once if it were believed. */
function advert(target: FloodTarget): Uint8Array {
  const octets = (text: string) => text.split('.').map(Number);
  const password = new TextEncoder().encode(target.password.padEnd(8, '\0')).subarray(0, 8);
  const body = [0x21, target.vrid, target.priority, 1, 1, 1, 0, 0, ...octets(target.vip), ...password];
  const header = [0x45, 0xc0, 0, 20 + body.length, 0, 1, 0, 0, 255, 112, 0, 0, ...octets(target.source), 224, 0, 0, 18];
  return Uint8Array.from([...header, ...body]);
}

function set(draft: Draft, offset: number, change: (value: number) => number, sum = true): void {
  draft.packet[offset] = change(draft.packet[offset] ?? 0) & 0xff;
  draft.sum = sum;
}

function cut(draft: Draft, length: number, keepTold = false): void {
  draft.packet = draft.packet.slice(0, length);
  if (!keepTold) write16(draft.packet, 2, length);
}

function append(draft: Draft, more: number): void {
  // 2, 6, 10 … more bytes up to a frame of 60 count as Ethernet's own padding and are legal: never those.
  const count = more % 4 === 2 ? more + 1 : more;
  draft.packet = Uint8Array.from([...draft.packet, ...new Uint8Array(count).fill(0xee)]);
  write16(draft.packet, 2, draft.packet.length);
}

function noise(draft: Draft, from: number, random: (below: number) => number): void {
  for (let i = from; i < draft.packet.length; i++) draft.packet[i] = random(256);
  // Never by chance the VRID, version and type that are looked at.
  draft.packet[from] = 0xf0 | random(16);
  draft.sum = false;
}

function write16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >> 8;
  bytes[offset + 1] = value & 0xff;
}

/** RFC 1071 */
function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
