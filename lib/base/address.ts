// SPDX-License-Identifier: MIT
// IP and MAC addresses as canonical text: comparable with ===, safe to freeze, to send between processes and to print.

import { err, ok, type Result } from './result.ts';

declare const ipBrand: unique symbol;
/** A canonical IPv4 dotted quad or RFC 5952 IPv6 text, without prefix or zone. */
export type Ip = string & { readonly [ipBrand]: true };

export type Family = 4 | 6;

/** An address with its prefix length: 0..32 or 0..128. */
export interface Prefix {
  readonly ip: Ip;
  readonly length: number;
}

export function ipFamily(ip: Ip): Family {
  return ip.includes(':') ? 6 : 4;
}

/** Lower-case text of a hardware address; '' for none. */
export function macText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':');
}

/** Parses numeric IPv4 (four decimal parts, as inet_pton) or IPv6 text. Errors: a sentence without the text itself. */
export function parseIp(text: string): Result<Ip, string> {
  if (!text.includes(':')) return quad(text) < 0 ? err('is not a numeric IP address') : ok(text as Ip);
  const bytes = parse6(text);
  return bytes ? ok(ipFromBytes(bytes)) : err('is not a numeric IP address');
}

/** For literals in code and tests; throws on anything that parseIp refuses. */
export function ip(text: string): Ip {
  const parsed = parseIp(text);
  if (!parsed.ok) throw new TypeError(`${text} ${parsed.error}`);
  return parsed.value;
}

/** 4 or 16 bytes in network order. */
export function ipBytes(address: Ip): Uint8Array {
  const bytes = ipFamily(address) === 6 ? parse6(address) : parse4(address);
  if (!bytes) throw new TypeError(`not an address: ${address}`);
  return bytes;
}

/** 4 or 16 bytes in network order → canonical text. Throws TypeError for another length. */
export function ipFromBytes(bytes: Uint8Array): Ip {
  if (bytes.length === 4) return bytes.join('.') as Ip;
  if (bytes.length !== 16) throw new TypeError(`an address has 4 or 16 bytes, not ${bytes.length}`);
  return print6(bytes) as Ip;
}

/** Numeric comparison in network order, as VRRP breaks ties (RFC 9568 6.4.3). IPv4 sorts before IPv6. */
export function compareIp(a: Ip, b: Ip): number {
  const x = ipBytes(a);
  const y = ipBytes(b);
  if (x.length !== y.length) return x.length - y.length;
  for (let i = 0; i < x.length; i++) {
    const d = (x[i] ?? 0) - (y[i] ?? 0);
    if (d !== 0) return d;
  }
  return 0;
}

/** fe80::/10 */
export function isLinkLocal(address: Ip): boolean {
  if (ipFamily(address) !== 6) return false;
  const b = ipBytes(address);
  return b[0] === 0xfe && ((b[1] ?? 0) & 0xc0) === 0x80;
}

export function isMulticast(address: Ip): boolean {
  const b = ipBytes(address);
  return b.length === 4 ? ((b[0] ?? 0) & 0xf0) === 0xe0 : b[0] === 0xff;
}

export function isLoopback(address: Ip): boolean {
  return ipFamily(address) === 4 ? ipBytes(address)[0] === 127 : address === '::1';
}

export function prefixText(prefix: Prefix): string {
  return `${prefix.ip}/${prefix.length}`;
}

/** `00:00:5e:00:01:33` → bytes; any length of at least one byte. */
export function parseMac(text: string): Result<Uint8Array, string> {
  const parts = text.split(':');
  if (!parts.every((p) => /^[0-9a-fA-F]{1,2}$/.test(p))) return err('is not a MAC address');
  return ok(Uint8Array.from(parts, (p) => Number.parseInt(p, 16)));
}

function parse4(text: string): Uint8Array | null {
  const value = quad(text);
  return value < 0 ? null : Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

/**
 * An IPv4 address as a number, -1 when it is none. As inet_pton: four numbers without leading zeros, signs and blanks, so that
 * the text is canonical. Written out: configurations hold thousands of them.
 */
function quad(text: string): number {
  let address = 0;
  let parts = 0;
  let value = -1;
  for (let i = 0; i <= text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit >= 0 && digit <= 9) {
      if (value === 0) return -1;
      value = (value < 0 ? 0 : value * 10) + digit;
      if (value > 255) return -1;
    } else {
      // A point, or the end behind the last part.
      if (value < 0 || parts > 3 || (i === text.length ? parts !== 3 : text[i] !== '.')) return -1;
      address = address * 256 + value;
      parts++;
      value = -1;
    }
  }
  return address;
}

function parse6(text: string): Uint8Array | null {
  let head = text;
  let tail4: Uint8Array | null = null;
  if (text.includes('.')) {
    const cut = text.lastIndexOf(':') + 1;
    tail4 = parse4(text.slice(cut));
    if (!tail4) return null;
    const [a, b, c, d] = tail4 as unknown as [number, number, number, number];
    head = `${text.slice(0, cut)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  }
  const halves = head.split('::');
  if (halves.length > 2) return null;
  const left = words(halves[0] ?? '');
  const right = halves.length === 2 ? words(halves[1] ?? '') : [];
  if (!left || !right) return null;
  const missing = 8 - left.length - right.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  const all = [...left, ...new Array<number>(missing).fill(0), ...right];
  const bytes = new Uint8Array(16);
  for (const [i, w] of all.entries()) {
    bytes[2 * i] = w >> 8;
    bytes[2 * i + 1] = w & 0xff;
  }
  return bytes;
}

function words(text: string): number[] | null {
  if (text === '') return [];
  const parts = text.split(':');
  if (!parts.every((p) => /^[0-9a-fA-F]{1,4}$/.test(p))) return null;
  return parts.map((p) => Number.parseInt(p, 16));
}

/** RFC 5952: lower case, no leading zeros, the longest run of two or more zero words becomes `::`. */
function print6(bytes: Uint8Array): string {
  const w = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));
  if (w.slice(0, 5).every((x) => x === 0) && w[5] === 0xffff) return `::ffff:${bytes.slice(12).join('.')}`;
  let start = -1;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let n = 0;
    while (i + n < 8 && w[i + n] === 0) n++;
    if (n > length) {
      start = i;
      length = n;
    }
  }
  const hex = (part: number[]) => part.map((x) => x.toString(16)).join(':');
  return start < 0 ? hex(w) : `${hex(w.slice(0, start))}::${hex(w.slice(start + length))}`;
}
