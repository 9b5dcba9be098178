// SPDX-License-Identifier: MIT
// The whole grammar: the built-in tables. One place knows every keyword.

import { root, rowsOf } from './config/keywords/index.ts';

export const grammar = root;

/** Every row: block path (`/` for the root), keyword, row. */
export function allRows(): ReturnType<typeof rowsOf> {
  return rowsOf(grammar);
}
