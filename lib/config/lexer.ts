// SPDX-License-Identifier: MIT
// Lines to words: comments, quotes, escapes and braces (reference/config-language.md sections 3, 5 and 6). Nothing
// here knows a keyword; all functions take any text and never throw.

import { joinLines, type Line, lineFrom, sliceLine } from './line.ts';

/** One word of a logical line; `at` is the offset of its first character (of the quote, when quoted) in that line. */
export interface Word {
  readonly text: string;
  readonly at: number;
  readonly quoted: boolean;
}

export interface CleanLine {
  /** Without comment and outer blanks; ends with `\` when the physical line did. */
  readonly line: Line;
  /** A `"` is not closed. */
  readonly unterminated: boolean;
  /** Offset of the comment in the raw text, -1 when there is none. */
  readonly commentAt: number;
}

/** What makes a line more than blanks and text. */
const special = /["\\!#]/;

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/**
 * A line of a file without its outer blanks, when that is all there is to clean; else null. Most lines are such, and nothing
 * but the result is made for them.
 */
export function plainTextLine(file: string, line: number, text: string): Line | null {
  if (special.test(text)) return null;
  const start = text.search(notBlank);
  if (start < 0) return lineFrom(file, line, '');
  let end = text.length;
  while (isBlank(text.charCodeAt(end - 1))) end--;
  return lineFrom(file, line, text.slice(start, end), start + 1);
}

const notBlank = /[^ \t]/;

/** Section 3: drops outer blanks and comments, resolves `\#` and `\!` outside quotes. */
export function cleanLine(raw: Line): CleanLine {
  const { text } = raw;
  let start = 0;
  while (isBlank(text.charCodeAt(start))) start++;
  let quoted = false;
  let continued = false;
  let end = text.length;
  let commentAt = -1;
  const dropped: number[] = [];
  for (let i = start; i < text.length; i++) {
    const c = text[i];
    if (c === '"') quoted = !quoted;
    else if (c === '\\') {
      if (i === text.length - 1) {
        continued = true;
        end = i;
        break;
      }
      const next = text[i + 1];
      if (!quoted && (next === '#' || next === '!')) dropped.push(i);
      i++;
    } else if (!quoted && (c === '#' || c === '!')) {
      end = i;
      commentAt = i;
      break;
    }
  }
  const mark = end;
  while (end > start && (text[end - 1] === ' ' || text[end - 1] === '\t')) end--;
  const pieces: Line[] = [];
  let from = start;
  for (const at of dropped) {
    if (at >= end) break;
    pieces.push(sliceLine(raw, from, at));
    from = at + 1;
  }
  pieces.push(sliceLine(raw, from, end));
  if (continued) pieces.push(sliceLine(raw, mark, mark + 1));
  const line = pieces.length === 1 && pieces[0] ? pieces[0] : joinLines(...pieces);
  return { line, unterminated: quoted, commentAt };
}

/** Offset of the first `{` or `}` outside double quotes, -1 when there is none (section 5). */
export function braceAt(text: string): number {
  const first = text.search(brace);
  const quote = first < 0 ? -1 : text.indexOf('"');
  if (quote < 0 || quote > first) return first;
  let quoted = false;
  for (let i = quote; i < text.length; i++) {
    const c = text[i];
    if (c === '"') quoted = !quoted;
    else if (!quoted && (c === '{' || c === '}')) return i;
  }
  return -1;
}

const brace = /[{}]/;

const separators = ' \t\n\v\f\r';
const quoteMark = 0x22;

/** Blank, and tab to carriage return. */
function isSeparator(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

/** More than words with blanks between them. */
const unusual = /["\t\n\v\f\r]/;

/** The words of a trimmed line when they are what lies between single blanks, as in nearly all lines; else null. */
export function plainWords(text: string): readonly string[] | null {
  if (notPlain.test(text)) return null;
  const first = text.indexOf(' ');
  if (first < 0) return [text];
  return text.includes(' ', first + 1) ? text.split(' ') : [text.slice(0, first), text.slice(first + 1)];
}

const notPlain = /["\t\n\v\f\r]| {2}/;

/** Words of a logical line (section 6). An unclosed quote ends the words before it; the rest is lost. */
export function splitWords(text: string): { readonly words: readonly Word[]; readonly unmatched: number } {
  const words: Word[] = [];
  if (!unusual.test(text)) {
    for (let from = 0; from < text.length; ) {
      const blank = text.indexOf(' ', from);
      const to = blank < 0 ? text.length : blank;
      if (to > from) words.push({ text: text.slice(from, to), at: from, quoted: false });
      from = to + 1;
    }
    return { words, unmatched: -1 };
  }
  let i = 0;
  while (i < text.length) {
    const code = text.charCodeAt(i);
    if (isSeparator(code)) {
      i++;
    } else if (code === quoteMark) {
      const close = text.indexOf('"', i + 1);
      if (close < 0) return { words, unmatched: i };
      words.push({ text: text.slice(i + 1, close), at: i, quoted: true });
      i = close + 1;
    } else {
      const from = i;
      for (let c = code; i < text.length && c !== quoteMark && !isSeparator(c); ) c = text.charCodeAt(++i);
      words.push({ text: text.slice(from, i), at: from, quoted: false });
    }
  }
  return { words, unmatched: -1 };
}

/**
 * Stage 1 for script keywords: `'…'` and `"…"` both quote, adjacent pieces join, a backslash pair is kept but
 * protects the character after it. null: a quote is not closed.
 */
export function splitScriptLine(text: string): readonly Word[] | null {
  return splitShell(text, false);
}

/** Stage 2: the words of a command, escapes resolved. null: a quote is not closed. */
export function splitCommand(text: string): readonly string[] | null {
  return splitShell(text, true)?.map((w) => w.text) ?? null;
}

function splitShell(text: string, resolve: boolean): Word[] | null {
  const words: Word[] = [];
  let word: string | null = null;
  let at = 0;
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const c = text[i] ?? '';
    if (c === '\\' && i + 1 < text.length) {
      if (word === null) at = i;
      const [value, length] = resolve ? escapeAt(text, i + 1) : [text[i + 1] ?? '', 1];
      word = (word ?? '') + (resolve ? value : `\\${value}`);
      i += length;
    } else if (quote) {
      if (c === quote) quote = '';
      else word = (word ?? '') + c;
    } else if (c === '"' || c === "'") {
      if (word === null) at = i;
      quote = c;
      word = word ?? '';
    } else if (separators.includes(c)) {
      if (word !== null) words.push({ text: word, at, quoted: false });
      word = null;
    } else {
      if (word === null) at = i;
      word = (word ?? '') + c;
    }
  }
  if (quote) return null;
  if (word !== null) words.push({ text: word, at, quoted: false });
  return words;
}

const escapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  E: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** Value and length of the escape that starts behind a backslash at `i`. */
function escapeAt(text: string, i: number): [string, number] {
  const c = text[i] ?? '';
  const hex = c === 'x' ? /^[0-9a-fA-F]{1,2}/.exec(text.slice(i + 1, i + 3)) : null;
  if (hex) return [String.fromCharCode(Number.parseInt(hex[0], 16)), 1 + hex[0].length];
  const octal = /^[0-7]{1,3}/.exec(text.slice(i, i + 3));
  if (octal) return [String.fromCharCode(Number.parseInt(octal[0], 8) & 0xff), octal[0].length];
  if (c === 'c' && i + 1 < text.length) return [String.fromCharCode(text.charCodeAt(i + 1) & 0x1f), 2];
  return [escapes[c] ?? c, 1];
}

/** A word as it must be written to be read back by splitWords; null when no spelling exists (it contains `"`). */
export function quoteWord(text: string): string | null {
  if (/["\n\0]/.test(text)) return null;
  // A quote behind a backslash does not close for the comment rule: such a word stands bare where it can.
  if (/^(?![@~]|\$\w*=)[^\s"#!{}]+\\$/.test(text)) return text;
  return text !== '' && /^[^\s"#!{}\\$@~]+$/.test(text) ? text : `"${text}"`;
}
