// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatConfig } from '../../../lib/config/format/index.ts';
import { limits } from '../../../lib/config/limits.ts';
import { logicalLines } from './logical-lines.ts';

function formatted(text: string): string {
  const result = formatConfig(text);
  assert.ok(result.ok, result.ok ? '' : `line ${result.obstacle.line}: ${result.obstacle.reason}`);
  return result.text;
}

function lines(...text: string[]): string {
  return text.map((line) => `${line}\n`).join('');
}

describe('the layout', () => {
  const cases: readonly (readonly [title: string, from: string, to: string])[] = [
    ['indents by four blanks a level', 'a {\nb {\n\tc 1\n}\n}\n', lines('a {', '    b {', '        c 1', '    }', '}')],
    ['puts the brace behind its keyword', 'a\n\n{\nb\n}', lines('a {', '    b', '}')],
    ['gives every entry a line', 'a { b { c d } e }', lines('a {', '    b {', '        c d', '    }', '    e', '}')],
    [
      'keeps one empty line of a group, none at the ends of a block',
      '\n\na {\n\n b\n\n\n c\n\n}\n\n',
      lines('a {', '    b', '', '    c', '}'),
    ],
    ['puts one blank between words', 'priority   \t 100   # why\n', lines('priority 100 # why')],
    [
      'keeps comments with their block',
      'a {\n# one\n b\n! two\n}\n# three\n',
      lines('a {', '    # one', '    b', '    ! two', '}', '# three'),
    ],
    ['takes comments before a brace into the block', 'a # x\n# y\n{ # z\nb\n}\n', lines('a { # x', '    # y', '    # z', '    b', '}')],
    ['moves the comment of a lone brace to its keyword', 'a\n{ # z\nb }\n', lines('a { # z', '    b', '}')],
    ['leaves a comment glued to a word where it is', 'auth_pass k@!v361\n', lines('auth_pass k@!v361')],
    ['keeps what stands in quotes', 'a "x   {  y"   "#"\n', lines('a "x   {  y" "#"')],
    ['keeps the blanks of single quotes', "notify  '/bin/x  y'\n", lines("notify  '/bin/x  y'")],
    ['does not divide a line with a reference', 'a {\n$X b { c }\n}\n', lines('a {', '    $X b { c }', '}')],
    ['does not join a brace to a line that may expand', 'a $X\n{\nb\n}\n', lines('a $X', '{', '    b', '}')],
    ['does not make a brace conditional', '@low a\n{\nb\n}\n', lines('@low a', '{', '    b', '}')],
    ['does not take a brace for part of an include pattern', 'include x\n{\n}\n', lines('include x', '{', '}')],
    ['indents conditional lines', 'a {\n@low   b   1\n@^low b 2\n}\n', lines('a {', '    @low b 1', '    @^low b 2', '}')],
    ['counts braces for each name of a condition', '@a x {\n@b y {\nc\n}\nd\n', lines('@a x {', '@b y {', '    c', '}', 'd')],
    [
      'leaves a multi-line definition letter by letter',
      '$X= \\\n  a {   \\\n@low  b \\\n\n\nc\n',
      lines('$X= \\', '  a {   \\', '@low  b \\', '', 'c'),
    ],
    ['ends a definition where the reader ends it', 'a {\n$X=b \\\n  c\n d\n}\n', lines('a {', '$X=b \\', '  c', '    d', '}')],
    ['takes a brace behind include for a pattern', 'a {\ninclude   } b\n}\n', lines('a {', '    include   } b', '}')],
    ['makes no pattern of a brace', 'include{\n}\ninclude\n{\n}\n', lines('include{', '}', 'include', '{', '}')],
    ['keeps sequences', 'a {\n~SEQ(I,  1, 3)   b   $I\n}\n', lines('a {', '    ~SEQ(I,  1, 3)   b   $I', '}')],
    ['ignores the braces of ~LST sets', '~LST({A, B}, {1, 2}) a $A {\nb\n}\n', lines('~LST({A, B}, {1, 2}) a $A {', '    b', '}')],
    ['ignores the braces of include patterns', 'a {\ninclude x/{b,c}\n}\n', lines('a {', '    include x/{b,c}', '}')],
    ['writes line ends as LF and a last one', 'a {\r\n b\r\n}', lines('a {', '    b', '}')],
    ['has nothing to say about nothing', '\n\n', ''],
  ];
  for (const [title, from, to] of cases) {
    it(title, () => {
      assert.equal(formatted(from), to);
      assert.equal(formatted(to), to);
    });
  }

  it('indents less where a line would become longer than a line may be', () => {
    const word = 'x'.repeat(limits.lineBytes - 2);
    assert.equal(formatted(`a {\n${word}\n}\n`), lines('a {', `  ${word}`, '}'));
  });
});

