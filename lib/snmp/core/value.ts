// SPDX-License-Identifier: MIT
// What an SNMP object can hold (RFC 2578 section 2, encoded by agentx.ts), and the short names by which the MIBs make them.

import { type Ip, ipBytes } from '../../base/address.ts';
import type { Oid } from './oid.ts';

export type Value =
  | { readonly type: 'integer' | 'counter32' | 'gauge32' | 'timeticks'; readonly value: number }
  | { readonly type: 'counter64'; readonly value: bigint }
  /** ip: 4 bytes. */
  | { readonly type: 'octets' | 'opaque' | 'ip'; readonly value: Uint8Array }
  | { readonly type: 'oid'; readonly value: Oid }
  | { readonly type: 'null' | 'noSuchObject' | 'noSuchInstance' | 'endOfMibView' };

export interface VarBind {
  readonly oid: Oid;
  readonly value: Value;
}

const encoder = new TextEncoder();

/** INTEGER and Integer32: −2³¹..2³¹−1; what is beyond is held at the limit. */
export function integer(value: number): Value {
  return { type: 'integer', value: Math.trunc(Math.max(-0x80000000, Math.min(value, 0x7fffffff))) };
}

/** Unsigned32 and Gauge32: 0..2³²−1; what is beyond is held at the limit. */
export function gauge(value: number): Value {
  return { type: 'gauge32', value: Math.trunc(Math.max(0, Math.min(value, 0xffffffff))) };
}

/** Counter32: wraps. */
export function counter(value: number): Value {
  return { type: 'counter32', value: value % 0x100000000 };
}

export function counter64(value: number | bigint): Value {
  return { type: 'counter64', value: BigInt.asUintN(64, BigInt(value)) };
}

/** Hundredths of a second; wraps. */
export function timeTicks(microseconds: number): Value {
  return { type: 'timeticks', value: Math.floor(Math.max(0, microseconds) / 10_000) % 0x100000000 };
}

export function text(value: string): Value {
  return { type: 'octets', value: encoder.encode(value) };
}

export function octets(value: Uint8Array): Value {
  return { type: 'octets', value };
}

/** InetAddress: 4 or 16 bytes. */
export function inetAddress(address: Ip): Value {
  return octets(ipBytes(address));
}

/** IpAddress of SMIv2, IPv4 only. */
export function ipAddress(address: Ip): Value {
  return { type: 'ip', value: ipBytes(address) };
}

/** TruthValue, and keepalived's many twins of it: 1 or 2. */
export function truth(value: boolean): Value {
  return integer(value ? 1 : 2);
}
