// SPDX-License-Identifier: MIT
// A keyword is a row: one table per block drives parse, range check, default, type, dump, reload behaviour and the
// reference page. Keys are keepalived's own words, never renamed.

import type { Problem } from './findings.ts';
import type { JsonSchema } from './json-schema.ts';
import type { Word } from './lexer.ts';
import type { Line } from './line.ts';
import type { Place } from './report.ts';

/** The words of one statement or entry, and where to complain. Word 0 is the keyword, or the first word of an entry. */
export interface Args {
  readonly line: Line;
  readonly words: readonly Word[];
  /** Index of the first argument in `words`: 1 for keywords and headers, 0 for entries. */
  readonly first: number;
  /** Name of the enclosing object for keepalived's `(NAME)` texts, '' at root level. */
  readonly object: string;
  /** Trailing junk after a number is accepted with a warning, as keepalived does outside a configuration test. */
  readonly lenient: boolean;
  readonly place: Place;
  /** Text of argument `i`, counted from 0. */
  text(i: number): string | undefined;
  /** Reports a problem at argument `i` (-1: at the keyword). */
  fault(i: number, problem: Problem): void;
  /** Reports that argument `i` is absent: keepalived ends at once, status 2. */
  missing(i: number): void;
}

/** How one kind of argument is written. `parse` of what `print` gives is the value again. */
export interface ArgType<T> {
  /** As in a usage line: `N`, `SECONDS`, `[BOOL]`. */
  readonly syntax: string;
  /** Unit and range in words. */
  readonly doc: string;
  /** undefined: unusable, and reported. */
  parse(args: Args): T | undefined;
  print(value: T): string;
  /** The value in the JSON form of the configuration. Absent: what the value of an example looks like. */
  readonly json?: JsonSchema;
  /** Words with a meaning of their own that it reads, for people. */
  readonly words?: readonly ArgWord[];
}

/** A word behind a keyword or in an entry, and what follows it. */
export interface ArgWord {
  readonly word: string;
  /** As in a usage line, '' when it stands alone. */
  readonly argument: string;
  readonly range: string;
  readonly doc: string;
}

interface RowBase {
  readonly doc: string;
  /** Words of an example: the arguments, the header, or an entry. Absent: made up from the syntax. */
  readonly example?: string;
  /** Store the value under this key instead: another spelling of the same setting. */
  readonly as?: string;
  /** What to write instead; using the word gives one finding of class DEPRECATED, or none when `quietly`. */
  readonly deprecated?: { readonly use: string; readonly quietly?: boolean };
}

export interface ValueRow<T = unknown> extends RowBase {
  readonly arg: ArgType<T>;
  readonly default?: T;
  /** What counts when the written value is unusable; absent: as if the keyword were not there. */
  readonly fallback?: T;
  /** A second occurrence: `last` wins silently, `all` are kept in a list, or the `first` stays and keepalived's text is reported. */
  readonly repeat?: 'last' | 'all' | { readonly first: string };
  /** A change of the value: applied while running, or by stopping and starting the object. */
  readonly reload: 'live' | 'restart' | 'never';
  /** keepalived's second message for an unusable value; `%s` the object, `%v` the word. */
  readonly invalid?: string;
  /** Never printed. */
  readonly secret?: true;
}

/** A block of entries, one per line; `flat`: all words of all lines form one list. */
export interface ListRow<T = unknown> extends RowBase {
  readonly entry: ArgType<T>;
  readonly flat?: true;
  readonly reload: 'live' | 'restart' | 'never';
}

/** As a list, but with a name, and there may be several. */
export interface NamedListRow<T = unknown> extends RowBase {
  readonly header: ArgType<string>;
  readonly named: ArgType<T>;
  readonly reload: 'live' | 'restart' | 'never';
}

export interface NamedList<T> {
  readonly name: string;
  readonly place: Place;
  readonly order: number;
  readonly entries: readonly Setting<T>[];
}

export interface BlockRow<B extends Table = Table> extends RowBase {
  readonly block: B;
  /** Words between keyword and brace; absent: none. */
  readonly header?: ArgType<string>;
  /** keepalived's text for a second block of the same name, which is skipped; `%s` the name. */
  readonly duplicate?: string;
}

export type Row = ValueRow | ListRow | NamedListRow | BlockRow;
export type Table = { readonly [keyword: string]: Row };

/** Keeps the literal type of a table. */
export function keywords<const T extends Table>(table: T): T {
  return table;
}

/** A value and where it was written: its first argument, or the keyword when that stands alone. */
export interface Setting<T> {
  readonly value: T;
  readonly place: Place;
}

export type SettingOf<R> =
  R extends ValueRow<infer V>
    ? R extends { readonly repeat: 'all' }
      ? readonly Setting<V>[]
      : Setting<V>
    : R extends ListRow<infer V>
      ? readonly Setting<V>[]
      : R extends NamedListRow<infer V>
        ? readonly NamedList<V>[]
        : R extends BlockRow<infer B>
          ? readonly Block<B>[]
          : never;

/** What was written in one block. */
export interface Block<T extends Table = Table> {
  readonly name: string;
  readonly place: Place;
  /** Grows in reading order: some objects must be written before they are referred to. */
  readonly order: number;
  readonly settings: { readonly [K in keyof T]?: SettingOf<T[K]> };
}

/** Type of a value row's value, never undefined when the row has a default. */
export type ValueOf<R> = R extends { readonly arg: ArgType<infer V> }
  ? R extends { readonly default: unknown }
    ? V
    : V | undefined
  : never;

/** The value of `key` in `block`, or the row's default. */
export function valueIn<T extends Table, K extends keyof T & string>(table: T, block: Block<T> | null, key: K): ValueOf<T[K]> {
  const setting = block?.settings[key] as Setting<unknown> | undefined;
  const row = table[key] as ValueRow | undefined;
  return (setting ? setting.value : row?.default) as ValueOf<T[K]>;
}

/** Entries of list `key` in `block`, none when it was not written. */
export function entriesOf<T extends Table, K extends keyof T & string>(
  block: Block<T> | null,
  key: K,
): T[K] extends ListRow<infer V> ? readonly Setting<V>[] : never {
  return (block?.settings[key] ?? []) as never;
}

/** Blocks written under `key`. */
export function blocksOf<T extends Table, K extends keyof T & string>(
  block: Block<T>,
  key: K,
): T[K] extends BlockRow<infer B> ? readonly Block<B>[] : never {
  return (block.settings[key] ?? []) as never;
}

/** Named lists written under `key`. */
export function listsOf<T extends Table, K extends keyof T & string>(
  block: Block<T>,
  key: K,
): T[K] extends NamedListRow<infer V> ? readonly NamedList<V>[] : never {
  return (block.settings[key] ?? []) as never;
}

/** Where `key` was written, else the block itself: for messages about a value or its absence. */
export function placeOf<T extends Table>(block: Block<T>, key: keyof T & string): Place {
  const setting = block.settings[key] as Setting<unknown> | undefined;
  return setting && 'place' in setting ? setting.place : block.place;
}
