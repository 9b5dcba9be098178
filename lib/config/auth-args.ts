// SPDX-License-Identifier: MIT
// Keys of auth_hmac as they are written (reference/vrrp-protocol.md 2.3). They are secrets: no message shows one.

import type { Args, ArgType } from './keyword.ts';
import { quoteWord } from './lexer.ts';
import { readInteger } from './numbers.ts';

/** ID and what it was written as: the key's bytes in hex, or the file that holds them. */
export interface HmacKeyEntry {
  readonly id: number;
  readonly key: { readonly hex: string } | { readonly file: string };
}

const expected = '32 to 64 bytes, as text or as hex:DIGITS';

/** The bytes of `hex:DIGITS`, with blanks allowed between them, or of plain text, in hex; null: not 32 to 64 bytes. */
export function keyBytes(text: string): string | null {
  const digits = text.startsWith('hex:') ? text.slice(4).replace(/\s/g, '') : hexOf(new TextEncoder().encode(text));
  return /^(?:[0-9a-f]{2}){32,64}$/i.test(digits) ? digits.toLowerCase() : null;
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function refuse(args: Args, message: string): undefined {
  args.fault(1, {
    code: 'auth-hmac-key',
    class: 'GENERAL_ERROR',
    message: `(${args.object}) auth_hmac key ${args.text(0)}: ${message}`,
    // The word is the secret.
    word: null,
    secret: true,
    expected,
    effect: 'the key is ignored',
  });
  return undefined;
}

/** ID VALUE */
export const hmacKey: ArgType<HmacKeyEntry> = {
  syntax: 'ID KEY',
  doc: `1..255, and ${expected}, or file:PATH of a file with one of these`,
  parse(args) {
    const id = readInteger(args, 0, 1, 255, true);
    const word = args.text(1);
    if (word === undefined) {
      args.missing(1);
      return undefined;
    }
    if (id === undefined) return undefined;
    if (word.startsWith('file:')) return word.length > 5 ? { id, key: { file: word.slice(5) } } : refuse(args, 'no file named');
    const hex = keyBytes(word);
    return hex === null ? refuse(args, 'not a key') : { id, key: { hex } };
  },
  print: ({ id, key }) => `${id} ${'hex' in key ? `hex:${key.hex}` : (quoteWord(`file:${key.file}`) ?? '')}`,
};
