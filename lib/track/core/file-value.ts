// SPDX-License-Identifier: MIT
// The number in a tracked file: C's strtol with base 0 over its first bytes (reference/notifications.md section 9).

const INT_MIN = -(2 ** 31);
const INT_MAX = 2 ** 31 - 1;

export type FileNumber =
  | { readonly kind: 'value'; readonly value: number }
  /** Beyond 32 bits, as text cut to 64 as C does: the former value stays. */
  | { readonly kind: 'invalid'; readonly text: string };

/** No text, or no number: 0. */
export function fileNumber(text: string | null): FileNumber {
  const match = /^[ \t\n\v\f\r]*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)/.exec(text ?? '');
  const digits = match?.[2];
  if (!digits) return { kind: 'value', value: 0 };
  const size = BigInt(/^0[0-7]/.test(digits) ? `0o${digits}` : digits);
  const value = match[1] === '-' ? -size : size;
  if (value >= INT_MIN && value <= INT_MAX) return { kind: 'value', value: Number(value) };
  const most = 2n ** 63n - 1n;
  return { kind: 'invalid', text: String(value > most ? most : value < -most - 1n ? -most - 1n : value) };
}
