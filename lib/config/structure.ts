// SPDX-License-Identifier: MIT
// The blocks of one file as its braces and its indentation show them, without knowing what the words mean: what is left to
// go by when a brace is missing or too many.

import { braceAt, cleanLine } from './lexer.ts';
import { lineFrom } from './line.ts';

/** A brace, or the beginning of a statement. Line and column from 1; line 0: not written, but tried. */
export interface Mark {
  readonly kind: 'open' | 'close' | 'word';
  readonly line: number;
  readonly column: number;
  /** First on its line: only then does the indentation say something. */
  readonly first: boolean;
  /** Columns before the line's text, a tab up to the next multiple of 8. */
  readonly indent: number;
  /** `word`: the first word of the statement. */
  readonly word: string;
  /** The line stands under an `@` condition: nothing may be inserted before it. */
  readonly conditional: boolean;
}

/** Opening less closing braces: 0 when the file is balanced. */
export function balanceOf(marks: readonly Mark[]): number {
  return marks.reduce((n, m) => n + (m.kind === 'open' ? 1 : m.kind === 'close' ? -1 : 0), 0);
}

/** The marks of a file, lines not for `configId` and bodies of definitions left out. */
export function marksOf(lines: readonly string[], configId: string): Mark[] {
  const marks: Mark[] = [];
  let continued = false;
  for (const [i, physical] of lines.entries()) {
    let text = cleanLine(lineFrom('', 1, physical)).line.text;
    let column = physical.length - physical.trimStart().length + 1;
    const indent = columnsOf(physical.slice(0, column - 1));
    if (continued) {
      continued = text.endsWith('\\');
      continue;
    }
    const blank = (length: number) => {
      const rest = text.slice(length);
      const start = rest.length - rest.trimStart().length;
      column += length + start;
      text = rest.slice(start);
    };
    const condition = /^@(\^?)([^ \t]*)/.exec(text);
    if (condition) {
      if ((condition[2] === configId) === (condition[1] === '^')) continue;
      blank(condition[0].length);
    }
    if (/^\$[A-Za-z_]\w*=/.test(text)) {
      continued = text.endsWith('\\');
      continue;
    }
    const sequence = /^~(?:SEQx?|LST)[ \t]*\([^)]*\)/.exec(text);
    if (sequence) blank(sequence[0].length);
    if (/^include[rmwba]?[ \t]/.test(text)) continue;
    // A reference to a definition has braces of its own; columns must not move.
    text = text.replace(/\$\{[^}]*\}/g, (reference) => '$'.repeat(reference.length));
    for (let first = true; text !== ''; first = false) {
      const brace = braceAt(text);
      const kind = brace !== 0 ? 'word' : text[0] === '{' ? 'open' : 'close';
      const word = kind === 'word' ? (/^[^\s{}]+/.exec(text)?.[0] ?? '') : '';
      marks.push({ kind, line: i + 1, column, first, indent, word, conditional: condition !== null || sequence !== null });
      blank(brace < 0 ? text.length : Math.max(1, brace));
    }
  }
  return marks;
}

/**
 * How badly indentation and blocks disagree, 0 when they agree: a `}` neither below its opener nor on its line, words not deeper than the
 * block around them or not in line with the words before them, blocks left open.
 */
export function disorder(marks: readonly Mark[]): number {
  const stack: { indent: number; line: number; inner: number | null }[] = [];
  let outer: number | null = null;
  let statement: Mark | null = null;
  let cost = 0;
  for (const mark of marks) {
    const around = stack.at(-1);
    if (mark.kind === 'word') {
      statement = mark;
      if (!mark.first) continue;
      const expected = around ? around.inner : outer;
      if (around && mark.indent <= around.indent) cost += 2;
      else if (expected !== null && expected !== mark.indent) cost += 1;
      if (around) around.inner ??= mark.indent;
      else outer ??= mark.indent;
    } else if (mark.kind === 'open') {
      if (statement === null) cost += 2;
      stack.push({ indent: statement?.indent ?? mark.indent, line: mark.line, inner: null });
      statement = null;
    } else {
      const closed = stack.pop();
      if (!closed) cost += 6;
      else if (mark.first ? mark.indent !== closed.indent : mark.line > 0 && mark.line !== closed.line) cost += 2;
      statement = null;
    }
  }
  return cost + 6 * stack.length;
}

function columnsOf(blanks: string): number {
  let n = 0;
  for (const c of blanks) n = c === '\t' ? n - (n % 8) + 8 : n + 1;
  return n;
}
