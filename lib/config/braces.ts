// SPDX-License-Identifier: MIT
// Where a brace is missing or too many. A reader notices it blocks later and then misreads what follows; here every place
// where one brace could be added or taken away is tried: the file is read again with each of the likeliest repairs, and the
// one after which least is wrong is taken for the mistake. What is found in the repaired text is what is wrong besides.

import { ok } from '../base/result.ts';
import type { ConfigFiles } from '../ports/config-files.ts';
import { cleanLine } from './lexer.ts';
import { lineFrom, placeAt } from './line.ts';
import { loadConfig } from './load.ts';
import type { Loaded, LoadOptions } from './options.ts';
import type { Finding, Place } from './report.ts';
import { balanceOf, disorder, type Mark, marksOf } from './structure.ts';

/** Repairs in one configuration: beyond, the rest is reported as the reader sees it. */
const maxRepairs = 8;
/** Physical lines read again to compare repairs, for each mistake. */
const effort = 150_000;
/** Repairs read and compared at most. */
const maxTrials = 60;
/** Statements around the reader's own finding among which the mistake is looked for. */
const reach = 1500;

const braceCodes: ReadonlySet<string> = new Set(['brace-missing', 'brace-extra', 'brace-expected', 'brace-unexpected']);

type Code = 'brace-missing' | 'brace-extra' | 'brace-expected' | 'brace-unexpected';

interface Repair {
  readonly code: Code;
  readonly line: number;
  readonly column: number;
  /** Text taken out and put in at that place. */
  readonly remove: number;
  readonly insert: string;
  /** Position among the marks. */
  readonly index: number;
  readonly cost: number;
}

interface Edit {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly by: number;
}

/** Findings with each mistaken brace as one of them, in no order; those of `loaded` when its braces are right. */
export function findingsWithBraces(files: ConfigFiles, options: LoadOptions, loaded: Loaded): readonly Finding[] {
  const changed = new Map<string, readonly string[]>();
  const reading: ConfigFiles = {
    ...files,
    read(path) {
      const lines = changed.get(path);
      return lines ? ok(new TextEncoder().encode(`${lines.join('\n')}\n`)) : files.read(path);
    },
  };
  const edits: Edit[] = [];
  const found: Finding[] = [];
  let current = loaded;
  for (let n = 0; n < maxRepairs && current.findings.some((f) => braceCodes.has(f.code)); n++) {
    const step = repairOnce(reading, options, current, changed);
    if (!step) break;
    found.push({ ...step.finding, place: original(step.finding.place, edits) });
    edits.push(step.edit);
    current = step.loaded;
  }
  if (found.length === 0) return loaded.findings;
  return [...found, ...current.findings.map((f) => ({ ...f, place: original(f.place, edits), definedAt: original(f.definedAt, edits) }))];
}

interface Step {
  readonly finding: Finding;
  readonly edit: Edit;
  readonly loaded: Loaded;
}

function repairOnce(files: ConfigFiles, options: LoadOptions, loaded: Loaded, changed: Map<string, readonly string[]>): Step | null {
  const file = suspect(loaded, options.configId);
  const path = file === null ? null : loaded.pathOf(file);
  if (file === null || path === null) return null;
  const lines = linesOf(loaded, file);
  const marks = marksOf(lines, options.configId);
  const before = changed.get(path);
  const trials = Math.max(4, Math.min(maxTrials, Math.floor(effort / totalLines(loaded))));
  const around = loaded.findings.flatMap((f) => (braceCodes.has(f.code) && f.place?.file === file ? [f.place.line] : []));
  const likely = repairsOf(lines, marks, Math.min(...around, lines.length)).slice(0, trials);

  let best: { repair: Repair; loaded: Loaded; cost: number } | null = null;
  for (const repair of likely) {
    // The others agree less with the indentation, and there is no misplaced word left that they could explain.
    if (best && isInPlace(best.loaded.findings) && repair.cost > best.repair.cost + 2) break;
    changed.set(path, applied(lines, repair));
    const trial = loadConfig(files, { ...options, goOn: true });
    const cost = 2 * wrongness(trial.findings) + 3 * repair.cost;
    if (!best || cost < best.cost) best = { repair, loaded: trial, cost };
  }
  const worse = !best || wrongness(best.loaded.findings) >= wrongness(loaded.findings);
  if (!best || worse) {
    if (before) changed.set(path, before);
    else changed.delete(path);
    return null;
  }
  const { repair } = best;
  changed.set(path, applied(lines, repair));
  return {
    finding: findingFor(repair, file, marks, lines),
    edit: { file, line: repair.line, column: repair.column, by: repair.insert.length - repair.remove },
    loaded: best.loaded,
  };
}

