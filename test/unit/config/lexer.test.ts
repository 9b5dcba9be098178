// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { braceAt, cleanLine, quoteWord, splitCommand, splitScriptLine, splitWords } from '../../../lib/config/lexer.ts';
import { lineFrom, placeAt } from '../../../lib/config/line.ts';

const clean = (text: string) => cleanLine(lineFrom('f', 1, text)).line.text;
const words = (text: string) => splitWords(text).words.map((w) => w.text);

describe('cleaning a line', () => {
  it('drops outer blanks and comments of both kinds', () => {
    assert.equal(clean('  \tstate MASTER  # why\t'), 'state MASTER');
    assert.equal(clean('state MASTER ! why'), 'state MASTER');
    assert.equal(clean('# all of it'), '');
  });

  it('keeps comment signs inside double quotes only', () => {
    assert.equal(clean('script "a # b ! c" # d'), 'script "a # b ! c"');
    assert.equal(clean("script 'a # b'"), "script 'a");
  });

  it('resolves \\# and \\! outside quotes and keeps every other pair', () => {
    assert.equal(clean('path /a\\#b\\!c\\d'), 'path /a#b!c\\d');
    assert.equal(clean('script "a\\#b"'), 'script "a\\#b"');
    assert.equal(clean('x "a\\"b # still quoted"'), 'x "a\\"b # still quoted"');
  });

  it('glues a continuation mark to the last word', () => {
    assert.equal(clean('a b   \\'), 'a b\\');
    assert.equal(clean('\\'), '\\');
    assert.equal(clean('a # b \\'), 'a');
  });

  it('says when a quote is not closed and uses the line', () => {
    const { line, unterminated } = cleanLine(lineFrom('f', 1, 'script "a b'));
    assert.equal(unterminated, true);
    assert.equal(line.text, 'script "a b');
  });

  it('keeps the column of each character behind removed ones', () => {
    const { line } = cleanLine(lineFrom('f', 7, '   a\\#b c'));
    assert.equal(line.text, 'a#b c');
    assert.deepEqual(placeAt(line, 4).place, { file: 'f', line: 7, column: 9 });
  });

  it('takes any text at all', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => clean(text).length <= text.length));
  });
});

describe('splitting into words', () => {
  it('starts a quoted word even in the middle of a word', () => {
    assert.deepEqual(words('ab"c d"e ""'), ['ab', 'c d', 'e', '']);
  });

  it('separates by all white space of C', () => {
    assert.deepEqual(words('a\tb\vc\fd\re'), ['a', 'b', 'c', 'd', 'e']);
  });

  it('keeps the words before an unclosed quote', () => {
    const { words: kept, unmatched } = splitWords('a b "c d');
    assert.deepEqual([kept.length, unmatched], [2, 4]);
  });

  it('finds the first brace outside quotes', () => {
    assert.equal(braceAt('a "{" b {'), 8);
    assert.equal(braceAt("a '{'"), 3);
    assert.equal(braceAt('a "b'), -1);
  });

  it('reads back every word that quoteWord can write', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (word) => {
        const text = quoteWord(word);
        if (text !== null) assert.deepEqual(words(text), [word]);
      }),
    );
  });
});

describe('scripts', () => {
  it('are split in two stages: user and group first, then the command', () => {
    const stage1 = splitScriptLine(`notify "/bin/a 'b c' \\"d\\"" user group`) ?? [];
    assert.deepEqual(
      stage1.map((w) => w.text),
      ['notify', `/bin/a 'b c' \\"d\\"`, 'user', 'group'],
    );
    assert.deepEqual(splitCommand(stage1[1]?.text ?? ''), ['/bin/a', 'b c', '"d"']);
  });

  it('resolve the escapes of the reference', () => {
    assert.deepEqual(splitCommand('\\a\\b\\E\\f\\n\\r\\t\\v \\cA \\x41\\x4 \\101\\7 \\q'), [
      '\x07\b\x1b\f\n\r\t\v',
      '\x01',
      'A\x04',
      'A\x07',
      'q',
    ]);
  });

  it('are refused when a quote is not closed', () => {
    assert.equal(splitCommand("a 'b"), null);
    assert.equal(splitScriptLine('script "a'), null);
  });

  it('take any text at all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        splitScriptLine(text);
        splitCommand(text);
      }),
    );
  });
});
