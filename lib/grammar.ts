// The whole grammar: the built-in tables. Rows of trackers and checkers join here as they come, so that one place knows
// every keyword.

import { notImplemented as pendingRows, root, rowsOf } from './config/keywords/index.ts';

export const grammar = root;

/** Every row: block path (`/` for the root), keyword, row. */
export function allRows(): ReturnType<typeof rowsOf> {
  return rowsOf(grammar);
}

/** `block keyword` of rows that are accepted and checked but have no behaviour yet. */
export function notImplemented(): readonly string[] {
  return pendingRows(grammar);
}
