// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { generatedDocuments } from '../../../lib/cli/docs.ts';
import { rowsOf } from '../../../lib/config/keywords/index.ts';
import { keywordEntries } from '../../../lib/config/reference/entries.ts';
import { accepts } from '../../../lib/config/reference/sample.ts';
import { grammar } from '../../../lib/grammar.ts';
import { sharedPath } from '../../support/shared.ts';

const root = resolve(import.meta.dirname, '..', '..', '..');

describe('the generated documents', () => {
  for (const [path, text] of Object.entries(generatedDocuments())) {
    it(`${path} says what the tables say`, () => {
      assert.ok(readFileSync(resolve(root, path), 'utf8') === text, `${path} is stale: npm run docs`);
    });
  }

  it('name every keyword of every block', () => {
    const page = generatedDocuments()['docs/reference/keywords.md'] ?? '';
    const sections = new Map(page.split(/^## /m).map((part) => [part.slice(0, part.indexOf('\n')), part]));
    for (const [block, keyword] of rowsOf(grammar)) {
      const section = sections.get(block === '/' ? 'The root level' : block) ?? '';
      assert.match(section, new RegExp(`^\\| (○ )?(~~)?\`${keyword}[ \`]`, 'm'), `${block} ${keyword}`);
    }
  });

  it('have a row in every table for every cell', () => {
    const page = generatedDocuments()['docs/reference/keywords.md'] ?? '';
    for (const line of page.split('\n').filter((l) => l.startsWith('|'))) {
      const cells = line.split(/(?<!\\)\|/).length - 2;
      assert.ok(cells >= 3 && cells <= 5, line);
    }
  });
});

describe('the entries of the reference', () => {
  const entries = keywordEntries(grammar);

  it('are all the rows of the grammar', () => {
    const paths = [...rowsOf(grammar)].map(([block, keyword]) => (block === '/' ? keyword : `${block}/${keyword}`));
    assert.deepEqual(
      entries.filter((e) => e.kind !== 'language' && e.kind !== 'word').map((e) => e.path),
      paths,
    );
  });

  it('have an example that the row reads without complaint, nearly all of them', () => {
    const without = entries.filter((e) => e.example === null && e.kind !== 'word').map((e) => e.path);
    assert.ok(without.length <= entries.length / 50, without.join(' '));
  });

  it('have no example of their own that the row does not read', () => {
    const wrong = [...rowsOf(grammar)].filter(([, keyword, row]) => row.example !== undefined && !accepts(keyword, row, row.example));
    assert.deepEqual(
      wrong.map(([block, keyword]) => `${block} ${keyword}`),
      [],
    );
  });

  it('say what they mean in one sentence without its stop', () => {
    for (const e of entries) assert.match(e.meaning, /^\S.*[^.\s]$/, e.path);
  });

  it('name every keyword and every word of the keyword reference', () => {
    const said = new Map(entries.map((e) => [e.path, [e.syntax, e.argument, e.meaning].join(' ')]));
    const missing = referenceRows().filter(([block, word]) => {
      // `*` are the words of the language, positional words are part of the syntax, | joins the names of a mask.
      if (block === '*' || word.startsWith('<') || word === '|') return false;
      const [owner = '', words] = block.split(/\/<(?:entry|args)>/);
      if (words === undefined) return !said.has(block === '/' ? word : `${block}/${word}`);
      if (said.has(`${owner}/${word}`)) return false;
      const inner = /<(?:entry|args)>\/([^/]+)\//.exec(block)?.[1];
      return ![said.get(owner), said.get(`${owner}/${inner}`), said.get(`${owner}/encap`)].join(' ').includes(word);
    });
    assert.deepEqual(missing, []);
  });

  it('name every word of the language', () => {
    const known = new Set(entries.filter((e) => e.block === '*').map((e) => e.keyword));
    const words = referenceRows().flatMap(([block, word]) => (block === '*' ? [word] : []));
    assert.deepEqual([...known].sort(), words.sort());
  });
});

/** Block and word of each row of the keyword reference. */
function referenceRows(): (readonly [block: string, word: string])[] {
  const path = sharedPath('reference', 'keywords.tsv');
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Error(`${path} is needed for this test: put the shared folder beside the repository or set KA_SHARED`, { cause });
  }
  const rows = text.trimEnd().split('\n').slice(1);
  return rows.map((row) => {
    const [block = '', word = ''] = row.split('\t');
    return [block, word];
  });
}
