// SPDX-License-Identifier: MIT
// `$NAME=` definitions, built-in `${_…}` values, and the replacement of references
// (reference/config-language.md section 7).

import type { Findings } from './findings.ts';
import { byteLength, LimitExceeded, limits } from './limits.ts';
import { insertedLine, joinLines, type Line, placeAt, plainLine, sliceLine } from './line.ts';

export interface BuiltIns {
  readonly configId: string;
  readonly env: (name: string) => string;
  /** 0 ≤ r < 1 */
  readonly random: () => number;
  /** Directory of the file being read. */
  readonly directory: () => string;
}

export interface Definitions {
  define(name: string, lines: readonly Line[], multiple: boolean): void;
  /**
   * Replaces references in `line`. `rest` are further raw lines when a multi-line definition stood at the end.
   * `changed` says whether anything was replaced.
   */
  expand(line: Line): { readonly line: Line; readonly rest: readonly Line[]; readonly changed: boolean };
}

interface Definition {
  readonly lines: readonly Line[];
  readonly multiple: boolean;
}

const reference = /\$(?:\{([A-Za-z_][A-Za-z0-9_]*)((?:[ \t]+[A-Za-z0-9_]+)*)\}|([A-Za-z_][A-Za-z0-9_]*)(?=[ \t,)]|$))/y;

export function definitionsFrom(builtIns: BuiltIns, findings: Findings): Definitions {
  const defined = new Map<string, Definition>();
  let expansions = 0;

  function expand(start: Line): { line: Line; rest: readonly Line[]; changed: boolean } {
    /** Before the place where references are looked for: cut off once, so that a line of many does not grow at each. */
    const done: Line[] = [];
    let doneBytes = 0;
    let ahead = start;
    let rest: readonly Line[] = [];
    let from = 0;
    let count = 0;
    const result = (changed: boolean) => ({ line: changed ? joinLines(...done, ahead) : start, rest, changed });
    for (;;) {
      from = ahead.text.indexOf('$', from);
      if (from < 0) return result(count > 0);
      reference.lastIndex = from;
      const match = reference.exec(ahead.text);
      const value = match ? lookUp(match, ahead, from) : null;
      if (!match || value === null || (value.multiple && from + match[0].length !== ahead.text.length)) {
        from++;
        continue;
      }
      if (++expansions > limits.expansions) throw new LimitExceeded('expansions', 'too many references to replace');
      if (++count > limits.replacements) {
        findings.report(
          { line: ahead, at: from },
          {
            code: 'expansion-endless',
            class: 'GENERAL_ERROR',
            message: `Definition ${match[0]} refers to itself`,
            word: match[0],
            effect: `left as it stands after ${limits.replacements} replacements (limit replacements)`,
          },
        );
        return result(true);
      }
      const { place } = placeAt(ahead, from);
      const [first, ...others] = value.lines.map((l) => insertedLine(place, l));
      const inserted = first ?? plainLine('', place);
      const before = sliceLine(ahead, 0, from);
      const behind = joinLines(inserted, sliceLine(ahead, from + match[0].length));
      const bytes = doneBytes + byteLength(before.text);
      if (bytes + byteLength(behind.text) > limits.expandedBytes) {
        findings.report(
          { line: ahead, at: from },
          {
            code: 'expansion-too-long',
            class: 'GENERAL_ERROR',
            message: `Replacing ${match[0]} makes the line longer than ${limits.expandedBytes} bytes - not replaced`,
            word: match[0],
          },
        );
        return result(count > 1);
      }
      if (before.text !== '') done.push(before);
      doneBytes = bytes;
      ahead = behind;
      from = 0;
      rest = [...others, ...rest];
      if (inserted.text.startsWith('~')) return result(true);
    }
  }

  function lookUp(match: RegExpExecArray, line: Line, at: number): Definition | null {
    const name = match[1] ?? match[3] ?? '';
    const parameters = (match[2] ?? '')
      .trim()
      .split(/[ \t]+/)
      .filter(Boolean);
    const own = defined.get(name);
    if (own) return parameters.length === 0 ? own : null;
    const { place } = placeAt(line, at);
    const text = builtIn(name, parameters, (message) =>
      findings.report({ line, at }, { code: 'parameter-arguments', class: 'GENERAL_ERROR', message, word: match[0] }),
    );
    return text === null ? null : { lines: [plainLine(text, place)], multiple: false };
  }

  function builtIn(name: string, parameters: readonly string[], fault: (message: string) => void): string | null {
    const plain: Readonly<Record<string, () => string>> = {
      _PWD: builtIns.directory,
      _INSTANCE: () => builtIns.configId,
      _HASH: () => '#',
      _BANG: () => '!',
    };
    const value = Object.hasOwn(plain, name) ? plain[name] : undefined;
    if (value) return parameters.length === 0 ? value() : null;
    if (name === '_ENV') {
      const [variable] = parameters;
      if (variable !== undefined && parameters.length === 1) return builtIns.env(variable);
      fault(`\${_ENV} needs exactly one variable name`);
      return null;
    }
    if (name !== '_RANDOM') return null;
    if (parameters.length > 2 || !parameters.every((p) => /^[0-9]{1,15}$/.test(p))) {
      fault(`\${_RANDOM} takes at most two decimal numbers`);
      return null;
    }
    const low = Number(parameters[0] ?? 0);
    const high = Number(parameters[1] ?? 32767);
    if (low > high) fault(`\${_RANDOM} minimum ${low} is above maximum ${high}`);
    return String(low > high ? low : low + Math.floor(builtIns.random() * (high - low + 1)));
  }

  return {
    define: (name, lines, multiple) => void defined.set(name, { lines, multiple }),
    expand,
  };
}

/** A well mixed small generator (mulberry32): the same seed gives every process the same `${_RANDOM}`. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
