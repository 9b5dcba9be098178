// SPDX-License-Identifier: MIT
// Logical lines to blocks of typed settings, driven by the tables. Where keepalived loses its place (an unknown keyword
// with a block, a refused object) the block is skipped as a whole, so that one mistake gives one finding.

import type { Findings, Problem } from './findings.ts';
import type { Args, ArgType, Block, BlockRow, ListRow, NamedList, NamedListRow, Row, Setting, Table, ValueRow } from './keyword.ts';
import { type Known, type KnownRows, knownRows, rowOf } from './known-rows.ts';
import { LimitExceeded, limits } from './limits.ts';
import { type Line, placeOfCharacter } from './line.ts';
import type { Reader } from './preprocess.ts';
import type { Finding, Place } from './report.ts';
import { MissingParameter, placeOfStatement, Statement, StatementArgs, statementOf } from './statement.ts';
import { nearest } from './suggest.ts';

export interface TreeOptions {
  readonly lenient: boolean;
  /** Read on behind a missing parameter, where keepalived ends at once: for those who want to know of all mistakes. */
  readonly goOn: boolean;
  /** The block that a keyword belongs in, for hints. */
  readonly homeOf: (keyword: string) => string | undefined;
  /** Called for each value row as it is read, with its block path: the reader acts on `include_check` at once. */
  readonly onValue: (path: string, keyword: string, value: unknown) => void;
}

interface Scope {
  readonly table: Table;
  readonly known: KnownRows;
  /** `/` for the root, else keywords joined by `/`. */
  readonly path: string;
  readonly object: string;
  readonly finding: Finding['scope'];
  readonly settings: Record<string, unknown>;
}

