// SPDX-License-Identifier: MIT
// A second, slow and obvious encoder of VRRP packets, written from the RFCs' drawings and nothing else, to hold the native
// one against; and with every field open, so that tests can break one rule at a time.

import { type Ip, ip, ipBytes } from '../../lib/base/address.ts';

/** Every field of an advertisement as it goes out; nothing is checked. */
export interface OracleAdvert {
  readonly version: number;
  readonly type: number;
  readonly vrid: number;
  readonly priority: number;
  /** In the header; the list has its own length. */
  readonly count: number;
  readonly authType: number;
  /** Seconds (v2) or centiseconds (v3). */
  readonly interval: number;
  readonly addresses: readonly string[];
  /** v2 over IPv4: eight bytes at the end. */
  readonly authData: Uint8Array;
  readonly source: string;
  readonly destination: string;
  readonly ttl: number;
  readonly ipId: number;
  /** Sum with pseudo-header (v3 and IPv6) or without. */
  readonly pseudoHeader: boolean;
  /** Added to the right checksum: 0 for a right one. */
  readonly checksumError: number;
  /** Added to the right total length of the IPv4 header. */
  readonly totalLengthError: number;
}

/** Sum of 16-bit words with end-around carry, complemented (RFC 1071). */
export function internetChecksum(bytes: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) {
    sum += (bytes[i] ?? 0) * 256 + (bytes[i + 1] ?? 0);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return 0xffff - sum;
}

const address = (text: string): number[] => [...ipBytes(ip(text) as Ip)];
const word = (n: number): number[] => [(n >> 8) & 0xff, n & 0xff];

/** The VRRP message: RFC 3768 5.1, RFC 9568 5.1. */
export function oracleMessage(a: OracleAdvert): number[] {
  const ipv6 = a.source.includes(':');
  const before = [a.version * 16 + a.type, a.vrid, a.priority, a.count];
  const interval = a.version === 2 ? [a.authType, a.interval] : word(a.interval);
  const list = a.addresses.flatMap(address);
  const auth = a.version === 2 && !ipv6 ? [...a.authData] : [];
  const message = (checksum: number) => [...before, ...interval, ...word(checksum), ...list, ...auth];
  const length = message(0).length;
  // RFC 9568 5.2.8 and RFC 8200 8.1: zeros of different widths do not change the sum.
  const pseudo = a.pseudoHeader ? [...address(a.source), ...address(a.destination), 0, 112, ...word(length)] : [];
  return message((internetChecksum([...pseudo, ...message(0)]) + a.checksumError) & 0xffff);
}

/** What a raw socket delivers: IPv4 with its header, its checksum left zero as before sending; IPv6 without. */
export function oraclePacket(a: OracleAdvert): Uint8Array {
  const message = oracleMessage(a);
  if (a.source.includes(':')) return Uint8Array.from(message);
  const header = [
    ...[0x45, 0xc0, ...word(20 + message.length + a.totalLengthError)],
    ...[...word(a.ipId), 0, 0],
    ...[a.ttl, 112, 0, 0],
    ...address(a.source),
    ...address(a.destination),
  ];
  return Uint8Array.from([...header, ...message]);
}

/** An IPv4 packet as the wire has it: with the header checksum that the kernel fills in. */
export function withIpChecksum(packet: Uint8Array): Uint8Array {
  const bytes = [...packet];
  const checksum = internetChecksum(bytes.slice(0, 20));
  return Uint8Array.from([...bytes.slice(0, 10), ...word(checksum), ...bytes.slice(12)]);
}
