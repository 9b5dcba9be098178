// SPDX-License-Identifier: MIT
// Rows of a table as text: what dump.ts and dump-lvs.ts share.

import { flag } from './args.ts';
import type { ArgType, Row, Table } from './keyword.ts';

export interface DumpOptions {
  /** Passwords as they are; for tests only, never for logs or files. */
  readonly secrets?: boolean;
}

/** Lines. */
export type Block = string[];

/** Keyword → value as its row prints it; undefined: not printed. */
export type Values = Readonly<Record<string, unknown>>;

export function block(header: string, table: Table, values: Values, indent: string, options: DumpOptions): Block {
  return [`${indent}${header} {`, ...rows(table, values, `${indent}    `, options), `${indent}}`];
}

export function rows(table: Table, values: Values, indent: string, options: DumpOptions): string[] {
  return Object.entries(table).flatMap(([keyword, row]) => {
    const value = values[keyword];
    if (value === undefined || row.as) return [];
    return printRow(table, keyword, row, value, indent, options);
  });
}

function printRow(table: Table, keyword: string, row: Row, value: unknown, indent: string, options: DumpOptions): string[] {
  if ('block' in row) return value === null ? [] : block(keyword, row.block, value as Values, indent, options);
  if ('entry' in row) {
    const entries = value as readonly unknown[];
    if (entries.length === 0) return [];
    return [`${indent}${keyword} {`, ...entries.map((e) => `${indent}    ${row.entry.print(e)}`), `${indent}}`];
  }
  if (!('arg' in row)) return [];
  if (row.repeat === 'all') {
    const single: Row = { ...row, repeat: 'last' };
    return (value as readonly unknown[]).flatMap((one) => printRow(table, keyword, single, one, indent, options));
  }
  if (value === false && isFlag(row.arg)) {
    // `no_accept` and `preempt` are the opposite words of `accept` and `nopreempt`.
    const opposite = Object.entries(table).find(([, r]) => r.as === keyword && 'arg' in r && !r.deprecated);
    return opposite ? [`${indent}${opposite[0]}`] : [];
  }
  const text = row.secret && !options.secrets ? '********' : row.arg.print(value);
  return [`${indent}${keyword}${text === '' ? '' : ` ${text}`}`];
}

function isFlag(arg: ArgType<unknown>): boolean {
  return arg === flag;
}
