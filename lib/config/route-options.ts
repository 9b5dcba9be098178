// SPDX-License-Identifier: MIT
// Words of routes and rules that take one argument: how the argument is checked and what it becomes. Names of tables,
// protocols, scopes and so on are kept as text; they are looked up where routes are written.

import { type Family, ipFamily, parseIp } from '../base/address.ts';
import type { Args } from './keyword.ts';
import { parseCNumber, parseInteger } from './numbers.ts';

/** Canonical text of an argument, null when it is not acceptable. */
type Check = (text: string) => string | null;

export interface RouteOption {
  readonly check: Check;
  readonly expected: string;
  /** Another spelling of this option. */
  readonly as?: string;
  /** The word `lock` may stand before the argument. */
  readonly lock?: true;
  /** The argument is an address whose family is that of the route. */
  readonly address?: true;
  /** Only for this family. */
  readonly family?: Family;
}

export function number(max: number, min = 0): RouteOption {
  const check: Check = (text) => {
    const parsed = parseInteger(text, min < 0);
    return parsed?.junk === '' && text !== '' && parsed.value >= min && parsed.value <= max ? String(parsed.value) : null;
  };
  return { check, expected: `${min}..${max}` };
}

/** A decimal number of 64 bits: kept as text, since it is more than a JavaScript number holds. */
export const long: RouteOption = {
  check: (text) => (/^[0-9]{1,20}$/.test(text) && BigInt(text) < 2n ** 64n ? BigInt(text).toString() : null),
  expected: '0..18446744073709551615',
};

/** A number in any C base up to `max`, or a name. */
export function named(max: number): RouteOption {
  const check: Check = (text) => {
    const value = parseCNumber(text);
    if (value !== null && text !== '') return value <= max ? String(value) : null;
    return /^[A-Za-z_][A-Za-z0-9_.+-]*$/.test(text) ? text : null;
  };
  return { check, expected: `0..${max} or a name` };
}

export function words(...known: readonly string[]): RouteOption {
  return { check: (text) => (known.includes(text) ? text : null), expected: known.join(' or ') };
}

export const anyWord: RouteOption = { check: (text) => text, expected: 'a word' };
export const device: RouteOption = {
  check: (text) => (text !== '' && text.length <= 15 ? text : null),
  expected: 'an interface name of at most 15 characters',
};
export const ipAddress: RouteOption = {
  check: (text) => {
    const parsed = parseIp(text);
    return parsed.ok ? parsed.value : null;
  },
  expected: 'a numeric address',
  address: true,
};
export const prefix: RouteOption = { check: prefixText, expected: 'IPADDR[/PREFIX]', address: true };

const twoPlaces = named(255).check;
export const realms: RouteOption = {
  check: (text) => {
    const parts = text.split('/').map(twoPlaces);
    return parts.length <= 2 && parts.every((p) => p !== null) ? parts.join('/') : null;
  },
  expected: '[FROM/]TO, each 0..255 or a name',
  family: 4,
};

/** A bare number, or one with ms, s, sec or secs. */
export const time: RouteOption = {
  check: (text) => (/^[0-9]+(\.[0-9]+)?(ms|s|sec|secs)?$/.test(text) && (!text.includes('.') || /[a-z]/.test(text)) ? text : null),
  expected: 'a number, or a time with ms, s, sec or secs',
  lock: true,
};

export function range(max: number): RouteOption {
  const check: Check = (text) => {
    const match = /^([0-9]+)-([0-9]+)$/.exec(text);
    return match && Number(match[1]) <= Number(match[2]) && Number(match[2]) <= max ? `${Number(match[1])}-${Number(match[2])}` : null;
  };
  return { check, expected: `LOW-HIGH, at most ${max}` };
}

/** N[/MASK] */
export const mark: RouteOption = {
  check: (text) => {
    const parts = text.split('/').map((p) => (p === '' ? null : parseCNumber(p)));
    return parts.length <= 2 && parts.every((p) => p !== null && p <= 0xffffffff) ? parts.join('/') : null;
  },
  expected: 'N[/MASK], each 0..4294967295',
};

/** Canonical `IPADDR/PREFIX`, full length when there is none; null for anything else. */
export function prefixText(text: string): string | null {
  const [address = '', length, ...rest] = text.split('/');
  const parsed = parseIp(address);
  if (!parsed.ok || rest.length > 0) return null;
  const full = ipFamily(parsed.value) === 4 ? 32 : 128;
  const bits = length === undefined ? full : /^[0-9]+$/.test(length) ? Number(length) : -1;
  return bits >= 0 && bits <= full ? `${parsed.value}/${bits}` : null;
}

/** Reads the argument of `name` at `i`; reports and gives null when it is missing or not acceptable. */
export function readOption(args: Args, i: number, name: string, option: RouteOption, what: string): string | null {
  const text = args.text(i);
  if (text === undefined) {
    args.missing(i);
    return null;
  }
  const value = option.check(text);
  if (value !== null) return value;
  const message = option.address ? `invalid ${what} ${name} address ${text}` : `invalid ${what} ${name} value ${text}`;
  args.fault(i, { code: 'route-option-invalid', class: 'GENERAL_ERROR', message, word: text, expected: option.expected });
  return null;
}
