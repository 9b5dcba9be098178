// SPDX-License-Identifier: MIT
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is the syntax under test.
import assert from 'node:assert/strict';
import { collectFindings } from '../../../lib/config/findings.ts';
import { type IncludeCheck, resolveMain } from '../../../lib/config/include.ts';
import { type Line, placeAt } from '../../../lib/config/line.ts';
import { createReader } from '../../../lib/config/preprocess.ts';
import { sourcesFrom } from '../../../lib/config/source.ts';
import { main } from './load.ts';
import { memoryFiles } from './memory-files.ts';

type Files = Parameters<typeof memoryFiles>[0];

function read(text: string | Uint8Array, files: Files = {}, options: { configId?: string; checks?: IncludeCheck[] } = {}) {
  const findings = collectFindings();
  const sources = sourcesFrom(memoryFiles({ ...files, [main]: text }));
  const opened: string[] = [];
  const reader = createReader(
    sources,
    resolveMain(sources, main, findings),
    {
      configId: options.configId ?? 'node1',
      env: (name) => (name === 'HOME' ? '/root' : ''),
      seed: 1,
      includeChecks: new Set(options.checks ?? []),
      onOpen: (display) => opened.push(display),
    },
    findings,
  );
  const lines: Line[] = [];
  for (let line = reader.next(); line; line = reader.next()) lines.push(line);
  return { lines, text: lines.map((l) => l.text), findings: findings.list, opened };
}

const text = (...args: Parameters<typeof read>) => read(...args).text;
const placeOf = (line: Line | undefined, at = 0) => (line ? placeAt(line, at) : null);

describe('logical lines', () => {
  it('puts each brace on a line of its own wherever it stood', () => {
    const expected = ['kw', '{', 'a b', '}'];
    assert.deepEqual(text('kw {\na b\n}'), expected);
    assert.deepEqual(text('kw\n{ a b\n}'), expected);
    assert.deepEqual(text('kw { a b }'), expected);
  });

  it('does not split a brace in double quotes', () => {
    assert.deepEqual(text('script "a {b}"'), ['script "a {b}"']);
  });

  it('takes CR LF line ends and a last line without newline', () => {
    assert.deepEqual(text('a\r\nb\r\n\r\nc'), ['a', 'b', 'c']);
  });

  it('reports a line longer than 1022 bytes and ignores it', () => {
    const { text: lines, findings } = read(`a\n${'x'.repeat(1023)}\nb\n${'y'.repeat(1022)}`);
    assert.deepEqual(lines, ['a', 'b', 'y'.repeat(1022)]);
    assert.deepEqual(
      findings.map((f) => [f.code, f.place?.line]),
      [['line-too-long', 2]],
    );
  });

  it('reports a line with a NUL byte and ignores it', () => {
    const { text: lines, findings } = read('a\nb\0c\nd');
    assert.deepEqual(lines, ['a', 'd']);
    assert.equal(findings[0]?.code, 'nul-byte');
  });

  it('reads bytes that are no UTF-8', () => {
    assert.deepEqual(text(Uint8Array.of(0x61, 0xff, 0x0a)), ['aÿ']);
  });

  it('knows the column of the second of two braces on a line', () => {
    const { lines } = read('  kw { a } b');
    assert.deepEqual(
      lines.map((l) => [l.text, placeOf(l)?.place.column]),
      [
        ['kw', 3],
        ['{', 6],
        ['a', 8],
        ['}', 10],
        ['b', 12],
      ],
    );
  });
});

describe('conditions', () => {
  it('keep a line for the named configuration id only', () => {
    assert.deepEqual(text('@node1 a\n@node2 b\n@^node1 c\n@^node2 d\n@node1\n@!node2 e'), ['a', 'd']);
  });

  it('may stand before a brace, a definition, a sequence and an include', () => {
    assert.deepEqual(text('@node1 {\n@node1 $A=1\n@node1 ~SEQ(I,1,2) x$I\n@node1 include b.conf', { '/etc/keepalived/b.conf': '$A' }), [
      '{',
      'x1',
      'x2',
      '1',
    ]);
    assert.deepEqual(text('@node1 ~SEQ(I,1,2) x${I}'), ['x1', 'x2']);
  });

  it('are looked at once per line and not after substitution', () => {
    assert.deepEqual(text('@node1 @node2 a\n$C=@node2\n$C b'), ['@node2 a', '@node2 b']);
  });
});

