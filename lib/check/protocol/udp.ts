// SPDX-License-Identifier: MIT
// What UDP_CHECK sends, and whether a reply is the one that must come (reference/lvs-and-checkers.md 9.5). Pure.

/** keepalived's text where no payload is given: UDP_CHECK cuts it to 32 bytes, PING_CHECK repeats it. */
const text = 'keepalived check - ';

export function usualPayload(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => text.charCodeAt(i % text.length));
}

/** Pairs of hexadecimal digits. */
export function hexBytes(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}

export interface ReplyRule {
  /** Two digits a byte, `x` any of them; empty: whatever comes. */
  readonly pattern: string;
  readonly shortest: number;
  readonly longest: number;
}

/** As many bytes as both have are compared. */
export function isExpectedReply(bytes: Uint8Array, { pattern, shortest, longest }: ReplyRule): boolean {
  if (pattern === '') return true;
  if (bytes.length < shortest || bytes.length > longest) return false;
  const compared = Math.min(bytes.length, pattern.length / 2);
  for (let i = 0; i < compared; i++) {
    const digits = (bytes[i] ?? 0).toString(16).padStart(2, '0');
    for (const half of [0, 1]) {
      const wanted = pattern[2 * i + half];
      if (wanted !== 'x' && wanted !== digits[half]) return false;
    }
  }
  return true;
}
