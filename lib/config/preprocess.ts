// SPDX-License-Identifier: MIT
// Physical lines to logical lines (reference/config-language.md section 4). keepalived reads everything twice, in the
// parent and again in each child from a half-processed copy; this is one pass with the meaning of a careful reader:
// `\#` survives, an include found after expansion is read once, and any blank or comment line ends a definition.
//
// One stack holds what is being read: files, sequences and bodies of multi-line definitions, the latest on top.

import { type Definitions, definitionsFrom, randomFrom } from './definitions.ts';
import type { Findings } from './findings.ts';
import { type IncludeChecks, includeForm, type MainFile, resolveInclude } from './include.ts';
import { braceAt, cleanLine, plainTextLine } from './lexer.ts';
import { LimitExceeded, limits } from './limits.ts';
import { type Line, lineFrom, placeAt, plainLine, sliceLine } from './line.ts';
import { isSequence, parseSequence, type Sequence } from './sequence.ts';
import type { SourceFile, Sources } from './source.ts';

export interface Reader {
  /** The next logical line, never empty; a brace is always a line of its own. null at the end. Throws LimitExceeded. */
  next(): Line | null;
  /** `include_check` in the file being read; falls back to the former value at its end. */
  includeChecks: IncludeChecks;
}

export interface ReaderOptions {
  readonly configId: string;
  readonly env: (name: string) => string;
  readonly seed: number;
  readonly includeChecks: IncludeChecks;
  /** Told for each file as it is opened: the name messages use, and the file. */
  readonly onOpen: (display: string, file: SourceFile) => void;
}

type Frame =
  | { readonly kind: 'files'; readonly files: readonly MainFile[]; index: number }
  | { readonly kind: 'file'; readonly display: string; readonly file: SourceFile; readonly checks: IncludeChecks; index: number }
  | { readonly kind: 'body'; readonly lines: readonly Line[]; index: number }
  | { readonly kind: 'sequence'; readonly sequence: Sequence; readonly text: Line; index: number };

interface Collecting {
  readonly name: string;
  readonly lines: Line[];
}

/** What makes a line more than words: all that process() looks for. */
const special = /^[@~]|[${}]|^include/;
const definition = /^\$([A-Za-z_][A-Za-z0-9_]*)=[ \t]*/;
const condition = /^@(\^?)([^ \t]*)[ \t]*/;