describe('definitions', () => {
  it('replace $NAME before a blank, comma, bracket or the end, and ${NAME} anywhere', () => {
    assert.deepEqual(text('$A=1\n$A, $A) $A/ ${A}/ "$A" "${A}" $A'), ['1, 1) $A/ 1/ "$A" "1" 1']);
  });

  it('are expanded when used, and redefinition counts from there on', () => {
    assert.deepEqual(text('$A=${B}x\n$B=1\n${A}\n$B=2\n${A}'), ['1x', '2x']);
  });

  it('leave undefined names as they are, braces and all', () => {
    assert.deepEqual(text('a $X\nb "${X}"\nc ${X}'), ['a $X', 'b "${X}"', 'c $', '{', 'X', '}']);
  });

  it('clean the line again, so that a value may bring a comment', () => {
    assert.deepEqual(text('$OFF=${_HASH}\n${OFF} gone\nx ${_HASH} y\nz "${_HASH}"'), ['x', 'z "#"']);
  });

  it('have several lines when they end with a backslash', () => {
    const source = '$ML=first ${N} \\\n  second {  \\\n\\\n third\n$N=7\nx $ML\ny';
    assert.deepEqual(text(source), ['x first 7', 'second', '{', 'third', 'y']);
  });

  it('of several lines are only replaced at the end of a line', () => {
    assert.deepEqual(text('$ML=a \\\nb\n$ML c'), ['$ML c']);
  });

  it('of several lines end with a blank or comment line', () => {
    assert.deepEqual(text('$ML= \\\na \\\n\nb \\\n$ML'), ['b\\', 'a']);
    assert.deepEqual(text('$ML= \\\na \\\n# no more \\\nb\n$ML'), ['b', 'a']);
  });

  it('may stand inside the body of another one, but not on its first line', () => {
    assert.deepEqual(text('$A= \\\na \\\n$N=1 \\\nb${N} \\\n$B\n$B= \\\nc${N} \\\nd\nx $A\nend'), ['x a', 'b1', 'c1', 'd', 'end']);
    assert.deepEqual(text('$A= \\\n$N=1 \\\na\n$A'), ['$N=1', 'a']);
  });

  it('end with a finding when they refer to themselves', () => {
    for (const source of ['$A=$A\n$A', '$A=${A}x\n$A', '$A=${B}\n$B=${A}\n${A}']) {
      const { findings } = read(source);
      assert.match(findings[0]?.code ?? '', /^expansion-(endless|too-long)$/);
    }
  });

  it('remember both where they are used and where they are written', () => {
    const { lines } = read('\n $A=foo bar\n\n  x ${A}');
    const found = placeOf(lines[0], 6);
    assert.deepEqual(found, { place: { file: main, line: 4, column: 5 }, definedAt: { file: main, line: 2, column: 9 } });
  });

  it('have built-in names', () => {
    assert.deepEqual(text('a ${_PWD} $_INSTANCE\nb ${_ENV HOME}x${_ENV NONE}y'), ['a /etc/keepalived node1', 'b /rootxy']);
  });

  it('draw random numbers within bounds, the same ones for the same seed', () => {
    const source = 'a ${_RANDOM 5 7} ${_RANDOM 5 7} ${_RANDOM 3 3}';
    const [line = ''] = text(source);
    assert.match(line, /^a [567] [567] 3$/);
    assert.deepEqual(text(source), [line]);
  });

  it('report wrong parameters and leave the reference alone', () => {
    const { text: lines, findings } = read('a "${_ENV}" "${_RANDOM 1 2 3}" "${_PWD x}"');
    assert.deepEqual(lines, ['a "${_ENV}" "${_RANDOM 1 2 3}" "${_PWD x}"']);
    assert.deepEqual(
      findings.map((f) => f.code),
      ['parameter-arguments', 'parameter-arguments'],
    );
  });
});

