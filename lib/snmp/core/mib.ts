// SPDX-License-Identifier: MIT
// A tree of objects as sorted columns, and how it is asked. The columns are made anew from a view of the running state; the rows
// of one are worked out when somebody asks for it.

import { compareOid, type Oid, startsWith } from './oid.ts';
import type { Value } from './value.ts';

export interface Cell {
  readonly index: Oid;
  readonly value: Value;
  /** Absent: read-only. */
  readonly write?: Write;
}

/** Takes a value of the right type: 'wrongValue', or what performs it. Nothing has happened before the result is called. */
export type Write = (value: Value) => 'wrongValue' | (() => void);

/** One column of a table, or a scalar with its only cell at index 0. */
export interface Column {
  readonly base: Oid;
  /** Sorted by index. Called at most once. */
  readonly cells: () => readonly Cell[];
}

export interface Found {
  readonly oid: Oid;
  readonly cell: Cell;
}

export interface Mib {
  /** null: no such instance; undefined: no such object. */
  get(oid: Oid): Found | null | undefined;
  /** The first one after `start` (or at it, if `include`) and before `end` (empty: no end). */
  next(start: Oid, include: boolean, end: Oid): Found | null;
}

export function createMib(columns: readonly Column[]): Mib {
  const sorted = columns.map((column) => ({ base: column.base, cells: once(column.cells) })).sort((a, b) => compareOid(a.base, b.base));
  return {
    get(oid) {
      // A column begins every object below it, so it is the last one that is not behind it.
      const column = sorted[firstWhere(sorted, (c) => compareOid(c.base, oid) > 0) - 1];
      if (!column || !startsWith(oid, column.base)) return undefined;
      const index = oid.slice(column.base.length);
      const cells = column.cells();
      const cell = cells[firstWhere(cells, (c) => compareOid(c.index, index) > 0) - 1];
      return cell && compareOid(cell.index, index) === 0 ? { oid, cell } : null;
    },
    next(start, include, end) {
      const first = Math.max(0, firstWhere(sorted, (c) => compareOid(c.base, start) > 0) - 1);
      for (const { base, cells } of sorted.slice(first)) {
        if (end.length > 0 && compareOid(base, end) >= 0) return null;
        for (const cell of from(cells(), base, start, include)) {
          const oid = [...base, ...cell.index];
          return end.length > 0 && compareOid(oid, end) >= 0 ? null : { oid, cell };
        }
      }
      return null;
    },
  };
}

/** Those cells of a column that come after `start`. */
function from(cells: readonly Cell[], base: Oid, start: Oid, include: boolean): readonly Cell[] {
  if (compareOid(base, start) > 0) return cells;
  if (!startsWith(start, base)) return [];
  const index = start.slice(base.length);
  return cells.slice(firstWhere(cells, (c) => compareOid(c.index, index) > (include ? -1 : 0)));
}

/** Position of the first item that passes, where all behind it pass too. */
function firstWhere<T>(list: readonly T[], passes: (item: T) => boolean): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (passes(list[middle] as T)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** A scalar; null: it does not exist at present. */
export function scalar(base: Oid, value: () => Value | null): Column {
  return {
    base,
    cells: () => {
      const present = value();
      return present ? [{ index: [0], value: present }] : [];
    },
  };
}

/** What one column of a table shows of a row; null: nothing there. */
export type ColumnOf<Row> = (row: Row) => Value | null;

/** The columns of a table whose rows have these indexes; they need not be sorted. `writes`: of columns that can be set. */
export function table<Row>(
  entry: Oid,
  rows: () => readonly (readonly [index: Oid, row: Row])[],
  columns: Readonly<Record<number, ColumnOf<Row>>>,
  writes: Readonly<Record<number, (row: Row) => Write>> = {},
): Column[] {
  const sorted = once(() => [...rows()].sort(([a], [b]) => compareOid(a, b)));
  return Object.entries(columns).map(([number, show]) => {
    const write = writes[Number(number)];
    return {
      base: [...entry, Number(number)],
      cells: () =>
        sorted().flatMap(([index, row]) => {
          const value = show(row);
          if (!value) return [];
          return [write ? { index, value, write: write(row) } : { index, value }];
        }),
    };
  });
}

/** Rows numbered 1, 2, … below a prefix. */
export function numbered<Row>(rows: readonly Row[], prefix: Oid = []): (readonly [Oid, Row])[] {
  return rows.map((row, i) => [[...prefix, i + 1], row]);
}
