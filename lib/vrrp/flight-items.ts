// SPDX-License-Identifier: MIT
// The engine's ring as items of a capture: packets with what became of them, timer events in words. Passwords are masked here,
// before anything leaves the process; keys of AH and auth_hmac are never on the wire.

import { type Ip, ipBytes } from '../base/address.ts';
import type { FlightSlot } from '../native/flight-surface.ts';
import type { CaptureItem } from './pcapng.ts';

export interface FlightRouter {
  readonly name: string;
  readonly family: 4 | 6;
  /** Of its packets: 112, or 51 with AH. */
  readonly protocol: 112 | 51;
  /** As configured, without the zeros behind it; empty: none. */
  readonly password: Uint8Array;
}

/** `interface`: its number in the capture; `epoch`: µs since 1970 at monotonic 0. */
export function captureItem(
  router: FlightRouter,
  slot: FlightSlot,
  at: { readonly interface: number; readonly epoch: number },
): CaptureItem {
  const time = slot.at + at.epoch;
  if (slot.bytes.length === 0) return { kind: 'event', at: time, text: `(${router.name}) ${eventWords(slot)}` };
  const sent = slot.kind === 'sent' || slot.kind === 'farewell';
  const masked = mask(router, slot.bytes);
  const bytes = router.family === 4 ? masked : withHeader(router, slot, masked);
  return {
    kind: 'packet',
    interface: at.interface,
    at: time,
    direction: sent ? 'out' : 'in',
    bytes,
    length: slot.length + bytes.length - masked.length,
    comment: `(${router.name}) ${packetWords(slot)}${masked === slot.bytes ? '' : '; password masked, so its checksum is wrong'}`,
  };
}

function packetWords(slot: FlightSlot): string {
  switch (slot.kind) {
    case 'sent':
      return slot.second === 0 ? 'sent' : `not sent: errno ${slot.second}`;
    case 'farewell':
      return 'farewell sent';
    case 'refused':
      return `refused: ${slot.reason}`;
    default:
      return slot.kind;
  }
}

function eventWords(slot: FlightSlot): string {
  switch (slot.kind) {
    case 'expired':
      return `deadline ${slot.first} ran out, noticed ${slot.second} us late`;
    case 'woke_late':
      return `woke up ${slot.first} us late: listens first`;
    case 'spoke_again':
      return 'heard nobody: speaks again';
    default:
      return 'lease lost';
  }
}

/** The same array when there is nothing to hide. */
function mask({ family, password }: FlightRouter, packet: Uint8Array): Uint8Array {
  const start = family === 4 ? 4 * ((packet[0] ?? 0) & 15) : 0;
  const isAuthenticated = family === 4 && (packet[start] ?? 0) >> 4 === 2 && packet[start + 4] === 1;
  const found = indexOf(packet, password);
  if (!isAuthenticated && found < 0) return packet;
  const hidden = packet.slice();
  // Behind the addresses; a packet that lies about their number has nothing worth keeping behind its header.
  const data = start + 8 + 4 * (packet[start + 3] ?? 0);
  if (isAuthenticated) hidden.fill(0x2a, Math.min(data, Math.max(start + 8, packet.length - 8)));
  for (let i = found; i >= 0; i = indexOf(hidden, password)) hidden.fill(0x2a, i, i + password.length);
  return hidden;
}

function indexOf(bytes: Uint8Array, part: Uint8Array): number {
  if (part.length === 0 || part.every((b) => b === 0x2a)) return -1;
  for (let i = 0; i + part.length <= bytes.length; i++) if (part.every((b, k) => bytes[i + k] === b)) return i;
  return -1;
}

/** IPv6 sockets hand over what follows the header; it is made again from what they told. */
function withHeader({ protocol }: FlightRouter, slot: FlightSlot, payload: Uint8Array): Uint8Array {
  const all = new Uint8Array(40 + payload.length);
  const view = new DataView(all.buffer);
  view.setUint32(0, 0x6c000000);
  view.setUint16(4, slot.length);
  all[6] = protocol;
  all[7] = slot.hopLimit < 0 ? 255 : slot.hopLimit;
  for (const [text, at] of [
    [slot.source, 8],
    [slot.destination, 24],
  ] as const)
    if (text.includes(':')) all.set(ipBytes(text as Ip), at);
  all.set(payload, 40);
  return all;
}