describe('a text whose meaning is in doubt', () => {
  const cases: readonly (readonly [title: string, text: string, line: number, reason: RegExp])[] = [
    ['an open brace', 'a {\nb {\n}\n', 1, /never closed/],
    ['a brace too many', 'a {\n}\n}\n', 3, /closes nothing/],
    ['a NUL byte', 'a\nb \0\n', 2, /NUL/],
    ['an over-long line', `a\n# ${'x'.repeat(limits.lineBytes)}\n`, 2, /1022/],
    ['an open quote', 'a "b\n', 1, /quote/],
    ['a quote over a brace', 'a "b {\nc" }\n', 1, /quote/],
    ['blocks without end', '{\n'.repeat(limits.blockDepth + 1), limits.blockDepth + 1, /64 blocks/],
    ['a carriage return within a line', 'a\rb\n', 1, /carriage return/],
  ];
  for (const [title, text, line, reason] of cases) {
    it(`is left alone: ${title}`, () => {
      const result = formatConfig(text);
      assert.ok(!result.ok);
      assert.equal(result.obstacle.line, line);
      assert.match(result.obstacle.reason, reason);
    });
  }

  it('is left alone when a comment behind a brace leaves no room for its blank', () => {
    const text = `a{#${'x'.repeat(limits.lineBytes - 3)}\n}\n`;
    const result = formatConfig(text);
    assert.deepEqual(result, { ok: false, obstacle: { line: 1, reason: 'no room for blanks within 1022 bytes' } });
  });
});

describe('any text', () => {
  const word = fc.constantFrom('a', 'vrrp_instance', '"x  y"', "'q  r'", '$X', `$${'{Y}'}`, '10.0.0.1', 'k!v', 'p\\#q', '\\', '""');
  const blank = fc.constantFrom(' ', '  ', '\t', ' \t ');
  const end = fc.constantFrom('\n', '\n', '\n\n\n', '\r\n', ' # note\n', '# "note\n', '\n  ! note { \n', ' \\\n');
  const lead = fc.constantFrom(
    '',
    '',
    '',
    '  ',
    '\t',
    '@low ',
    '@^low\t',
    '$D=',
    '$D=b \\\n',
    '~SEQ(I, 1, 2)  ',
    'include  ',
    '~LST({A}, {b}) ',
  );
  const statement = fc
    .tuple(lead, fc.array(fc.tuple(word, blank), { minLength: 1, maxLength: 4 }), end)
    .map(([l, words, e]) => `${l}${words.flat().join('')}${e}`);
  const { tree } = fc.letrec<{ tree: string; part: string }>((tie) => ({
    tree: fc.array(tie('part'), { maxLength: 5 }).map((parts) => parts.join('')),
    part: fc.oneof(
      { depthIdentifier: 'blocks', maxDepth: 4 },
      statement,
      fc
        .tuple(
          lead,
          word,
          fc.constantFrom(' {', '{', '\n{', ' # why\n\n{', ' {\n', '{ # x\n'),
          tie('tree'),
          fc.constantFrom('}', '}\n', ' }  # end\n', '\n}\n\n'),
        )
        .map(([l, w, open, body, close]) => l + w + open + body + close),
    ),
  }));

  const holds = (text: string) => {
    const result = formatConfig(text);
    if (!result.ok) return;
    assert.deepEqual(formatConfig(result.text), result, 'formatting again changes something');
    for (const id of ['low', 'other']) assert.deepEqual(logicalLines(result.text, id), logicalLines(text, id));
  };

  it('keeps its logical lines, for every nesting of blocks, definitions, conditions and sequences', () => {
    fc.assert(fc.property(tree, holds), { numRuns: 3000 });
  });

  it('keeps its logical lines, whatever its characters', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '"',
      "'",
      '\\',
      '#',
      '!',
      '\n',
      '\r',
      ' ',
      '\t',
      '$X',
      '${',
      '@a ',
      '~SEQ(',
      ')',
      'a',
      '\0',
      '\v',
      'ü',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 40 }).map((p) => p.join('')),
        holds,
      ),
      { numRuns: 5000 },
    );
  });

  it('is done in linear time', () => {
    const time = (blocks: number) => {
      const text = 'a {\n    b 1 # c\n}\n\n'.repeat(blocks);
      const began = performance.now();
      assert.equal(formatted(text), text.slice(0, -1));
      return performance.now() - began;
    };
    time(5_000);
    const small = Math.min(time(5_000), time(5_000), time(5_000));
    const big = Math.min(time(40_000), time(40_000));
    assert.ok(big < small * 8 * 4, `${small} ms, 8 times as much: ${big} ms`);
  });
});
