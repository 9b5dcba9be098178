// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { diagnose } from '../../../lib/config/diagnose.ts';
import { excerptOf, harmless, maskedLine } from '../../../lib/config/excerpt.ts';
import { describe as describeFinding } from '../../../lib/config/report.ts';
import { instanceText, main } from './load.ts';
import { memoryFiles } from './memory-files.ts';

/** Text and caret line below each other. */
function shown(line: string, column: number, word: string | null = null, width = 100): string {
  const { text, marks } = excerptOf(line, column, word, width);
  return `${text}\n${marks}`;
}

describe('an excerpt', () => {
  it('marks the word at fault, or what stands at its place', () => {
    assert.equal(shown('priority 300', 10, '300'), 'priority 300\n         ^^^');
    assert.equal(shown('priority 300', 10), 'priority 300\n         ^^^');
    assert.equal(shown('priority 300', 13), 'priority 300\n            ^');
  });

  it('shows tabs as blanks up to the next stop, the caret below the word', () => {
    assert.equal(shown('\tab\tcd', 5, 'cd'), '    ab  cd\n        ^^');
  });

  it('counts wide characters twice and combining ones not at all', () => {
    assert.equal(shown('名前 x', 4, 'x'), '名前 x\n     ^');
    assert.equal(shown('e\u0301e x', 5, 'x'), 'e\u0301e x\n   ^');
  });

  it('lets no control character of the input reach a terminal', () => {
    assert.equal(shown('a\u001b[31m b', 8, 'b'), 'a\ufffd[31m b\n        ^'.replace('        ^', '       ^'));
    assert.equal(harmless('\u001b]0;x\u0007\u202e'), '\ufffd]0;x\ufffd\ufffd');
  });

  it('cuts a long line around the place', () => {
    const line = `${'a '.repeat(100)}bad ${'z '.repeat(100)}`;
    const { text, marks } = excerptOf(line, 201, 'bad', 60);
    assert.deepEqual([text.length, text.at(0), text.at(-1)], [60, '…', '…']);
    assert.equal(text.slice(marks.indexOf('^'), marks.length), 'bad');
  });

  it('never is wider than asked for, and its marks never beyond its text, whatever the line', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 300 }),
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: 20, max: 120 }),
        (line, column, width) => {
          const { text, marks } = excerptOf(line, column, null, width);
          assert.ok([...text.replace(/\p{Mn}|\p{Me}|\u200d/gu, '')].length <= width);
          assert.match(marks, /^ *\^+$/);
          assert.ok(marks.length <= width + 1);
        },
      ),
    );
  });
});

describe('a password in an excerpt', () => {
  const lines = [
    ['    auth_pass secret12', '    auth_pass ********'],
    ['auth_pas secret12', 'auth_pas ********'],
    ['@lb1 auth_pass "secret 12"', '@lb1 auth_pass ********'],
    ['$PASS=secret12', '$PASS=********'],
    ['key 1 hex:00010203secret12', 'key ********'],
    ['authentication { auth_pass secret12 }', 'authentication { auth_pass ********'],
    ['auth_type PASS auth_pass secret12', 'auth_type PASS auth_pass ********'],
    ['password secret12', 'password ********'],
    ['script "/bin/check --password secret12"', 'script "/bin/check --password ********'],
  ] as const;

  for (const [line, masked] of lines) {
    it(`is masked in: ${line}`, () => {
      assert.equal(maskedLine(line), masked);
      assert.ok(!shown(line, line.indexOf('secret') + 1, 'secret12').includes('secret12'));
    });
  }

  it('leaves keywords alone that only look like one', () => {
    for (const line of ['authentication {', 'auth_type PASS', 'auth_hmac {', 'active_key 1', 'priority 100', 'auth_pass']) {
      assert.equal(maskedLine(line), line);
    }
  });

  it('appears nowhere, whatever is wrong with its line', () => {
    const variants = [
      'auth_pass secret12 }',
      'auth_pass "secret12',
      'auth_pass\n secret12',
      'secret12',
      'auth_pas secret12',
      'auth_type secret12x PASS'.replace('secret12x ', ''),
      '$PW=secret12secret12\n auth_pass $PW',
      'auth_pass secret12 {',
      'auth_pass secret12\n auth_pass secret12',
      '} auth_pass secret12',
    ];
    for (const variant of variants) {
      const files = memoryFiles({ [main]: instanceText(` authentication {\n auth_type PASS\n ${variant}\n }`) });
      const { loaded, findings } = diagnose(files, { file: main, configId: 'node1', seed: 1 });
      const all = findings.map((f) => describeFinding(f, loaded.sourceLine)).join('\n') + JSON.stringify(findings);
      assert.ok(!all.includes('secret12'), `${variant}:\n${all}`);
    }
  });
});
