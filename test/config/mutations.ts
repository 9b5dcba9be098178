// SPDX-License-Identifier: MIT
// One mistake in a configuration: which token, what happens to it, and whether the result is a mistake at all. The roles of
// tokens come from the keyword tables and a walk of its own over the words, not from the reader under test.

import type { Args, ArgType, Row, Table } from '../../lib/config/keyword.ts';
import { root } from '../../lib/config/keywords/index.ts';
import { splitWords } from '../../lib/config/lexer.ts';
import { lineFrom } from '../../lib/config/line.ts';
import { MissingParameter } from '../../lib/config/statement.ts';

export interface Token {
  /** From 0. */
  readonly line: number;
  readonly at: number;
  readonly text: string;
}

export type Kind = 'drop' | 'double' | 'misspell';

export type Role =
  | { readonly role: 'brace' }
  /** Word 0 of a statement of `table`; `words` are all of the statement's, `block`: a brace follows. */
  | { readonly role: 'keyword'; readonly table: Table; readonly words: readonly string[]; readonly block: boolean }
  /** Word `index` of what `type` reads; `reference`: the name of an object that must exist, or does. */
  | {
      readonly role: 'word';
      readonly type: ArgType<unknown>;
      readonly words: readonly string[];
      readonly first: number;
      readonly index: number;
      readonly reference: string | null;
    }
  /** Nothing can be said of it, and why. */
  | { readonly role: 'free'; readonly why: string };

/** Names that the blocks of a file define. */
export function namesIn(roles: readonly Role[]): ReadonlySet<string> {
  return new Set(roles.flatMap((r) => (r.role === 'keyword' && r.block ? r.words.slice(1, 2) : [])));
}