/** The file that is not balanced by itself, the innermost one when there are several. */
function suspect(loaded: Loaded, configId: string): string | null {
  for (const file of [...loaded.filesRead].reverse()) {
    if (balanceOf(marksOf(linesOf(loaded, file), configId)) !== 0) return file;
  }
  return null;
}

function linesOf(loaded: Loaded, file: string): string[] {
  const lines: string[] = [];
  for (let text = loaded.sourceLine(file, 1); text !== null; text = loaded.sourceLine(file, lines.length + 1)) lines.push(text);
  return lines;
}

function totalLines(loaded: Loaded): number {
  return loaded.filesRead.reduce((n, file) => n + linesOf(loaded, file).length, 1);
}

/**
 * A keyword in the wrong block says most about a brace, and the errors inside a block that is skipped do not show; a word
 * unknown everywhere says little. What is merely not read yet or unused may be so in any version of the text.
 */
function wrongness(findings: readonly Finding[]): number {
  let cost = 0;
  for (const f of findings) {
    if (braceCodes.has(f.code)) cost += 6;
    else if (f.code === 'unknown-keyword') cost += f.hint?.includes('belongs in') ? 8 : 1.5;
    else if (f.severity === 'fatal' || f.severity === 'error') cost += 1;
    else if (f.severity === 'warning') cost += 0.25;
  }
  return cost;
}

function isInPlace(findings: readonly Finding[]): boolean {
  return !findings.some((f) => braceCodes.has(f.code) || f.code === 'unknown-keyword');
}

/** Every repair that balances by one brace around `line`, the likeliest by indentation first. */
function repairsOf(lines: readonly string[], all: readonly Mark[], line: number): Repair[] {
  const [from, to] = windowAround(all, line);
  const marks = all.slice(from, to);
  const tooManyOpen = balanceOf(all) > 0;
  const repairs: Repair[] = [];
  for (let i = 0; i <= marks.length; i++) {
    const mark = marks[i];
    const repair = tooManyOpen ? closing(lines, marks, i) : opening(lines, marks, i);
    if (repair) repairs.push({ ...repair, index: from + i });
    if (mark?.kind !== (tooManyOpen ? 'open' : 'close')) continue;
    const code = tooManyOpen ? 'brace-unexpected' : 'brace-extra';
    const cost = disorder(marks.toSpliced(i, 1));
    repairs.push({ code, line: mark.line, column: mark.column, remove: 1, insert: ' ', index: from + i, cost });
  }
  const distance = (r: Repair) => Math.abs(r.line - line);
  const weight = trustIn(Math.min(...repairs.map((r) => r.cost)) / marks.length);
  return repairs.map((r) => ({ ...r, cost: r.cost * weight })).sort((a, b) => a.cost - b.cost || distance(a) - distance(b));
}

/** How much indentation counts, 0..1: nothing where the best repair leaves about every line out of place (`disorder` each). */
function trustIn(disorder: number): number {
  return disorder < 0.15 ? 1 : disorder < 0.5 ? 0.3 : 0;
}

/** A `}` before mark `i`, or at the end. */
function closing(lines: readonly string[], marks: readonly Mark[], i: number): Omit<Repair, 'index'> | null {
  const mark = marks[i];
  if (mark && (!mark.first || mark.conditional)) return null;
  const inserted: Mark = { kind: 'close', line: 0, column: 1, first: false, indent: 0, word: '', conditional: false };
  const cost = disorder(marks.toSpliced(i, 0, inserted));
  const last = marks.at(-1);
  if (mark) return { code: 'brace-missing', line: mark.line, column: mark.column, remove: 0, insert: '}', cost };
  return last ? { code: 'brace-missing', line: last.line, column: codeEnd(lines[last.line - 1]), remove: 0, insert: ' }', cost } : null;
}

