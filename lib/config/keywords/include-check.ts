// SPDX-License-Identifier: MIT
// include_check: which include faults are fatal (reference/config-language.md section 9).

import { type IncludeCheck, includeCheckNames } from '../include.ts';
import type { ArgType } from '../keyword.ts';

/** A change of the set of checks: a fresh set when `replace`, then single bits. */
export interface IncludeCheckChange {
  readonly replace: readonly IncludeCheck[] | null;
  readonly add: readonly IncludeCheck[];
  readonly remove: readonly IncludeCheck[];
}

/** Bare: all; first plain NAME: `read` and NAME; `+NAME` and `-NAME` change single checks. */
export const includeChecks: ArgType<IncludeCheckChange> = {
  syntax: '[[+|-]NAME...]',
  doc: `names: ${includeCheckNames.join(', ')}`,
  parse(args) {
    if (args.text(0) === undefined) return { replace: includeCheckNames, add: [], remove: [] };
    let replace: IncludeCheck[] | null = null;
    const add: IncludeCheck[] = [];
    const remove: IncludeCheck[] = [];
    for (let i = 0; args.text(i) !== undefined; i++) {
      const word = args.text(i) ?? '';
      const name = includeCheckNames.find((n) => n === word.replace(/^[+-]/, ''));
      if (name === undefined || (name === word && replace !== null)) {
        args.fault(i, {
          code: 'include-check-invalid',
          class: 'GENERAL_ERROR',
          message: `Unknown include_check type '${word}' - ignoring`,
          word,
          expected: this.doc,
        });
      } else if (word.startsWith('+')) add.push(name);
      else if (word.startsWith('-')) remove.push(name);
      else replace = name === 'read' ? ['read'] : ['read', name];
    }
    // Nothing but unknown names changes nothing.
    if (replace === null && add.length + remove.length === 0) return undefined;
    return { replace, add, remove };
  },
  print(value) {
    const { replace, add, remove } = value;
    const plain = replace === null ? [] : replace.length === 4 ? [] : [replace.at(-1) ?? 'read'];
    return [...plain, ...add.map((n) => `+${n}`), ...remove.map((n) => `-${n}`)].join(' ');
  },
};
