// SPDX-License-Identifier: MIT
// The canonical layout of a configuration file: four blanks a level, `keyword {` on one line, one entry a line, comments
// where they belong, at most one empty line. Works on the text of one file and expands nothing, so that the same words
// come out in the same order; a text whose meaning is in doubt stays as it is.

import { byteLength, limits } from '../limits.ts';
import { depthOf } from './depth.ts';
import { type Code, type Item, isBrace, type Obstacle, readItems } from './read.ts';

export type Formatted = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly obstacle: Obstacle };

const level = '    ';

/**
 * `text` in canonical layout, which has the same logical lines in the same order. Not ok: it has braces that do not
 * balance, a NUL byte, an over-long line or an open quote, and `obstacle` says where (line counted from 1).
 */
export function formatConfig(text: string): Formatted {
  const read = readItems(text);
  if (!read.ok) return read;
  const counted = depthOf(read.items.filter((item) => item.kind === 'code'));
  if (!counted.ok) return counted;
  const { depth } = counted;
  const lines: OutLine[] = [];
  const queue = read.items.slice();
  for (const [index, item] of queue.entries()) {
    if (item.kind === 'blank') lines.push({ from: item.line, text: '', kind: item.keep ? 'kept' : 'blank' });
    else if (item.kind === 'kept') lines.push({ from: item.line, text: item.text, kind: 'kept' });
    else if (item.kind === 'comment') lines.push({ from: item.line, text: indented(item.text, depth.around(null)), kind: 'other' });
    else if (item.whole !== null) layWhole(item, item.whole);
    else layTokens(item, index);
  }
  const kept = withoutSpareBlanks(lines);
  const long = kept.find((line) => line.text.length > limits.lineBytes / 4 && byteLength(line.text) > limits.lineBytes);
  if (long) return { ok: false, obstacle: { line: long.from, reason: `no room for blanks within ${limits.lineBytes} bytes` } };
  return { ok: true, text: kept.map((line) => `${line.text}\n`).join('') };

  function layWhole(code: Code, whole: string): void {
    // `} {` closes before it opens; `{ }` in one line stays where it began.
    const opening = code.tokens.indexOf('{');
    const leading = opening < 0 ? code.tokens.length : opening;
    const before = depth.around(code.condition) - leading;
    for (const token of code.tokens) depth.take(code, token);
    const last = code.tokens.at(-1);
    lines.push({
      from: code.line,
      text: indented(whole + code.comment, Math.max(0, before)),
      kind: last === '{' ? 'open' : leading > 0 ? 'close' : 'other',
    });
  }

  function layTokens(code: Code, index: number): void {
    const pieces = piecesOf(code.tokens);
    for (const [i, piece] of pieces.entries()) {
      const last = i === pieces.length - 1;
      let { kind, text } = piece;
      let comment = last ? code.comment : '';
      if (kind === 'close') depth.take(code, '}');
      const around = depth.around(null);
      if (last && kind === 'other' && joinsNext(index, text)) {
        comment = takeBrace(index, comment);
        kind = 'open';
        text = `${text} {`;
      }
      if (kind === 'open') depth.take(code, '{');
      lines.push({ from: code.line, text: indented(text + comment, around), kind });
    }
  }

  /** Whether the next code is a line that begins with the brace of `text`. */
  function joinsNext(index: number, text: string): boolean {
    const next = nextCode(index);
    return next !== null && next.code.tokens[0] === '{' && byteLength(text) + 2 <= limits.lineBytes;
  }

  function nextCode(index: number): { readonly code: Code; readonly at: number } | null {
    for (let at = index + 1; at < queue.length; at++) {
      const item = queue[at];
      if (!item || item.kind === 'kept' || (item.kind === 'blank' && item.keep)) return null;
      if (item.kind === 'code') return item.whole === null ? { code: item, at } : null;
    }
    return null;
  }

  /** Takes the leading brace off the next code; gives the comment of the joined line. */
  function takeBrace(index: number, comment: string): string {
    const next = nextCode(index);
    if (!next) return comment;
    const rest = next.code.tokens.slice(1);
    const free = rest.length === 0 ? next.code.comment : '';
    queue[next.at] = rest.length > 0 ? { ...next.code, tokens: rest } : leftOver(next.code.line, comment === '' ? '' : free);
    const taken = comment === '' ? free : comment;
    return taken === '' || taken.startsWith(' ') ? taken : ` ${taken}`;
  }
}

interface OutLine {
  /** Line it came from. */
  readonly from: number;
  readonly text: string;
  readonly kind: 'blank' | 'kept' | 'open' | 'close' | 'other';
}

/** What gets a line of its own: a text with the brace behind it, a brace, or a text. */
function piecesOf(tokens: readonly string[]): Pick<OutLine, 'text' | 'kind'>[] {
  return tokens.flatMap((token, i): Pick<OutLine, 'text' | 'kind'>[] => {
    if (token === '}') return [{ text: token, kind: 'close' }];
    const before = tokens[i - 1];
    if (token === '{') return before === undefined || isBrace(before) ? [{ text: token, kind: 'open' }] : [];
    return [tokens[i + 1] === '{' ? { text: `${token} {`, kind: 'open' } : { text: token, kind: 'other' }];
  });
}

function leftOver(line: number, comment: string): Item {
  return comment === '' ? { kind: 'blank', line, keep: false } : { kind: 'comment', line, text: comment.trimStart() };
}

/** Less than the full indentation where the line would become longer than a line may be. */
function indented(text: string, depth: number): string {
  const room = Math.max(0, limits.lineBytes - byteLength(text));
  return level.repeat(depth).slice(0, room) + text;
}

/** At most one empty line between others, none at the ends and inside the braces. */
function withoutSpareBlanks(lines: readonly OutLine[]): readonly OutLine[] {
  const out: OutLine[] = [];
  let waiting: OutLine | null = null;
  for (const line of lines) {
    if (line.kind === 'blank') {
      const last = out.at(-1);
      if (last && last.kind !== 'open' && last.text !== '') waiting = line;
      continue;
    }
    if (waiting && line.kind !== 'close' && line.text !== '') out.push(waiting);
    waiting = null;
    out.push(line);
  }
  return out;
}
