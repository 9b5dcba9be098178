// SPDX-License-Identifier: MIT
// Every argument type of every table, found by walking the tables: whatever words it accepts, what it prints reads back as the
// same value. A new row is covered by being there.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Args, ArgType } from '../../lib/config/keyword.ts';
import { rowsOf } from '../../lib/config/keywords/index.ts';
import { cleanLine, splitWords } from '../../lib/config/lexer.ts';
import { lineFrom, placeAt } from '../../lib/config/line.ts';
import { argumentOf, sampleOf } from '../../lib/config/reference/sample.ts';
import { grammar } from '../../lib/grammar.ts';

interface Case {
  readonly name: string;
  readonly type: ArgType<unknown>;
  /** Index of the first argument: entries have no keyword before them. */
  readonly first: 0 | 1;
  /** Words that are accepted, to start from. */
  readonly sample: string;
}

class Missing extends Error {}

/** undefined: not accepted. `faults` counts what is complained about. */
function parse({ type, first }: Case, text: string): { readonly value: unknown; readonly faults: readonly string[] } {
  const { line } = cleanLine(lineFrom('f', 1, first === 0 ? text : `keyword ${text}`));
  const { words } = splitWords(line.text);
  const faults: string[] = [];
  const args: Args = {
    line,
    words,
    first,
    object: 'OBJECT',
    lenient: false,
    place: placeAt(line, 0).place,
    text: (i) => words[i + first]?.text,
    fault: (_i, problem) => void faults.push(problem.code),
    missing() {
      throw new Missing();
    },
  };
  try {
    return { value: words.length < first + (first === 0 ? 1 : 0) ? undefined : type.parse(args), faults };
  } catch (error) {
    if (error instanceof Missing) return { value: undefined, faults: ['missing'] };
    throw error;
  }
}

/** One case per type: the same type may stand in many rows. */
function cases(): Case[] {
  const known = new Map<ArgType<unknown>, Case>();
  for (const [path, keyword, row] of rowsOf(grammar)) {
    const type = argumentOf(row);
    if (!type || known.has(type)) continue;
    known.set(type, {
      name: `${path} ${keyword} (${type.syntax || 'no argument'})`,
      type,
      first: 'entry' in row ? 0 : 1,
      sample: row.example ?? sampleOf(keyword, row, null) ?? '',
    });
  }
  return [...known.values()];
}

const words = fc.oneof(
  fc.constantFrom('0', '1', '2', '10', '255', '1.5', '0.000001', '-1', '65535', '4294967295', '010', '0x10', '+5'),
  fc.constantFrom('10.0.0.1', '10.0.0.1/24', '10.0.0.1-9', '2001:db8::1', '2001:db8::/32', '224.0.0.18', 'ff02::12', '::', '0.0.0.0/0'),
  fc.constantFrom('on', 'off', 'eth0', 'NAME', '/bin/true', '"two words"', '""', 'a\\', "'x y'", 'all', 'forever', 'global', 'MII'),
  fc.string({ unit: fc.constantFrom(...'abcXYZ019_-.:/,%+='), minLength: 1, maxLength: 8 }),
);

/** The sample with some words changed, and the words that the type itself names put in. */
function variations({ type, sample }: Case): fc.Arbitrary<string> {
  const own = [...(type.words ?? []).map((w) => w.word), ...(type.syntax.match(/[A-Za-z_+-]{2,}/g) ?? [])];
  const any = own.length > 0 ? fc.oneof(words, fc.constantFrom(...own)) : words;
  const start = sample.split(' ');
  const change = fc.record({ at: fc.nat(start.length), drop: fc.nat(1), insert: fc.array(any, { maxLength: 2 }) });
  return fc.array(change, { maxLength: 3 }).map((changes) => {
    const list = [...start];
    for (const { at, drop, insert } of changes) list.splice(at, drop, ...insert);
    return list.join(' ');
  });
}

describe('whatever an argument accepts, its print reads back', () => {
  const all = cases();

  it('for all tables', () => assert.ok(all.length > 100, `only ${all.length} types found`));

  for (const one of all) {
    it(one.name, () => {
      fc.assert(
        fc.property(variations(one), (text) => {
          const { value } = parse(one, text);
          if (value === undefined) return;
          const printed = one.type.print(value);
          const again = parse(one, printed);
          assert.deepEqual(plain(again.value), plain(value), `${text} → ${printed}`);
          assert.equal(one.type.print(again.value), printed, text);
        }),
        { numRuns: 150, seed: 1 },
      );
    });
  }
});

/** Without what only says how it was written. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return JSON.parse(JSON.stringify(value, (key, inner: unknown) => (key === 'text' || key === 'position' ? undefined : inner)));
}
