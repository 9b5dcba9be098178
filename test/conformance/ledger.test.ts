// SPDX-License-Identifier: MIT
// The ledgers of docs/conformance and the tests name the same rules: each rule "held by test" has a title with its id,
// and each id in a title stands in a ledger.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rows as options } from '../../lib/cli/options.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const LEDGERS = ['rfc9568.md', 'rfc3768.md', 'keepalived-vrrp.md'];
/** Rules that tests elsewhere hold: each row names a file and the title of a test, or a part of it. */
const AROUND = 'keepalived-daemon.md';
const ID = /\b(?:RFC9568-6|RFC3768-6|KA-|KATS-)[\w.-]*\w/g;

/** Ids with what holds them; a row is `| id | rule | held by |`. */
function ledger(): Map<string, string> {
  const rows = LEDGERS.flatMap((name) => readFileSync(join(root, 'docs/conformance', name), 'utf8').split('\n'));
  const entries = rows.map((row) => row.split('|').map((cell) => cell.trim())).filter((cells) => cells[1]?.match(ID));
  return new Map(entries.map((cells) => [cells[1] ?? '', cells[3] ?? '']));
}

function tested(): Set<string> {
  const files = (folder: string, end: string) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith(end))
      .map((name) => readFileSync(join(root, folder, name), 'utf8'));
  const cases = files('test/conformance', 'settings.json').flatMap((text) => (JSON.parse(text) as { rules: string[] }).rules);
  const titles = ['test/unit/vrrp', 'test/unit/track']
    .flatMap((folder) => files(folder, '.test.ts'))
    .flatMap((text) => text.match(/it\('\[[^']+'/g) ?? []);
  return new Set([...cases, ...titles.flatMap((title) => title.match(ID) ?? [])]);
}

describe('ledger', () => {
  it('has a test for every rule it says is held by one', () => {
    const known = tested();
    const missing = [...ledger()].filter(([id, held]) => held.startsWith('test') && !known.has(id)).map(([id]) => id);
    assert.deepEqual(missing, []);
  });

  it('knows every rule that a test names', () => {
    const rules = ledger();
    assert.deepEqual(
      [...tested()].filter((id) => !rules.has(id)),
      [],
    );
  });

  it('names tests that exist for the rules around the machine', () => {
    const rows = readFileSync(join(root, 'docs/conformance', AROUND), 'utf8').match(/^\| KAD-.*$/gm) ?? [];
    assert.ok(rows.length > 30);
    const ids = rows.map((row) => row.split('|')[1]?.trim() ?? '');
    assert.deepEqual(
      ids.filter((id, i) => ids.indexOf(id) !== i),
      [],
      'each id stands for one rule',
    );
    for (const row of rows) {
      const [, file, title] = /\| `(test\/[^`]+)` "([^"]+)" \|$/.exec(row) ?? [];
      assert.ok(file && title, `no file and title: ${row}`);
      const tests = readFileSync(join(root, file), 'utf8').match(/\bit\((['"`]).*?\1,/g) ?? [];
      assert.ok(
        tests.some((text) => text.includes(title)),
        `${file} has no test "${title}"`,
      );
    }
  });

  it('has a rule around the machine for each option of the command line', () => {
    const text = readFileSync(join(root, 'docs/conformance', AROUND), 'utf8');
    for (const { long } of options) assert.ok(text.includes(`| KAD-opt-${long} |`), `no row for --${long}`);
  });

  it('names another holder where no test is', () => {
    for (const [id, held] of ledger()) assert.ok(held.length > 3, `${id} is held by nobody`);
  });
});
