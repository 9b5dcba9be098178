// SPDX-License-Identifier: MIT
// `~SEQ`, `~SEQx` and `~LST`: a line repeated with changing definitions (reference/config-language.md section 8).
// Values are worked out one step at a time, so a huge sequence costs nothing until its lines are read.

import { err, ok, type Result } from '../base/result.ts';

export interface Sequence {
  readonly names: readonly string[];
  readonly count: number;
  /** Values of the names in step `i`, 0 ≤ i < count. */
  readonly values: (i: number) => readonly string[];
  /** Offset of TEXT in the line. */
  readonly textAt: number;
}

const head = /^~(SEQx|SEQ|LST)[ \t]*\(/;

export function isSequence(text: string): boolean {
  return head.test(text);
}

/** Reads the part up to the closing bracket; `expand` replaces references in numbers. Errors: what is wrong. */
export function parseSequence(text: string, expand: (text: string) => string): Result<Sequence, string> {
  const match = head.exec(text);
  const close = text.indexOf(')');
  if (!match || close < 0) return err('has no closing )');
  const inner = text.slice(match[0].length, close);
  let textAt = close + 1;
  while (text[textAt] === ' ' || text[textAt] === '\t') textAt++;
  const parsed = match[1] === 'LST' ? parseList(inner) : parseCount(inner, match[1] === 'SEQx', expand);
  return parsed.ok ? ok({ ...parsed.value, textAt }) : parsed;
}

type Steps = Omit<Sequence, 'textAt'>;
const nameForm = /^[A-Za-z_][A-Za-z0-9_]*$/;

function parseCount(inner: string, hex: boolean, expand: (text: string) => string): Result<Steps, string> {
  const comma = inner.indexOf(',');
  const name = (comma < 0 ? inner : inner.slice(0, comma)).trim();
  if (!nameForm.test(name)) return err(`'${name}' is not a variable name`);
  if (comma < 0) return err('needs an end value');
  const numbers = expand(inner.slice(comma + 1));
  if (numbers.length > 63) return err('has more than 63 characters of numbers');
  const parts = numbers.split(',').map((p) => cNumber(p.trim()));
  if (parts.length > 3) return err('has more than three numbers');
  if (parts.some((n) => n === null)) return err(`'${numbers.trim()}' is not start, step, end`);
  const n = parts as number[];
  const end = n[n.length - 1] ?? 0;
  const start = n.length > 1 ? (n[0] ?? 0) : end < 0 ? -1 : 1;
  const down = n.length === 1 ? end < 1 : end < start;
  const step = n.length === 3 ? (n[1] ?? 0) : down ? -1 : 1;
  if (step === 0) return err('has step 0');
  if (start !== end && step > 0 !== end > start) return err(`cannot reach ${end} from ${start} in steps of ${step}`);
  if (hex && (start < 0 || end < 0)) return err('cannot count negative numbers in hex');
  return ok({
    names: [name],
    count: Math.floor((end - start) / step) + 1,
    values: (i) => [(start + i * step).toString(hex ? 16 : 10)],
  });
}

/** strtol with base 0; an absent number is 0. null: not a number, or above 2^31. */
function cNumber(text: string): number | null {
  if (text === '') return 0;
  const m = /^([+-]?)(0[xX][0-9a-fA-F]+|[0-9]+)$/.exec(text);
  if (!m?.[2]) return null;
  const octal = /^0[0-9]/.test(m[2]);
  if (octal && /[89]/.test(m[2])) return null;
  const value = octal ? Number.parseInt(m[2], 8) : Number(m[2]);
  return value > 2 ** 31 ? null : m[1] === '-' ? -value : value;
}

function parseList(inner: string): Result<Steps, string> {
  const parts = splitSets(inner);
  if (parts === null) return err('has unbalanced braces');
  const [first, ...values] = parts;
  const names = first ?? [];
  if (names.length === 0 || !names.every((n) => nameForm.test(n))) return err(`'${names.join(', ')}' is not a variable name`);
  for (const set of values) {
    if (set.some((v) => /[ \t]/.test(v))) return err(`value '${set.find((v) => /[ \t]/.test(v))}' contains a blank`);
    if (set.length > names.length) return err(`has ${set.length} values for ${names.length} variables`);
  }
  return ok({ names, count: values.length, values: (i) => names.map((_, k) => values[i]?.[k] ?? '') });
}

/** `A, {B, C}` → [['A'], ['B', 'C']] */
function splitSets(inner: string): string[][] | null {
  const sets: string[][] = [];
  let depth = 0;
  let current = '';
  let braced = false;
  const push = () => {
    const text = current.trim();
    sets.push(braced ? text.split(',').map((v) => v.trim()) : [text]);
    current = '';
    braced = false;
  };
  for (const c of inner) {
    if (c === '{') {
      if (++depth > 1 || current.trim() !== '') return null;
      braced = true;
      current = '';
    } else if (c === '}') {
      if (--depth < 0) return null;
    } else if (c === ',' && depth === 0) push();
    else current += c;
  }
  if (depth !== 0) return null;
  push();
  return sets;
}
