// SPDX-License-Identifier: MIT
// Every keyword of the reference is a row of the grammar.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Row, Table } from '../../lib/config/keyword.ts';
import { rowsOf } from '../../lib/config/keywords/index.ts';
import { grammar } from '../../lib/grammar.ts';
import { sharedPath } from '../support/shared.ts';
import { load } from '../unit/config/load.ts';

/** Blocks whose entries are not read yet. */
const unread: readonly string[] = [];

/** `block` of the reference → rows of the grammar, null when there is no such block. */
function tableAt(path: string): Table | null {
  if (path === '/') return grammar;
  let table: Table = grammar;
  for (const part of path.split('/')) {
    const row: Row | undefined = table[part];
    if (!row || !('block' in row)) return null;
    table = row.block;
  }
  return table;
}

describe('the keyword reference', () => {
  const path = sharedPath('reference', 'keywords.tsv');
  let rows: { block: string; keyword: string }[] = [];
  before(() => {
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (cause) {
      throw new Error(`${path} is needed for this test: put the shared folder beside the repository or set KA_SHARED`, { cause });
    }
    rows = text
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.split('\t'))
      .map(([block = '', keyword = '']) => ({ block, keyword }));
    assert.equal(rows.length, 1111);
  });

  it('has no keyword that the grammar lacks', () => {
    const missing = rows.filter(({ block, keyword }) => {
      // `*` is the preprocessor; words of entries and arguments belong to argument types.
      if (block === '*' || block.includes('<') || unread.some((u) => block === u || block.startsWith(`${u}/`))) return false;
      const table = tableAt(block);
      return !table || !Object.hasOwn(table, keyword);
    });
    assert.deepEqual(missing, []);
  });

  it('has no word of an entry that its block takes for unknown', () => {
    // Behind a first word that fits the block, with enough arguments for any option.
    const first: Readonly<Record<string, string>> = { static_rules: 'table 1', virtual_rules: 'table 1' };
    const unknown = rows.filter(({ block, keyword }) => {
      const [path = '', rest] = block.split('/<entry>');
      if (rest !== '' || keyword.startsWith('<') || keyword === 'lock' || unread.includes(path)) return false;
      const name = path.split('/').at(-1) ?? '';
      const entry = `${first[name] ?? '10.0.0.0/8'} ${name.startsWith('track_') && keyword.endsWith('reverse') ? 'weight 1 ' : ''}${keyword} 1 1`;
      const inside = path.startsWith('vrrp_')
        ? `${path.split('/')[0]} X {\n ${name} {\n ${entry}\n }\n}\n`
        : `${path} ${path === 'virtual_server_group' ? 'X' : ''} {\n ${entry}\n}\n`;
      return load(inside).findings.some((f) => /^(\(X\) )?unknown/i.test(f.message) && f.word === keyword);
    });
    assert.deepEqual(unknown, []);
  });

  it('has every keyword that the grammar knows, but for our own', () => {
    const known = new Set(rows.map(({ block, keyword }) => `${block} ${keyword}`));
    const extra = [...rowsOf(grammar)]
      .map(([block, keyword]) => `${block} ${keyword}`)
      .filter((name) => !known.has(name) && !name.includes('ka_ts'));
    assert.deepEqual(extra, []);
  });
});
