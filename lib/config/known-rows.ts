// SPDX-License-Identifier: MIT
// Rows as the parser looks them up, once for every line of every file.

import type { ArgType, Row, Table, ValueRow } from './keyword.ts';

/** A row with what every line asks of it in one shape: the rows themselves have many, which take long to look into. */
export class Known {
  readonly row: Row;
  /** Spelt as in the table: V8 finds its own copy of a text sooner than one that was cut from a file. */
  readonly keyword: string;
  /** Where the setting is stored. */
  readonly key: string;
  /** Argument of a value row. */
  readonly arg: ArgType<unknown> | null;
  readonly repeat: ValueRow['repeat'];
  readonly secret: boolean;
  /** Using it is worth a word. */
  readonly noted: boolean;

  constructor(keyword: string, row: Row) {
    this.row = row;
    this.keyword = keyword;
    this.key = row.as ?? keyword;
    this.arg = 'arg' in row ? row.arg : null;
    this.repeat = 'arg' in row ? row.repeat : undefined;
    this.secret = 'arg' in row && row.secret === true;
    this.noted = row.deprecated !== undefined;
  }
}

/** Rows of one table, made when their keyword is first met: at most one for each. */
export class KnownRows {
  readonly #table: Table;
  readonly #met = new Map<string, Known>();

  constructor(table: Table) {
    this.#table = table;
  }

  get(word: string): Known | undefined {
    return this.#met.get(word) ?? this.#meet(word);
  }

  #meet(word: string): Known | undefined {
    const row = rowOf(this.#table, word);
    if (!row) return undefined;
    // Not `word`: it may be a piece of a file, and keep all of it in memory.
    const keyword = Object.keys(this.#table).find((key) => key === word) ?? word;
    const made = new Known(keyword, row);
    this.#met.set(keyword, made);
    return made;
  }
}

const tables = new WeakMap<Table, KnownRows>();

export function knownRows(table: Table): KnownRows {
  const before = tables.get(table);
  if (before) return before;
  const made = new KnownRows(table);
  tables.set(table, made);
  return made;
}

export function rowOf(table: Table, keyword: string): Row | undefined {
  return Object.hasOwn(table, keyword) ? table[keyword] : undefined;
}
