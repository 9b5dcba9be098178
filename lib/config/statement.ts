// SPDX-License-Identifier: MIT
// A logical line and its words, and what an argument type sees of it.

import type { Findings, Problem } from './findings.ts';
import type { Args } from './keyword.ts';
import { plainWords, splitWords, type Word } from './lexer.ts';
import { type Line, placeOfCharacter } from './line.ts';
import type { Finding, Place } from './report.ts';

/** Thrown when keepalived would end at once; caught in load.ts. */
export class MissingParameter extends Error {}

/** A logical line and its words. Where these stand is asked of few lines: it is looked up then. */
export class Statement {
  readonly line: Line;
  readonly texts: readonly string[];
  readonly #words: readonly Word[] | null;

  /** `words` null: they are what lies between single blanks. */
  constructor(line: Line, texts: readonly string[], words: readonly Word[] | null) {
    this.line = line;
    this.texts = texts;
    this.#words = words;
  }

  get words(): readonly Word[] {
    return this.#words ?? splitWords(this.line.text).words;
  }

  /** Offset of word `i` in the line, 0 when there is none. */
  at(i: number): number {
    if (this.#words !== null || i >= this.texts.length) return this.#words?.[i]?.at ?? 0;
    let at = 0;
    for (let before = 0; before < i; before++) at += (this.texts[before]?.length ?? 0) + 1;
    return at;
  }
}

/** Null: it has no words. `unmatched` is told where a quote is not closed. */
export function statementOf(line: Line, unmatched: (at: number) => void): Statement | null {
  const { text } = line;
  if (text === '}') return new Statement(line, closingBrace, null);
  if (text === '{') return new Statement(line, openingBrace, null);
  const plain = plainWords(text);
  if (plain) return new Statement(line, plain, null);
  const split = splitWords(text);
  if (split.unmatched >= 0) unmatched(split.unmatched);
  return split.words.length > 0 ? new Statement(line, texts(split.words), split.words) : null;
}

const openingBrace: readonly string[] = ['{'];
const closingBrace: readonly string[] = ['}'];

function texts(words: readonly Word[]): string[] {
  return words.map((word) => word.text);
}

/** Place of the first word. */
export function placeOfStatement(statement: Statement): Place {
  return placeOfCharacter(statement.line, statement.at(0));
}

interface Where {
  readonly object: string;
  readonly finding: Finding['scope'];
}

/** A class, since one is made for every line of every file. */
export class StatementArgs implements Args {
  readonly first: number;
  readonly lenient: boolean;
  readonly #statement: Statement;
  readonly #scope: Where;
  readonly #secret: boolean;
  readonly #findings: Findings;

  constructor(statement: Statement, first: number, scope: Where, lenient: boolean, secret: boolean, findings: Findings) {
    this.first = first;
    this.lenient = lenient;
    this.#statement = statement;
    this.#scope = scope;
    this.#secret = secret;
    this.#findings = findings;
  }

  get line(): Line {
    return this.#statement.line;
  }

  get words(): readonly Word[] {
    return this.#statement.words;
  }

  get object(): string {
    return this.#scope.object;
  }

  get place(): Place {
    return placeOfStatement(this.#statement);
  }

  text(i: number): string | undefined {
    return this.#statement.texts[i + this.first];
  }

  fault(i: number, problem: Problem): void {
    const { words, first } = this;
    const word = i < 0 ? words[0] : (words[i + first] ?? words.at(-1));
    const told: Problem = { scope: this.#scope.finding, word: word?.text ?? null, ...problem };
    this.#findings.report({ line: this.line, at: word?.at ?? 0 }, this.#secret ? masked(told, words.slice(first)) : told);
  }

  missing(i: number): never {
    const { words, first } = this;
    const before = words.at(-1);
    const start = words[0]?.text ?? '';
    const after = this.#secret && words.length > first ? '********' : (before?.text ?? start);
    this.#findings.report(
      { line: this.line, at: (before?.at ?? 0) + (before?.text.length ?? 0) },
      {
        code: 'parameter-missing',
        class: 'MISSING_PARAMETER',
        severity: 'fatal',
        scope: this.#scope.finding,
        message: `*** Configuration line starting \`${start}\` is missing a parameter after keyword \`${after}\` at word position ${i + first + 1}`,
        word: start,
        expected: 'an argument',
      },
    );
    throw new MissingParameter();
  }
}

/** `problem` without the words of a secret, whichever of them was at fault. */
function masked(problem: Problem, words: readonly Word[]): Problem {
  const hide = (text: string | null | undefined) =>
    words.reduce((shown, { text: word }) => (word === '' ? shown : (shown?.replaceAll(word, '********') ?? null)), text ?? null);
  return { ...problem, message: hide(problem.message) ?? '', word: hide(problem.word), effect: hide(problem.effect), secret: true };
}
