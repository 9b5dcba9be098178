// SPDX-License-Identifier: MIT
// keepalived's numbers (reference/config-language.md section 6): C's strtol in base 10, and decimals with a fixed
// number of places.

import { type Micros, micros } from '../base/time.ts';
import { duration } from './json-schema.ts';
import type { Args, ArgType } from './keyword.ts';

interface Number10 {
  readonly value: number;
  /** What stands behind the digits. */
  readonly junk: string;
}

/** A text of nothing but a few digits as a number, else -1: what nearly all numbers are, read without a regular expression. */
function digitsOnly(text: string): number {
  if (text.length === 0 || text.length > 15) return -1;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** strtol/strtoul with base 10: leading white space and `+` allowed, an empty text is 0. null: no number at all. */
export function parseInteger(text: string, signed: boolean): Number10 | null {
  const plain = digitsOnly(text);
  if (plain >= 0) return { value: plain, junk: '' };
  if (text.trim() === '') return { value: 0, junk: '' };
  const match = /^\s*([+-]?)([0-9]+)(.*)$/s.exec(text);
  if (!match?.[2] || (match[1] === '-' && !signed)) return null;
  const value = Number(match[2]);
  return { value: match[1] === '-' && value !== 0 ? -value : value, junk: match[3] ?? '' };
}

/** base 0: `0x…` and leading `0` as in C. */
export function parseCNumber(text: string): number | null {
  const match = /^\s*\+?(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)$/.exec(text);
  if (!match?.[1]) return text.trim() === '' ? 0 : null;
  return /^0[0-7]+$/.test(match[1]) ? Number.parseInt(match[1], 8) : Number(match[1]);
}

export interface Decimal {
  /** In units of the last place, rounded half up. */
  readonly scaled: number;
  readonly junk: string;
  readonly tooManyPlaces: boolean;
}

/** Optional digits, optional point, digits; no sign but `+`, no exponent. */
export function parseDecimal(text: string, places: number): Decimal | null {
  const plain = digitsOnly(text);
  if (plain >= 0) return { scaled: plain * scale(places), junk: '', tooManyPlaces: false };
  const match = /^\s*\+?([0-9]*)(?:\.([0-9]*))?(.*)$/s.exec(text);
  const whole = match?.[1] ?? '';
  const fraction = match?.[2] ?? '';
  if (!match || (whole === '' && fraction === '')) return text.trim() === '' ? { scaled: 0, junk: '', tooManyPlaces: false } : null;
  const kept = fraction.slice(0, places).padEnd(places, '0');
  const up = Number(fraction[places] ?? 0) >= 5 ? 1 : 0;
  return { scaled: Number(whole) * 10 ** places + Number(kept) + up, junk: match[3] ?? '', tooManyPlaces: fraction.length > places };
}

/** 10^places, without a power for each number of a file. */
function scale(places: number): number {
  return places === 6 ? 1e6 : 10 ** places;
}

/** `scaled` units of 10^-places, without superfluous zeros. */
export function decimalText(scaled: number, places: number): string {
  if (places === 0) return String(scaled);
  const digits = String(scaled).padStart(places + 1, '0');
  const cut = digits.length - places;
  return `${digits.slice(0, cut)}.${digits.slice(cut)}`.replace(/\.?0+$/, '') || '0';
}

interface NumberOptions {
  /** Junk behind the number is never accepted. */
  readonly strict?: boolean;
  readonly unit?: string;
  /** Index of the argument; 0 when absent. */
  readonly at?: number;
}

/** Whole number from `min` to `max`. */
export function integer(min: number, max: number, options: NumberOptions = {}): ArgType<number> {
  const range = `${options.unit ? `${options.unit}, ` : ''}${min}..${max}`;
  return {
    syntax: 'N',
    doc: range,
    parse: (args) => readInteger(args, options.at ?? 0, min, max, options.strict ?? false),
    print: String,
    json: { type: 'integer', minimum: min, maximum: max },
  };
}

/** Reads argument `i` as a whole number; reports and gives undefined when it is none or out of range. */
export function readInteger(args: Args, i: number, min: number, max: number, strict: boolean): number | undefined {
  const text = args.text(i);
  if (text === undefined) {
    args.missing(i);
    return undefined;
  }
  const parsed = parseInteger(text, min < 0);
  if (!parsed || (parsed.junk !== '' && (strict || !args.lenient))) {
    args.fault(i, {
      code: 'number-invalid',
      class: 'INVALID_NUMBER',
      message: `invalid number '${text}'`,
      expected: `a whole number, ${min}..${max}`,
    });
    return undefined;
  }
  if (parsed.value < min || parsed.value > max) {
    outside(args, i, text, `${min}, ${max}`);
    return undefined;
  }
  if (parsed.junk !== '') junk(args, i, text, parsed.junk, String(parsed.value));
  return parsed.value;
}

/** Seconds with up to six places → µs. `min` and `max` in seconds. */
export function secondsDecimal(min: number, max: number, places = 6, unit = 1e6): ArgType<Micros> {
  return {
    syntax: places === 0 ? 'SECS' : 'DECIMAL',
    doc: `${unit === 1e6 ? 'seconds' : 'milliseconds'}, ${min}..${max}${places > 0 ? `, ${places} places` : ''}`,
    parse(args) {
      const text = args.text(0);
      if (text === undefined) {
        args.missing(0);
        return undefined;
      }
      const parsed = parseDecimal(text, places);
      if (!parsed || (parsed.junk !== '' && !args.lenient)) {
        args.fault(0, { code: 'number-invalid', class: 'INVALID_NUMBER', message: `invalid number '${text}'`, expected: this.doc });
        return undefined;
      }
      const value = parsed.scaled / scale(places);
      if (value < min || value > max) {
        outside(args, 0, text, places === 0 ? `${min}, ${max}` : `${min.toFixed(places)}, ${max.toFixed(places)}`);
        return undefined;
      }
      if (parsed.junk !== '') junk(args, 0, text, parsed.junk, decimalText(parsed.scaled, places));
      if (parsed.tooManyPlaces) {
        args.fault(0, {
          code: 'number-places',
          class: 'INVALID_NUMBER',
          message: `number '${text}' has more than ${places} decimal places`,
          effect: `rounded to ${decimalText(parsed.scaled, places)}`,
        });
      }
      return micros((parsed.scaled * unit) / scale(places));
    },
    print: (value) => decimalText(Math.round((value * 10 ** places) / unit), places),
    json: duration(min * unit, max * unit),
  };
}

/** Whole seconds → µs. */
export function secondsWhole(min: number, max: number): ArgType<Micros> {
  const number = integer(min, max, { unit: 'seconds' });
  return {
    ...number,
    syntax: 'SECS',
    parse: (args) => {
      const n = number.parse(args);
      return n === undefined ? undefined : micros(n * 1e6);
    },
    print: (value) => String(value / 1e6),
    json: duration(min * 1e6, max * 1e6),
  };
}

function outside(args: Args, i: number, text: string, range: string): void {
  args.fault(i, {
    code: 'number-range',
    class: 'INVALID_NUMBER',
    message: `number '${text}' outside range [${range}]`,
    expected: range.replace(', ', '..'),
  });
}

function junk(args: Args, i: number, text: string, rest: string, value: string): void {
  args.fault(i, {
    code: 'number-junk',
    class: 'INVALID_NUMBER',
    severity: 'warning',
    message: `WARNING - number '${text}' has trailing characters '${rest}'`,
    effect: `read as ${value}`,
  });
}