/** A `{` behind the statement that begins at mark `i`. */
function opening(lines: readonly string[], marks: readonly Mark[], i: number): Omit<Repair, 'index'> | null {
  const mark = marks[i];
  const after = marks[i + 1];
  if (mark?.kind !== 'word' || mark.conditional || after?.kind === 'open' || after?.line === mark.line) return null;
  const inserted: Mark = { ...mark, kind: 'open', first: false };
  const cost = disorder(marks.toSpliced(i + 1, 0, inserted));
  return { code: 'brace-expected', line: mark.line, column: codeEnd(lines[mark.line - 1]), remove: 0, insert: ' {', cost };
}

/** From two root blocks before `line`, as far as the reach goes. */
function windowAround(marks: readonly Mark[], line: number): [number, number] {
  const roots: number[] = [];
  for (const [i, mark] of marks.entries()) {
    if (mark.line > line) break;
    if (mark.kind === 'word' && mark.first && mark.indent === 0 && marks[i + 1]?.kind === 'open') roots.push(i);
  }
  const here = marks.findIndex((m) => m.line >= line);
  const from = Math.max(roots.at(-3) ?? 0, (here < 0 ? marks.length : here) - reach, 0);
  return [from, from + 2 * reach];
}

function applied(lines: readonly string[], { line, column, remove, insert }: Repair): readonly string[] {
  const old = lines[line - 1] ?? '';
  return lines.with(line - 1, old.slice(0, column - 1) + insert + old.slice(column - 1 + remove));
}

/** Column behind the last character that is no comment. */
function codeEnd(text = ''): number {
  const { line } = cleanLine(lineFrom('', 1, text));
  return placeAt(line, line.text.length).place.column;
}

/** Where a place of the repaired text is in the file as it was written. */
function original(place: Place | null, edits: readonly Edit[]): Place | null {
  let found = place;
  for (const edit of edits.toReversed()) {
    if (found && found.file === edit.file && found.line === edit.line && found.column > edit.column) {
      found = { ...found, column: Math.max(edit.column, found.column - edit.by) };
    }
  }
  return found;
}

const effect = 'the rest is checked as if that were repaired';

function findingFor(repair: Repair, file: string, marks: readonly Mark[], lines: readonly string[]): Finding {
  const { code, line, column, index } = repair;
  const around = openBefore(marks, index);
  const block = around ? `the block '${around.word}' of line ${around.line}` : null;
  const mark = marks[index];
  const word = mark?.kind === 'word' ? mark.word : mark?.kind === 'open' ? '{' : '}';
  const texts: Readonly<Record<Code, Pick<Finding, 'class' | 'message' | 'expected' | 'hint' | 'word'>>> = {
    'brace-missing': {
      class: 'MISSING_EOB',
      message: mark ? `Missing '}' before '${word}'` : "Missing '}' at the end of the file",
      expected: `} for ${block ?? 'an open block'}`,
      hint: null,
      word: mark ? word : null,
    },
    'brace-extra': {
      class: 'UNEXPECTED_EOB',
      message: "Extra '}' found",
      expected: null,
      hint: block ? `it closes ${block} too early` : 'no block is open here',
      word: '}',
    },
    'brace-expected': {
      class: 'MISSING_BOB',
      message: `Missing '{' at beginning of ${word} block`,
      expected: `{ after ${lines[line - 1]?.trim().split(/\s+/).slice(0, 3).join(' ') ?? word}`,
      hint: null,
      word: null,
    },
    'brace-unexpected': {
      class: 'UNEXPECTED_BOB',
      message: "Unexpected '{'",
      expected: null,
      hint: 'one { too many, or its } is missing',
      word: '{',
    },
  };
  return { code, severity: 'error', scope: 'child', place: { file, line, column }, definedAt: null, effect, ...texts[code] };
}

/** The statement whose block is open where mark `index` stands. */
function openBefore(marks: readonly Mark[], index: number): Mark | null {
  const stack: (Mark | null)[] = [];
  for (const [i, mark] of marks.slice(0, index).entries()) {
    if (mark.kind === 'open') stack.push(marks[i - 1]?.kind === 'word' ? (marks[i - 1] ?? null) : null);
    else if (mark.kind === 'close') stack.pop();
  }
  return stack.at(-1) ?? null;
}