/** Words and braces outside comments. */
export function tokensOf(text: string): Token[] {
  return text
    .split('\n')
    .flatMap((line, n) =>
      [...line.matchAll(/"[^"]*"?|\$\{[^}]*\}\S*|[{}]|[#!].*|[^\s{}"#!]+/g)]
        .filter((m) => !/^[#!]/.test(m[0]))
        .map((m) => ({ line: n, at: m.index, text: m[0] })),
    );
}

/** The text with that done to one token; lines keep their numbers. `random` gives 0 ≤ r < 1. */
export function mutate(text: string, token: Token, kind: Kind, random: () => number): { text: string; word: string } {
  const lines = text.split('\n');
  const line = lines[token.line] ?? '';
  const word = kind === 'drop' ? '' : kind === 'double' ? `${token.text} ${token.text}` : misspelt(token.text, random);
  lines[token.line] = line.slice(0, token.at) + word + line.slice(token.at + token.text.length);
  return { text: lines.join('\n'), word };
}

/** One slip of the finger: two letters swapped, one lost, one struck twice or beside. */
function misspelt(word: string, random: () => number): string {
  const i = Math.floor(random() * word.length);
  const slip = Math.floor(random() * 4);
  const c = word[i] ?? '';
  const beside = /[0-9]/.test(c) ? 'o' : c === 'e' ? 'r' : 'e';
  if (slip === 0 && word[i + 1] !== undefined && word[i + 1] !== c) return word.slice(0, i) + word[i + 1] + c + word.slice(i + 2);
  if (slip === 1 && word.length > 1) return word.slice(0, i) + word.slice(i + 1);
  if (slip === 2) return word.slice(0, i) + c + word.slice(i);
  return word.slice(0, i) + beside + word.slice(i + 1);
}

/** Roles of all tokens, in their order, for a reader whose identity is `configId`. */
export function rolesOf(tokens: readonly Token[], configId: string): Role[] {
  const roles: Role[] = tokens.map(() => ({ role: 'free', why: 'not reached' }));
  const free = (from: number, to: number, why: string) => roles.fill({ role: 'free', why }, from, to);
  const stack: Row[] = [];
  /** Inside something that is not read: how deep. */
  let unread = 0;
  let continued = false;
  for (let i = 0; i < tokens.length; ) {
    const { line, text } = tokens[i] as Token;
    let end = i;
    while (tokens[end]?.line === line) end++;
    const first = tokens.findIndex((t) => t.line === line) === i;
    const last = tokens[end - 1]?.text ?? '';
    if (first && (continued || /^(\$\w+=|~|include)/.test(text))) {
      if (continued || text.startsWith('$')) continued = last.endsWith('\\');
      free(i, end, 'preprocessor');
      i = end;
      continue;
    }
    if (first && text.startsWith('@')) {
      const holds = text.startsWith('@^') ? text.slice(2) !== configId : text.slice(1) === configId;
      free(i, holds ? i + 1 : end, 'preprocessor');
      i = holds ? i + 1 : end;
      continue;
    }
    if (text === '{' || text === '}') {
      roles[i] = { role: 'brace' };
      if (unread > 0) unread += text === '{' ? 1 : -1;
      else if (text === '}') stack.pop();
      i++;
      continue;
    }
    let stop = i;
    while (stop < end && tokens[stop]?.text !== '{' && tokens[stop]?.text !== '}') stop++;
    const words = tokens.slice(i, stop).map((t) => t.text);
    const block = tokens[stop]?.text === '{';
    const around = stack.at(-1);
    if (unread > 0) {
      free(i, stop, 'in a block that is not read');
      if (block) unread++;
    } else if (around && !('block' in around)) {
      const type = 'entry' in around ? around.entry : 'named' in around ? around.named : null;
      if (!type) free(i, stop, 'in a block that is not read');
      else {
        const flat = 'flat' in around;
        for (let k = i; k < stop; k++) roles[k] = wordRole(type, flat ? [words[k - i] ?? ''] : words, 0, flat ? 0 : k - i, stack);
      }
    } else {
      const table: Table = around ? around.block : root;
      const row = Object.hasOwn(table, text) ? table[text] : undefined;
      if (!row) {
        free(i, stop, 'unknown before');
        if (block) unread = 1;
      } else {
        roles[i] = { role: 'keyword', table, words, block };
        const type = 'arg' in row ? row.arg : 'header' in row ? row.header : undefined;
        for (let k = i + 1; k < stop; k++) {
          roles[k] = type ? wordRole(type, words, 1, k - i, stack) : { role: 'free', why: 'extra words' };
        }
        if (block) {
          if ('skipped' in row) unread = 1;
          else if (!('arg' in row)) stack.push(row);
        }
      }
    }
    // The brace that opens what was just begun is a token like any other, but the level is counted already.
    if (block) roles[stop] = { role: 'brace' };
    i = block ? stop + 1 : stop;
  }
  return roles;
}

function wordRole(type: ArgType<unknown>, words: readonly string[], first: number, index: number, stack: readonly Row[]): Role {
  if (words.some((w) => w.includes('$'))) return { role: 'free', why: 'text of a definition' };
  const row = stack.at(-1);
  const inList = row !== undefined && !('block' in row);
  const reference = index === first && inList ? (words[index] ?? null) : null;
  return { role: 'word', type, words, first, index, reference };
}

export interface Verdict {
  readonly mistake: boolean;
  readonly why: string;
}

/**
 * Whether a mutation of a token of this role is a mistake. It is one when
 * - a brace is lost or doubled;
 * - a keyword is misspelt into no keyword of its block, or lost while something of its statement is left;
 * - the argument type refuses the words as they are now, and took them before;
 * - the name of a tracked object is not that of a defined one any more (`names`).
 * It is none when what is left is another valid statement: a flag that is gone, another number in the range, other free
 * text, extra words that keepalived ignores.
 */
export function judge(role: Role, kind: Kind, word: string, names: ReadonlySet<string>): Verdict {
  if (role.role === 'free') return { mistake: false, why: role.why };
  if (role.role === 'brace') return { mistake: kind !== 'misspell', why: kind === 'misspell' ? 'no such slip' : 'brace' };
  if (role.role === 'keyword') {
    const { table, words, block } = role;
    if (kind === 'misspell') return { mistake: !Object.hasOwn(table, word), why: 'keyword' };
    if (kind === 'drop') {
      const next = words[1];
      if (next === undefined && !block) return { mistake: false, why: 'a whole statement is gone' };
      return { mistake: next === undefined || !Object.hasOwn(table, next), why: 'keyword' };
    }
    const row = table[words[0] ?? ''] as Row;
    const type = 'arg' in row ? row.arg : 'header' in row ? row.header : undefined;
    if (!type) return { mistake: true, why: 'extra word at a block' };
    return refused(type, words, [words[0] ?? '', ...words], 1);
  }
  const { type, words, first, index, reference } = role;
  const changed = words.flatMap((w, i) => (i !== index ? [w] : kind === 'drop' ? [] : kind === 'double' ? [w, w] : [word]));
  if (reference !== null && names.has(reference) && kind !== 'double') {
    const now = changed[index];
    if (now !== undefined && !names.has(now)) return { mistake: true, why: 'reference' };
  }
  if (changed.length === 0) return { mistake: false, why: 'a whole statement is gone' };
  return refused(type, words, changed, first);
}

function refused(type: ArgType<unknown>, before: readonly string[], after: readonly string[], first: number): Verdict {
  if (faults(type, before, first)) return { mistake: false, why: 'refused before' };
  return faults(type, after, first) ? { mistake: true, why: 'argument' } : { mistake: false, why: 'valid or free text' };
}

/** Whether a type complains of these words. */
function faults(type: ArgType<unknown>, texts: readonly string[], first: number): boolean {
  const line = lineFrom('x', 1, texts.join(' '));
  const { words, unmatched } = splitWords(line.text);
  let complaints = unmatched >= 0 ? 1 : 0;
  const args: Args = {
    line,
    words,
    first,
    object: 'x',
    lenient: false,
    place: { file: 'x', line: 1, column: 1 },
    text: (i) => words[i + first]?.text,
    fault: () => void complaints++,
    missing() {
      throw new MissingParameter();
    },
  };
  try {
    return type.parse(args) === undefined || complaints > 0;
  } catch (error) {
    if (error instanceof MissingParameter) return true;
    throw error;
  }
}
