// SPDX-License-Identifier: MIT
// Query and answer of DNS_CHECK (reference/lvs-and-checkers.md 9.4): of an answer only the header is looked at. Pure.

import { encode, type RecordType } from 'dns-packet';

const recursionDesired = 0x0100;

/** One question of class IN. `name`: '.' is the root. Throws for a name that does not fit into a question (RFC 1035 2.3.4). */
export function dnsQuery(id: number, type: string, name: string): Uint8Array {
  const bare = name.replace(/\.$/, '');
  if (bare.length > 253 || bare.split('.').some((label) => label.length > 63)) throw new RangeError(`${name} is too long for a question`);
  return encode({ type: 'query', id, flags: recursionDesired, questions: [{ type: type as RecordType, name: bare }] });
}

/** RCODE of the answer to the query with this id; null: it is none. */
export function dnsAnswer(bytes: Uint8Array, id: number): number | null {
  if (bytes.length < 12) return null;
  const word = (at: number) => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  const flags = word(2);
  return word(0) === id && (flags & 0x8000) !== 0 ? flags & 0x000f : null;
}
