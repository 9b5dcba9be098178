// SPDX-License-Identifier: MIT
// Object identifiers as lists of sub-identifiers, 0..2³²−1 each.

export type Oid = readonly number[];

/** `1.3.6.1.2` → [1, 3, 6, 1, 2]. For literals: nothing is checked. */
export function oid(text: string): Oid {
  return text.split('.').map(Number);
}

/** Lexicographic, as SNMP orders objects (RFC 3416 section 4.2.2): negative, 0 or positive. */
export function compareOid(a: Oid, b: Oid): number {
  const common = Math.min(a.length, b.length);
  for (let i = 0; i < common; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export function startsWith(whole: Oid, prefix: Oid): boolean {
  return whole.length >= prefix.length && prefix.every((part, i) => whole[i] === part);
}