/** `main` are the files that `-f` matched, read one after the other. */
export function createReader(sources: Sources, main: readonly MainFile[], options: ReaderOptions, findings: Findings): Reader {
  const stack: Frame[] = [{ kind: 'files', files: main, index: 0 }];
  let leftover: Line | null = null;
  let collecting: Collecting | null = null;
  let generated = 0;
  let linesRead = 0;
  let filesOpened = 0;
  let depth = 0;

  const currentFile = () => stack.findLast((f) => f.kind === 'file');
  const definitions: Definitions = definitionsFrom(
    {
      configId: options.configId,
      env: options.env,
      random: randomFrom(options.seed),
      directory: () => currentFile()?.file.directory ?? sources.directory,
    },
    findings,
  );

  const reader: Reader = { next, includeChecks: options.includeChecks };
  return reader;

  function next(): Line | null {
    for (;;) {
      const raw = nextRaw();
      if (raw === null) return null;
      const logical = process(raw);
      if (logical) return logical;
    }
  }

  /** One cleaned line from the top of the stack, collected definitions already taken out. */
  function nextRaw(): Line | null {
    if (leftover) {
      const line = leftover;
      leftover = null;
      return line;
    }
    for (;;) {
      const frame = stack.at(-1);
      if (!frame) return null;
      if (frame.kind === 'files') {
        const file = frame.files[frame.index++];
        if (file) openFile(file);
        else stack.pop();
      } else {
        const raw = frame.kind === 'file' ? nextPhysical(frame) : nextGenerated(frame);
        if (raw === null) closeFrame(frame);
        else if (collecting) collect(raw);
        else if (raw.text !== '') return raw;
      }
    }
  }

  function nextPhysical(frame: Frame & { kind: 'file' }): Line | null {
    const { texts, faults } = frame.file.lines;
    const text = texts[frame.index];
    if (text === undefined) return null;
    if (++linesRead > limits.lines) throw new LimitExceeded('lines', 'configuration files have too many lines');
    const fault = faults.get(frame.index++);
    const plain = fault ? null : plainTextLine(frame.display, frame.index, text);
    if (plain) return plain;
    const line = lineFrom(frame.display, frame.index, text);
    if (fault) {
      const long = fault === 'too-long';
      findings.report(
        { line, at: 0 },
        {
          code: long ? 'line-too-long' : 'nul-byte',
          class: 'GENERAL_ERROR',
          message: long ? 'line too long' : 'line contains a NUL byte',
          expected: long ? `at most ${limits.lineBytes} bytes` : null,
          effect: 'the line is ignored',
        },
      );
      return lineFrom(frame.display, frame.index, '');
    }
    const clean = cleanLine(line);
    if (clean.unterminated) {
      findings.report(
        { line, at: Math.max(0, line.text.lastIndexOf('"')) },
        { code: 'unterminated-quote', class: 'GENERAL_ERROR', message: 'Unterminated quote', word: '"', expected: 'a closing "' },
      );
    }
    return clean.line;
  }

  function nextGenerated(frame: Frame & { kind: 'body' | 'sequence' }): Line | null {
    if (++generated > limits.generatedLines) {
      throw new LimitExceeded('generatedLines', 'sequences and definitions make too many lines');
    }
    if (frame.kind === 'body') return frame.lines[frame.index++] ?? null;
    if (frame.index >= frame.sequence.count) return null;
    const values = frame.sequence.values(frame.index++);
    const { place } = placeAt(frame.text, 0);
    for (const [i, name] of frame.sequence.names.entries()) definitions.define(name, [plainLine(values[i] ?? '', place)], false);
    return frame.text;
  }

  function closeFrame(frame: Frame): void {
    stack.pop();
    if (frame.kind !== 'file') return;
    depth--;
    reader.includeChecks = frame.checks;
    if (collecting) finishCollecting();
  }

  function push(frame: Frame): void {
    if (stack.length >= limits.expansionDepth) throw new LimitExceeded('expansionDepth', 'sequences or definitions within one another');
    stack.push(frame);
  }

  function openFile({ display, file }: MainFile): void {
    if (++filesOpened > limits.includes) throw new LimitExceeded('includes', 'too many files to include');
    if (++depth > limits.includeDepth) throw new LimitExceeded('includeDepth', 'includes within one another');
    push({ kind: 'file', display, file, checks: reader.includeChecks, index: 0 });
    options.onOpen(display, file);
  }

  function collect(line: Line): void {
    if (!collecting) return;
    const more = line.text.endsWith('\\');
    const body = more ? trimEnd(line, line.text.length - 1) : line;
    if (body.text !== '') collecting.lines.push(body);
    if (!more) finishCollecting();
  }

  function finishCollecting(): void {
    if (collecting) definitions.define(collecting.name, collecting.lines, true);
    collecting = null;
  }

  /** Steps 2 to 8 of section 4; null when the line is used up. */
  function process(raw: Line): Line | null {
    if (raw.text === '}' || !special.test(raw.text)) return raw;
    let line = raw;
    if (line.text.startsWith('@')) {
      const match = condition.exec(line.text);
      const [all = '', inverted, id] = match ?? [];
      if (all.length === line.text.length || (id === options.configId) === (inverted === '^')) return null;
      line = sliceLine(line, all.length);
    }
    const named = line.text.startsWith('$') ? definition.exec(line.text) : null;
    if (named?.[1]) {
      define(named[1], sliceLine(line, named[0].length));
      return null;
    }
    if (!line.text.startsWith('~')) {
      const expanded = substitute(line);
      if (expanded === null) return null;
      line = expanded;
    } else if (isSequence(line.text)) {
      startSequence(line);
      return null;
    }
    const include = includeForm(line.text);
    if (include) {
      const directory = currentFile()?.file.directory ?? sources.directory;
      const open = stack.flatMap((f) => (f.kind === 'file' ? [f.file.path] : []));
      const files = resolveInclude(sources, include, { line, directory, open, checks: reader.includeChecks }, findings);
      push({ kind: 'files', files, index: 0 });
      return null;
    }
    return splitBrace(line);
  }

  function substitute(line: Line): Line | null {
    if (!line.text.includes('$')) return line;
    const { line: expanded, rest, changed } = definitions.expand(line);
    if (rest.length > 0) push({ kind: 'body', lines: rest, index: 0 });
    if (!changed) return line;
    const { line: clean } = cleanLine(expanded);
    return clean.text === '' ? null : clean;
  }

  function define(name: string, text: Line): void {
    if (!text.text.endsWith('\\')) {
      definitions.define(name, [text], false);
      return;
    }
    const first = trimEnd(text, text.text.length - 1);
    collecting = { name, lines: first.text === '' ? [] : [first] };
  }

  function startSequence(line: Line): void {
    const expandText = (text: string) => definitions.expand(plainLine(text, placeAt(line, 0).place)).line.text;
    const parsed = parseSequence(line.text, expandText);
    if (!parsed.ok) {
      findings.report(
        { line, at: 0 },
        {
          code: 'sequence-invalid',
          class: 'GENERAL_ERROR',
          message: `Invalid ${line.text.slice(0, 4)} specification '${line.text}'`,
          hint: `it ${parsed.error}`,
          word: line.text.slice(0, 4),
          expected: '~SEQ(VAR, [START, [STEP,]] END) TEXT or ~LST(VAR, VALUE, ...) TEXT',
          effect: 'the line is ignored',
        },
      );
      return;
    }
    push({ kind: 'sequence', sequence: parsed.value, text: sliceLine(line, parsed.value.textAt), index: 0 });
  }

  function splitBrace(line: Line): Line {
    const at = braceAt(line.text);
    if (at < 0) return line;
    leftover = trimStart(line, at === 0 ? 1 : at);
    return at === 0 ? sliceLine(line, 0, 1) : trimEnd(line, at);
  }
}

function trimEnd(line: Line, to: number): Line {
  let end = to;
  while (end > 0 && (line.text[end - 1] === ' ' || line.text[end - 1] === '\t')) end--;
  return sliceLine(line, 0, end);
}

/** null: nothing is left. */
function trimStart(line: Line, from: number): Line | null {
  let start = from;
  while (line.text[start] === ' ' || line.text[start] === '\t') start++;
  return start >= line.text.length ? null : sliceLine(line, start);
}
