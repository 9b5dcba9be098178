// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { translatePattern } from '../../../lib/base/pcre.ts';

function find(pattern: string, text: string, ...options: string[]): string | null {
  const made = translatePattern(pattern, options);
  assert.ok(made.ok, made.ok ? '' : `${pattern}: ${made.reason}`);
  return new RegExp(made.source, made.flags).exec(text)?.[0] ?? null;
}

describe('a pattern of PCRE2', () => {
  it('means the same', () => {
    const cases: readonly (readonly [pattern: string, text: string, found: string | null, ...options: string[]])[] = [
      ['a.c', 'a\nc', null],
      ['a.c', 'a\rc', 'a\rc'],
      ['a.c', 'a\nc', 'a\nc', 'dotall'],
      ['^b', 'a\nb', null],
      ['^b', 'a\nb', 'b', 'multiline'],
      ['^', 'x', ''],
      ['a$', 'a\n', 'a'],
      ['a$', 'a\n', null, 'dollar_endonly'],
      ['a$', 'a\nb', null],
      ['a$', 'a\nb', 'a', 'multiline'],
      ['a$', 'a\rb', null, 'multiline'],
      ['\\Aa\\z', 'a', 'a'],
      ['a\\Z', 'a\n', 'a'],
      ['\\s+', 'x\u00a0 \ty', ' \t'],
      ['[\\s]+', ' \t', ' \t'],
      ['\\S+', ' a\u00a0b', 'a\u00a0b'],
      ['ABC', 'xabc', 'abc', 'caseless'],
      ['[[:digit:]]+[[:alpha:]]', 'a12b', '12b'],
      ['[]a]+', ']a', ']a'],
      ['[^]]', ']x', 'x'],
      ['(?<year>\\d+)-(?P<m>\\d)', '2026-1', '2026-1'],
      ['a b # comment\n c', 'abc', 'abc', 'extended'],
      ['a(?#hidden)b', 'ab', 'ab'],
      ['a{2}', 'aaa', 'aa'],
      ['x}', 'x}', 'x}'],
      ['x]', 'x]', 'x]'],
      ['a/b', 'a/b', 'a/b'],
      ['\\x41\\x{42}', 'AB', 'AB'],
      ['\\.\\-\\/', '.-/', '.-/'],
      ['(a)\\1', 'aa', 'aa', 'match_unset_backref'],
      ['(?<=a)b(?!c)', 'abd', 'b'],
      ['ü', 'ü', 'ü', 'utf'],
      ['[\\-a]+', '-a', '-a', 'utf'],
    ];
    for (const [pattern, text, found, ...options] of cases) {
      assert.equal(find(pattern, text, ...options), found, `${pattern} in ${JSON.stringify(text)} ${options}`);
    }
  });

  it('is refused with its reason where it would not', () => {
    const refused = (pattern: string, ...options: string[]) => {
      const made = translatePattern(pattern, options);
      assert.ok(!made.ok, pattern);
      return made.reason;
    };
    assert.match(refused('a', 'ungreedy'), /option ungreedy/);
    assert.match(refused('a', 'firstline'), /option firstline/);
    for (const pattern of [
      '(?i)a',
      '(?>a)',
      '(?R)',
      '(*UTF8)a',
      'a++',
      '\\Qa\\E',
      '\\Ra',
      '\\p{L}',
      '(a)\\1',
      '[a',
      'a\\',
      '[[:foo:]]',
      '\\012',
      '(?|a)',
    ])
      assert.ok(refused(pattern).length > 0);
    assert.match(refused('É', 'caseless'), /ASCII/);
  });
});