/** Reads everything. Throws LimitExceeded and MissingParameter. */
export function parseTree<T extends Table>(reader: Reader, root: T, findings: Findings, options: TreeOptions): Block<T> {
  const pushedBack: Statement[] = [];
  const open: { keyword: string; place: Place }[] = [];
  let recovering = false;
  let order = 0;
  /** Names of the blocks in each list: looking for a duplicate must not take longer with each block. */
  const names = new WeakMap<readonly Block[], Set<string>>();

  /** Once each: a file may use such a keyword a thousand times. */

  const rootPlace: Place = { file: '', line: 0, column: 0 };
  const settings: Record<string, unknown> = {};
  parseBody({ table: root, known: knownRows(root), path: '/', object: '', finding: 'parent', settings });
  const where = open.at(-1);
  if (where) {
    findings.report(where.place, {
      code: 'brace-missing',
      class: 'MISSING_EOB',
      scope: 'whole',
      message: `There are ${open.length} missing '}'s or extra '{'s`,
      word: where.keyword,
      hint: `the block '${where.keyword}' that begins here is not closed`,
    });
  }
  return { name: '', place: rootPlace, order: 0, settings } as Block<T>;

  function next(): Statement | null {
    const again = pushedBack.pop();
    if (again) return again;
    for (;;) {
      const line = reader.next();
      if (!line) return null;
      const statement = statementOf(line, (at) => reportUnmatched(line, at));
      if (statement) return statement;
    }
  }

  function pushBack(statement: Statement | null): void {
    if (statement) pushedBack.push(statement);
  }

  /** Whether a `{` comes next; it stays where it is. */
  function braceNext(): boolean {
    const statement = next();
    pushBack(statement);
    return statement !== null && isBrace(statement, '{');
  }

  function reportUnmatched(line: Line, at: number): void {
    const place = placeOfCharacter(line, at);
    const last = findings.list.at(-1);
    if (last?.code === 'unterminated-quote' && last.place?.line === place.line && last.place.file === place.file) return;
    findings.report(
      { line, at },
      {
        code: 'unmatched-quote',
        class: 'UNMATCHED_QUOTE',
        message: 'Unmatched quote',
        word: '"',
        expected: 'a closing "',
        effect: 'the words before it are used',
      },
    );
  }

  function parseBody(scope: Scope): void {
    for (;;) {
      const statement = next();
      if (!statement) return;
      const [word = ''] = statement.texts;
      const found = scope.known.get(word);
      if (scope.path === '/') recovering = false;
      else if ((recovering || !found) && beginsOutside(statement, word)) {
        leaveUnclosed(statement, word);
        return;
      }
      if (isBrace(statement, '}')) {
        if (scope.path !== '/') {
          open.pop();
          return;
        }
        findings.report(placeOfStatement(statement), {
          code: 'brace-extra',
          class: 'UNEXPECTED_EOB',
          scope: scope.finding,
          message: "Extra '}' found",
          word: '}',
          hint: 'no block is open here: one } too many before, or a { is missing',
        });
      } else if (isBrace(statement, '{')) unexpectedBrace(statement, scope);
      else if (found) parseStatement(statement, found, scope);
      else unknownKeyword(statement, word, scope);
    }
  }

  /** A block that only exists at root level, found inside another one: that one was not closed. */
  function beginsOutside(statement: Statement, word: string): boolean {
    if (recovering) return true;
    const row = rowOf(root, word);
    return row !== undefined && !('arg' in row) && statement.line.text !== '{' && braceNext();
  }

  /** keepalived reads such a block as unknown words of the unclosed one; here it is read where it was meant. */
  function leaveUnclosed(statement: Statement, word: string): void {
    const unclosed = open.pop();
    if (!recovering) reportUnclosed(statement, word, unclosed);
    recovering = true;
    pushedBack.push(statement);
  }

  function reportUnclosed(statement: Statement, word: string, unclosed: { keyword: string; place: Place } | undefined): void {
    findings.report(
      { line: statement.line, at: statement.at(0) },
      {
        code: 'brace-missing',
        class: 'MISSING_EOB',
        message: `Missing '}' before '${word}'`,
        word,
        expected: `} for the block '${unclosed?.keyword ?? ''}' of line ${unclosed?.place.line ?? 0}`,
        effect: `'${word}' is read as if the } stood before it`,
      },
    );
  }

  function parseStatement(statement: Statement, found: Known, scope: Scope): void {
    const { keyword, row, arg } = found;
    if (found.noted) noteRow(statement, keyword, row, scope);
    if (arg) parseValue(statement, found, arg, scope);
    else if ('entry' in row) parseList(statement, keyword, row, scope);
    else if ('named' in row) parseNamedList(statement, keyword, row, scope);
    else if ('block' in row) parseBlock(statement, keyword, row, scope);
    else skipBlock(statement);
  }

  function parseValue(
    statement: Statement,
    { row: written, keyword, key, repeat, secret }: Known,
    arg: ArgType<unknown>,
    scope: Scope,
  ): void {
    const before = scope.settings[key] as Setting<unknown> | undefined;
    const args = argsOf(statement, 1, scope, secret);
    const count = findings.list.length;
    const value = parseArgument(arg, args);
    if (value === undefined) {
      const row = written as ValueRow;
      if (row.invalid && findings.list.length > count) {
        const given = statement.texts[1];
        args.fault(0, {
          code: 'value-invalid',
          class: 'GENERAL_ERROR',
          message: fill(row.invalid, scope.object, given ?? ''),
          word: given ?? null,
        });
      }
      if (row.fallback !== undefined) scope.settings[key] = { value: row.fallback, place: args.place };
      return;
    }
    if (repeat === 'all') {
      const all = (scope.settings[key] as readonly Setting<unknown>[] | undefined) ?? [];
      scope.settings[key] = [...all, { value, place: args.place }];
      return;
    }
    if (before && repeat && repeat !== 'last') {
      args.fault(-1, {
        code: 'keyword-repeated',
        class: 'GENERAL_ERROR',
        message: fill(repeat.first, scope.object, statement.texts[1] ?? ''),
        word: keyword,
        hint: `first given at ${before.place.file}:${before.place.line}`,
      });
      return;
    }
    scope.settings[key] = { value, place: placeOfCharacter(statement.line, statement.at(statement.texts.length > 1 ? 1 : 0)) };
    options.onValue(scope.path, keyword, value);
  }

  function parseList(statement: Statement, keyword: string, row: ListRow, scope: Scope): void {
    extraWords(statement, keyword, 1, scope);
    const entries: Setting<unknown>[] = [...((scope.settings[keyword] as readonly Setting<unknown>[] | undefined) ?? [])];
    scope.settings[keyword] = entries;
    parseEntries(statement, keyword, row.entry, row.flat ?? false, entries, scope);
  }

  function parseNamedList(statement: Statement, keyword: string, row: NamedListRow, scope: Scope): void {
    const args = argsOf(statement, 1, scope);
    const name = parseArgument(row.header, args);
    extraWords(statement, keyword, 2, scope);
    const entries: Setting<unknown>[] = [];
    const lists = (scope.settings[keyword] as readonly NamedList<unknown>[] | undefined) ?? [];
    if (name !== undefined) scope.settings[keyword] = [...lists, { name, place: args.place, order: ++order, entries }];
    parseEntries(statement, keyword, row.named, false, entries, { ...scope, object: name ?? scope.object });
  }

  /** undefined: unusable, and reported. */
  function parseArgument<V>(type: ArgType<V>, args: Args): V | undefined {
    try {
      return type.parse(args);
    } catch (error) {
      if (options.goOn && error instanceof MissingParameter) return undefined;
      throw error;
    }
  }

  function extraWords(statement: Statement, keyword: string, from: number, scope: Scope, more: Partial<Problem> = {}): void {
    const extra = statement.texts[from];
    if (extra === undefined) return;
    findings.report(
      { line: statement.line, at: statement.at(from) },
      {
        code: 'block-extra-words',
        class: 'GENERAL_ERROR',
        ...more,
        scope: scope.finding,
        message: `Block ${keyword} has extra parameters ${extra} ...`,
        word: extra,
        expected: '{',
      },
    );
  }

  function parseEntries(
    statement: Statement,
    keyword: string,
    type: ArgType<unknown>,
    flat: boolean,
    entries: Setting<unknown>[],
    scope: Scope,
  ): void {
    if (!openBrace(statement, keyword, scope, true)) return;
    let inner = 0;
    for (;;) {
      const entry = next();
      if (!entry) return;
      if (isBrace(entry, '}') && inner-- === 0) {
        open.pop();
        return;
      }
      if (isBrace(entry, '}')) continue;
      if (isBrace(entry, '{')) inner++;
      const [word = ''] = entry.texts;
      const found = scope.known.get(word);
      if (found && !found.arg && braceNext()) {
        reportUnclosed(entry, word, open.pop());
        pushedBack.push(entry);
        return;
      }
      const parts = flat ? entry.words.map((w) => new Statement(entry.line, [w.text], [w])) : [entry];
      for (const part of parts) {
        const args = argsOf(part, 0, scope);
        const value = parseArgument(type, args);
        if (value !== undefined) entries.push({ value, place: args.place });
      }
    }
  }

  function parseBlock(statement: Statement, keyword: string, row: BlockRow, scope: Scope): void {
    const args = argsOf(statement, 1, scope);
    const name = row.header ? parseArgument(row.header, args) : '';
    const key = row.as ?? keyword;
    const blocks = (scope.settings[key] as Block[] | undefined) ?? [];
    scope.settings[key] = blocks;
    if (name !== undefined && row.duplicate && names.get(blocks)?.has(name)) {
      args.fault(0, {
        code: 'block-duplicate',
        class: 'GENERAL_ERROR',
        message: fill(row.duplicate, name, name),
        word: name,
        effect: 'the whole block is ignored',
      });
      skipBlock(statement);
      return;
    }
    if (name === undefined) {
      skipBlock(statement);
      return;
    }
    // keepalived says nothing of these.
    if (!row.header) extraWords(statement, keyword, 1, scope, { class: 'OK', severity: 'warning', effect: 'they are ignored' });
    // Blocks without a name, such as global_defs, may appear more than once and add up.
    const again = row.header ? undefined : blocks[0];
    const settings = (again?.settings ?? {}) as Record<string, unknown>;
    const block: Block = again ?? { name, place: args.place, order: ++order, settings: settings as Block['settings'] };
    if (!again) blocks.push(block);
    if (row.duplicate) names.set(blocks, (names.get(blocks) ?? new Set()).add(name));
    openBrace(statement, keyword, scope, false);
    parseBody({
      table: row.block,
      known: knownRows(row.block),
      path: scope.path === '/' ? keyword : `${scope.path}/${keyword}`,
      object: name || scope.object,
      finding: scope.path === '/' && keyword !== 'global_defs' ? 'child' : scope.finding,
      settings,
    });
  }

  /** Takes the `{` behind a header; without one the next line is the first of the block all the same. */
  function openBrace(statement: Statement, keyword: string, scope: Scope, list: boolean): boolean {
    const brace = next();
    if (brace && isBrace(brace, '{')) {
      open.push({ keyword, place: placeOfStatement(statement) });
      checkDepth();
      return true;
    }
    findings.report(placeOfStatement(statement), {
      code: 'brace-expected',
      class: list ? 'OK' : 'MISSING_BOB',
      severity: 'error',
      scope: scope.finding,
      message: "Missing '{' at beginning of configuration block",
      word: keyword,
      expected: `{ after ${keyword}`,
    });
    pushBack(brace);
    return brace !== null;
  }

  function checkDepth(): void {
    if (open.length > limits.blockDepth) throw new LimitExceeded('blockDepth', 'blocks within one another');
  }

  function unexpectedBrace(statement: Statement, scope: Scope): void {
    findings.report(placeOfStatement(statement), {
      code: 'brace-unexpected',
      class: 'UNEXPECTED_BOB',
      scope: scope.finding,
      message: "Unexpected '{' - ignoring",
      word: '{',
      hint: 'the keyword before it has no block',
    });
    open.push({ keyword: '{', place: placeOfStatement(statement) });
    checkDepth();
    parseBody(scope.path === '/' ? { ...scope, path: '/{' } : scope);
  }

  function unknownKeyword(statement: Statement, word: string, scope: Scope): void {
    const candidates = Object.keys(scope.table);
    const near = findings.full ? null : nearest(word, candidates);
    const home = options.homeOf(word);
    // Where a password is expected, a word that is like no keyword may be that password.
    const hidden = !near && !home && Object.values(scope.table).some((row) => 'secret' in row);
    const shown = hidden ? '********' : word;
    // A misspelt secret is one all the same.
    const meant = near ? scope.table[near] : undefined;
    const secret = hidden || (meant !== undefined && 'secret' in meant);
    findings.report(
      { line: statement.line, at: statement.at(0) },
      {
        code: 'unknown-keyword',
        class: 'UNKNOWN_KEYWORD',
        scope: scope.finding,
        message: `Unknown keyword '${shown}'`,
        word: shown,
        secret,
        replacement: near,
        expected: scope.path === '/' ? 'a root keyword' : `a keyword of ${scope.path}`,
        hint: near ? `did you mean '${near}'?` : home ? `'${word}' belongs in ${home}` : null,
        effect: 'ignored',
      },
    );
    const brace = next();
    if (brace && isBrace(brace, '{')) skipBraces(statement);
    else pushBack(brace);
  }

  /** Passes over a block whose `{` comes next; nothing when there is none, as keepalived does. */
  function skipBlock(statement: Statement): void {
    const brace = next();
    if (brace && isBrace(brace, '{')) skipBraces(statement);
    else pushBack(brace);
  }

  function skipBraces(statement: Statement): void {
    const place = placeOfStatement(statement);
    const keyword = statement.texts[0] ?? '';
    const outer = open.length;
    open.push({ keyword, place });
    while (open.length > outer) {
      checkDepth();
      const inner = next();
      if (!inner) return;
      if (isBrace(inner, '{')) open.push({ keyword, place });
      else if (isBrace(inner, '}')) open.pop();
    }
  }

  function noteRow(statement: Statement, keyword: string, row: Row, scope: Scope): void {
    if (!row.deprecated || row.deprecated.quietly) return;
    const where = { line: statement.line, at: statement.at(0) };
    findings.report(where, {
      code: 'keyword-deprecated',
      class: 'DEPRECATED',
      scope: scope.finding,
      message: `${keyword} is deprecated - please use '${row.deprecated.use}'`,
      word: keyword,
      hint: `write '${row.deprecated.use}'`,
    });
  }

  function argsOf(statement: Statement, first: number, scope: Scope, secret = false): Args {
    return new StatementArgs(statement, first, scope, options.lenient, secret, findings);
  }
}

function isBrace(statement: Statement, brace: '{' | '}'): boolean {
  return statement.line.text === brace;
}

function fill(text: string, object: string, word: string): string {
  return text.replaceAll('%s', () => object).replaceAll('%v', () => word);
}