describe('sequences', () => {
  const run = (head: string) => text(`${head} x\${V}`).map((l) => l.slice(1));

  it('count from 1, from a start, in steps, downwards and in hex', () => {
    assert.deepEqual(run('~SEQ(V,3)'), ['1', '2', '3']);
    assert.deepEqual(run('~SEQ( V , 3 , 5 )'), ['3', '4', '5']);
    assert.deepEqual(run('~SEQ(V,1,2,6)'), ['1', '3', '5']);
    assert.deepEqual(run('~SEQ(V,3,1)'), ['3', '2', '1']);
    assert.deepEqual(run('~SEQ(V,-2)'), ['-1', '-2']);
    assert.deepEqual(run('~SEQ(V,0)'), ['1', '0']);
    assert.deepEqual(run('~SEQx(V,9,0xb)'), ['9', 'a', 'b']);
    assert.deepEqual(run('~SEQ(V,010)'), ['1', '2', '3', '4', '5', '6', '7', '8']);
  });

  it('take references in their numbers', () => {
    assert.deepEqual(text('$N=2\n~SEQ(V,$N) a${V}'), ['a1', 'a2']);
  });

  it('list values, also several variables at a time', () => {
    assert.deepEqual(run('~LST(V,a, b,c)'), ['a', 'b', 'c']);
    assert.deepEqual(text('~LST({A,B},{1,2},{3,4},{5}) ${A}-${B}'), ['1-2', '3-4', '5-']);
  });

  it('nest, the left one slowest, and define their variable afterwards too', () => {
    assert.deepEqual(text('~SEQ(A,2) ~SEQ(B,2) ${A}.${B}\nlast ${A}${B}'), ['1.1', '1.2', '2.1', '2.2', 'last 22']);
  });

  it('may carry braces, includes and multi-line definitions', () => {
    assert.deepEqual(text('~SEQ(A,2) b { i ${A} }'), ['b', '{', 'i 1', '}', 'b', '{', 'i 2', '}']);
    assert.deepEqual(text('~SEQ(A,2) include f${A}.conf', { '/etc/keepalived/f1.conf': 'one', '/etc/keepalived/f2.conf': 'two' }), [
      'one',
      'two',
    ]);
    assert.deepEqual(text('$M=m${A} \\\nn\n~SEQ(A,2) $M'), ['m1', 'n', 'm2', 'n']);
  });

  it('report faults and drop the line', () => {
    for (const head of [
      '~SEQ(V,1,0,3)',
      '~SEQ(V,1,-1,3)',
      '~SEQ(1V,3)',
      '~SEQ(V)',
      '~SEQ(V,a)',
      '~SEQ(V,1,2,3,4)',
      '~SEQx(V,-1)',
      '~LST({A,{B}},x)',
      '~LST({A},{1,2})',
      '~SEQ(V,3',
    ]) {
      const { text: lines, findings } = read(`${head} x`);
      assert.deepEqual([lines, findings.map((f) => f.code)], [[], ['sequence-invalid']], head);
    }
  });

  it('pass other lines that begin with ~ on untouched', () => {
    assert.deepEqual(text('$A=1\n~FOO(A) $A'), ['~FOO(A) $A']);
  });
});

describe('includes', () => {
  const files: Files = {
    '/etc/keepalived/conf.d/b.conf': 'b',
    '/etc/keepalived/conf.d/a.conf': 'a\ninclude sub/*.inc\nafter ${_PWD}',
    '/etc/keepalived/conf.d/.hidden.conf': 'hidden',
    '/etc/keepalived/conf.d/sub/x.inc': 'x ${_PWD}',
    '/etc/keepalived/run': { fault: 'executable' },
    '/etc/keepalived/dir': { fault: 'directory' },
  };

  it('read matches in order, relative to the including file', () => {
    const { text: lines, opened } = read('1\ninclude conf.d/*.conf\n2', files);
    assert.deepEqual(lines, ['1', 'a', 'x /etc/keepalived/conf.d/sub', 'after /etc/keepalived/conf.d', 'b', '2']);
    assert.deepEqual(opened, [main, 'conf.d/a.conf', 'sub/x.inc', 'conf.d/b.conf']);
  });

  it('expand brace alternatives in their order', () => {
    assert.deepEqual(text('include conf.d/{b,nothing,sub/../a}.conf', files)[0], 'b');
  });

  it('only warn about missing and unusable files unless a check is on', () => {
    for (const pattern of ['missing.conf', '*.missing', '{b,missing}.x', 'run', 'dir']) {
      const { findings } = read(`include ${pattern}`, files);
      assert.ok(findings.length > 0 && findings.every((f) => f.class === 'OK'), pattern);
    }
  });

  it('are fatal under the check that covers the fault', () => {
    const fatal = (line: string, checks: IncludeCheck[] = []) =>
      read(line, files, { checks }).findings.some((f) => f.code === 'include-fatal');
    assert.deepEqual(
      [
        'includer run',
        'includer missing.conf',
        'includem missing.conf',
        'includem *.missing',
        'includew *.missing',
        'includeb conf.d/{b,z}.conf',
        'includea dir',
      ].map((l) => fatal(l)),
      [true, false, true, false, true, true, true],
    );
    assert.equal(fatal('include missing.conf', ['match']), true);
    assert.deepEqual(text('includeb conf.d/{b,z}.conf', files), []);
  });

  it('refuse a file that includes itself, directly or not', () => {
    const loop: Files = { '/etc/keepalived/l1.conf': 'one\ninclude l2.conf', '/etc/keepalived/l2.conf': 'two\ninclude l1.conf' };
    const { text: lines, findings } = read('include l1.conf\nend', loop);
    assert.deepEqual(lines, ['one', 'two', 'end']);
    assert.equal(findings[0]?.code, 'include-loop');
    assert.deepEqual(findings[0]?.place, { file: 'l2.conf', line: 2, column: 9 });
  });
});
