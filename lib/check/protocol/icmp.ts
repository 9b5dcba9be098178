// SPDX-License-Identifier: MIT
// Echo requests and replies as a datagram socket carries them: identifier and checksum are the kernel's (reference/lvs-and-checkers.md
// 9.6; RFC 792, RFC 4443 4.1). Pure.

import { usualPayload } from './udp.ts';

const types = { 4: { request: 8, reply: 0 }, 6: { request: 128, reply: 129 } } as const;
const payloadLength = 128;

/** `sequence`: 0..65535. */
export function echoRequest(family: 4 | 6, sequence: number): Uint8Array {
  const packet = new Uint8Array(8 + payloadLength);
  packet[0] = types[family].request;
  packet[6] = sequence >> 8;
  packet[7] = sequence & 0xff;
  packet.set(usualPayload(payloadLength), 8);
  return packet;
}

export function isEchoReply(family: 4 | 6, bytes: Uint8Array, sequence: number): boolean {
  return bytes.length >= 8 && bytes[0] === types[family].reply && bytes[1] === 0 && (((bytes[6] ?? 0) << 8) | (bytes[7] ?? 0)) === sequence;
}
