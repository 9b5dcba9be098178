// SPDX-License-Identifier: MIT
// Physical lines as the formatter sees them. Nothing is expanded: what a definition, a sequence or a condition makes of
// a line is known to nobody here, so such lines keep their words and only lines that mean themselves are rearranged.

import { includeForm } from '../include.ts';
import { braceAt, cleanLine } from '../lexer.ts';
import { limits } from '../limits.ts';
import { lineFrom } from '../line.ts';
import { physicalLines } from '../source.ts';

/** `@ID` or `@^ID` before a line. */
export interface Condition {
  readonly id: string;
  readonly not: boolean;
}

/** Lines are counted from 1. */
export interface Code {
  readonly kind: 'code';
  readonly line: number;
  readonly condition: Condition | null;
  /** The line in one piece when it must stay one; null: it may be divided at its braces. */
  readonly whole: string | null;
  /** Braces, each on its own, and the texts between them; of a whole line the braces only. */
  readonly tokens: readonly string[];
  /** With its `#` or `!` and the blank before it, if there is one; '' when there is none. */
  readonly comment: string;
}

export type Item =
  | Code
  | { readonly kind: 'comment'; readonly line: number; readonly text: string }
  /** `keep`: it ends a multi-line definition. */
  | { readonly kind: 'blank'; readonly line: number; readonly keep: boolean }
  /** A line of a multi-line definition, letter by letter. */
  | { readonly kind: 'kept'; readonly line: number; readonly text: string };

/** Why a text must not be touched. */
export interface Obstacle {
  readonly line: number;
  readonly reason: string;
}

export type ReadResult = { readonly ok: true; readonly items: readonly Item[] } | { readonly ok: false; readonly obstacle: Obstacle };

export function readItems(text: string): ReadResult {
  const items: Item[] = [];
  let defining = false;
  const { texts, faults } = physicalLines(text);
  for (const [index, raw] of texts.entries()) {
    const line = index + 1;
    const fault = faults.get(index);
    const refuse = (reason: string): ReadResult => ({ ok: false, obstacle: { line, reason } });
    if (fault === 'nul') return refuse('a NUL byte');
    if (raw.includes('\r')) return refuse('a carriage return inside the line');
    if (fault === 'too-long') return refuse(`longer than ${limits.lineBytes} bytes`);
    const clean = cleanLine(lineFrom('', line, raw));
    if (clean.unterminated) return refuse('a quote that is not closed');
    const cleaned = clean.line.text;
    const continued = cleaned.endsWith('\\');
    if (defining) {
      items.push(trim(raw) === '' ? { kind: 'blank', line, keep: true } : { kind: 'kept', line, text: raw });
      defining = continued;
      continue;
    }
    // Wherever it stands: conditions, sequences and braces may come before it.
    defining = continued && definition.test(cleaned);
    // The blanks behind a last backslash decide whether it is part of a word.
    if (continued) items.push({ kind: 'kept', line, text: raw });
    else items.push(itemFrom(raw, clean.commentAt, line));
  }
  return { ok: true, items };
}

const definition = /\$[A-Za-z_][A-Za-z0-9_]*=/;
const conditionForm = /^@(\^?)([^ \t]*)[ \t]*/;
const sequenceForm = /^~(?:SEQx?|LST)[ \t]*\([^)]*\)[ \t]*/;

function itemFrom(text: string, commentAt: number, line: number): Item {
  const code = trim(commentAt < 0 ? text : text.slice(0, commentAt));
  const remark = commentAt < 0 ? '' : trim(text.slice(commentAt));
  if (code === '') return remark === '' ? { kind: 'blank', line, keep: false } : { kind: 'comment', line, text: remark };
  // `pass!word` loses its end as a comment: a blank there would look as if we had broken it.
  const glued = remark === '' || !/[ \t{}]/.test(text[commentAt - 1] ?? '');
  const comment = glued ? remark : ` ${remark}`;
  const squeezed = squeeze(code);
  const { condition, rest } = withoutPrefix(code);
  // Text behind a brace is read as if it began a line.
  const tokens = tokensOf(squeezed);
  // A lone `include` would become one with a pattern by the blank before its brace.
  const special = restsOf(squeezed).map(
    (rest) => /^[@~]/.test(rest) || includeForm(rest) !== null || /^include[rmwba]?(?=[{}]|$)/.test(rest),
  );
  if (!/[$'\\]/.test(code) && !special.includes(true)) return { kind: 'code', line, condition: null, whole: null, tokens, comment };
  // Braces of patterns and definitions open no block, those of a reference are no braces.
  const opens = rest.search(definition) !== 0 && includeForm(rest) === null;
  const braces = opens ? tokensOf(rest.replace(/\$\{[^{}]*\}/g, '')).filter(isBrace) : [];
  return { kind: 'code', line, condition, whole: special.includes(true, 1) ? code : squeezed, tokens: braces, comment };
}

/** What follows conditions and sequences, and the first condition. */
function withoutPrefix(code: string): { readonly condition: Condition | null; readonly rest: string } {
  let rest = code;
  let condition: Condition | null = null;
  for (;;) {
    const asked = conditionForm.exec(rest);
    if (asked) condition ??= { id: asked[2] ?? '', not: asked[1] === '^' };
    const after = asked ? rest.slice(asked[0].length) : rest;
    const sequence = sequenceForm.exec(after);
    if (!sequence) return { condition, rest: after };
    rest = after.slice(sequence[0].length);
  }
}

/** One blank between words, where blanks are known to mean nothing more. */
function squeeze(code: string): string {
  if (/[$'\\]/.test(code) || /^(?:@[^ \t]*[ \t]+)?(?:~|include)/.test(code)) return code;
  return code.replace(/"[^"]*"|[ \t]+/g, (found) => (found.startsWith('"') ? found : ' '));
}

function tokensOf(code: string): string[] {
  return restsOf(code).map((rest) => trim(rest.slice(0, tokenEnd(rest))));
}

/** The text from each token on. */
function restsOf(code: string): string[] {
  const rests: string[] = [];
  for (let rest = code; rest !== ''; rest = trim(rest.slice(tokenEnd(rest)))) rests.push(rest);
  return rests;
}

function tokenEnd(rest: string): number {
  const at = braceAt(rest);
  return at < 0 ? rest.length : Math.max(at, 1);
}

export function isBrace(token: string): boolean {
  return token === '{' || token === '}';
}

/** Blanks and tabs only, as the reader does: other white space may be part of a text. */
function trim(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, '');
}
