// SPDX-License-Identifier: MIT
// The tables as data for people: what each keyword means, takes and does. Pages, `ka-ts explain` and its JSON are made of
// this and of nothing else.

import type { ArgType, ArgWord, Row, Table } from '../keyword.ts';
import { languageEntries } from './language.ts';
import { sampleOf } from './sample.ts';

/** One keyword at one place of the grammar; plain JSON data. */
export interface KeywordEntry {
  /** Keywords from the root to this one, joined by `/`. A word stands behind its keyword or in an entry of it. */
  readonly path: string;
  /** Where it may stand: `/` the root level, `*` anywhere, else the path of a block. */
  readonly block: string;
  readonly keyword: string;
  readonly kind: 'value' | 'list' | 'block' | 'word' | 'language';
  readonly meaning: string;
  /** As in a usage line. */
  readonly syntax: string;
  /** Unit and range of the argument, '' when there is nothing to say. */
  readonly argument: string;
  /** As it would be written; null: none, or `meaning` says it. */
  readonly default: string | null;
  /** Used in place of a value that cannot be used. */
  readonly insteadOfBad: string | null;
  /** A second one: replaces the first, is refused, adds up, or is another object. */
  readonly repeated: 'replaces' | 'refused' | 'adds' | 'another';
  /** What a reload does with a change; null: a block, see its keywords. */
  readonly reload: 'live' | 'restart' | 'never' | null;
  readonly aliasOf: string | null;
  readonly aliases: readonly string[];
  /** What to write instead of this old word. */
  readonly insteadUse: string | null;
  readonly secret: boolean;
  /** Lines of an example with the blocks around it; null when there is none. */
  readonly example: readonly string[] | null;
}

/** Every keyword of `root`, blocks before what they hold, then the words that may stand anywhere. */
export function keywordEntries(root: Table): readonly KeywordEntry[] {
  return [...entriesIn(root, '/', []), ...languageEntries];
}

interface Around {
  readonly keyword: string;
  readonly header: string;
}

function* entriesIn(table: Table, block: string, around: readonly Around[]): Generator<KeywordEntry> {
  for (const [keyword, row] of Object.entries(table)) {
    const path = block === '/' ? keyword : `${block}/${keyword}`;
    const sample = sampleOf(keyword, row, row.example ?? null);
    yield {
      path,
      block,
      keyword,
      kind: 'arg' in row ? 'value' : 'entry' in row || 'named' in row ? 'list' : 'block',
      meaning: row.doc,
      syntax: syntaxOf(keyword, row),
      argument: argumentText(row),
      default: defaultText(row),
      insteadOfBad: 'arg' in row && row.fallback !== undefined ? row.arg.print(row.fallback) : null,
      repeated: repeatedOf(row),
      reload: 'reload' in row ? row.reload : null,
      aliasOf: row.as ?? null,
      aliases: Object.keys(table).filter((other) => table[other]?.as === keyword),
      insteadUse: row.deprecated?.use ?? null,
      secret: 'arg' in row && row.secret === true,
      example: sample === null ? null : nested(around, exampleLines(keyword, row, sample)),
    };
    for (const word of wordsOf(row)) yield wordEntry(word, path);
    if ('block' in row) yield* entriesIn(row.block, path, [...around, { keyword, header: sample ?? '' }]);
  }
}

function wordsOf(row: Row): readonly ArgWord[] {
  if ('arg' in row) return row.arg.words ?? [];
  if ('entry' in row) return row.entry.words ?? [];
  return 'named' in row ? (row.named.words ?? []) : [];
}

function wordEntry({ word, argument, range, doc }: ArgWord, block: string): KeywordEntry {
  return {
    path: `${block}/${word}`,
    block,
    keyword: word,
    kind: 'word',
    meaning: doc,
    syntax: argument === '' ? word : `${word} ${argument}`,
    argument: range,
    default: null,
    insteadOfBad: null,
    repeated: 'replaces',
    reload: null,
    aliasOf: null,
    aliases: [],
    insteadUse: null,
    secret: false,
    example: null,
  };
}

function syntaxOf(keyword: string, row: Row): string {
  const words = (arg: ArgType<unknown> | undefined) => (arg && arg.syntax !== '' ? ` ${arg.syntax}` : '');
  if ('arg' in row) return keyword + words(row.arg);
  if ('entry' in row) return `${keyword} {${words(row.entry)}${row.flat ? '...' : ''} }`;
  if ('named' in row) return `${keyword}${words(row.header)} {${words(row.named)} }`;
  return `${keyword}${'block' in row ? words(row.header) : ''} { ... }`;
}

function argumentText(row: Row): string {
  if ('arg' in row) return row.arg.doc;
  if ('entry' in row) return row.entry.doc;
  return 'named' in row ? row.named.doc : 'block' in row ? (row.header?.doc ?? '') : '';
}

function defaultText(row: Row): string | null {
  if (!('arg' in row) || row.default === undefined) return null;
  if (typeof row.default === 'boolean') return row.default ? 'on' : 'off';
  const text = row.arg.print(row.default);
  return text === '' ? null : text;
}

function repeatedOf(row: Row): KeywordEntry['repeated'] {
  if ('arg' in row) return row.repeat === 'all' ? 'adds' : typeof row.repeat === 'object' ? 'refused' : 'replaces';
  if ('block' in row && row.duplicate) return 'another';
  return 'header' in row && row.header ? 'another' : 'adds';
}

function exampleLines(keyword: string, row: Row, sample: string): string[] {
  const head = (words: string) => (words === '' ? keyword : `${keyword} ${words}`);
  if ('arg' in row) return [head(sample)];
  if ('entry' in row) return [`${keyword} {`, `    ${sample}`, '}'];
  const entry = 'named' in row ? sampleOf(keyword, { entry: row.named, reload: row.reload, doc: row.doc }, null) : null;
  return [`${head(sample)} {`, `    ${entry ?? '...'}`, '}'];
}

function nested(around: readonly Around[], inner: readonly string[]): string[] {
  return around.reduceRight<string[]>(
    (lines, { keyword, header }) => [header === '' ? `${keyword} {` : `${keyword} ${header} {`, ...lines.map((l) => `    ${l}`), '}'],
    [...inner],
  );
}
