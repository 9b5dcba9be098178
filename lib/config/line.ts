// SPDX-License-Identifier: MIT
// A line of configuration text that remembers where each character came from. Cutting, joining and replacing keep
// the memory, so a word found after includes, definitions and sequences still has its file, line and column.

import type { Place } from './report.ts';

interface Span {
  /** Offset in the text from which this span holds, up to the next one. */
  readonly at: number;
  readonly place: Place;
  /** Characters of the span stand at one place: text that a reference was replaced by. */
  readonly fixed: boolean;
  /** Where that text was written down. */
  readonly definedAt: Place | null;
}

export interface Line {
  readonly text: string;
  /** Of the first character. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** null: the text stands in the file just so. Nearly all lines do, and must not cost more than that. */
  readonly spans: readonly Span[] | null;
}

/** Text as it stands in a file. */
export function lineFrom(file: string, line: number, text: string, column = 1): Line {
  return { text, file, line, column, spans: null };
}

function composed(text: string, spans: readonly Span[]): Line {
  const { file, line, column } = spans[0]?.place ?? nowhere;
  return { text, file, line, column, spans };
}

const nowhere: Place = { file: '', line: 0, column: 0 };

function spansOf({ file, line, column, spans }: Line): readonly Span[] {
  return spans ?? [{ at: 0, place: { file, line, column }, fixed: false, definedAt: null }];
}

/** Text inserted for a reference at `place`; `defined` is that text where it was written. */
export function insertedLine(place: Place, defined: Line): Line {
  return composed(
    defined.text,
    spansOf(defined).map((s) => ({ at: s.at, place, fixed: true, definedAt: s.definedAt ?? s.place })),
  );
}

/** Text without a source of its own (a built-in value, a counter). */
export function plainLine(text: string, place: Place): Line {
  return composed(text, [{ at: 0, place, fixed: true, definedAt: null }]);
}

/** Characters from `from` up to `to`, as String.slice with positive bounds. */
export function sliceLine(line: Line, from: number, to: number = line.text.length): Line {
  if (from === 0 && to >= line.text.length) return line;
  const text = line.text.slice(from, to);
  if (line.spans === null) return { text, file: line.file, line: line.line, column: line.column + from, spans: null };
  const spans: Span[] = [];
  for (const [i, span] of line.spans.entries()) {
    const end = line.spans[i + 1]?.at ?? Number.POSITIVE_INFINITY;
    if (end <= from && end !== Number.POSITIVE_INFINITY) continue;
    if (span.at >= to && spans.length > 0) break;
    spans.push(span.at >= from ? { ...span, at: span.at - from } : advance(span, from - span.at));
  }
  return composed(text, spans);
}

export function joinLines(...parts: readonly Line[]): Line {
  const spans: Span[] = [];
  let text = '';
  for (const part of parts) {
    if (part.text === '') continue;
    for (const span of spansOf(part)) spans.push({ ...span, at: span.at + text.length });
    text += part.text;
  }
  const [first] = parts;
  return composed(text, spans.length > 0 || !first ? spans : spansOf(first));
}

/** Place of the character at `offset`. */
export function placeOfCharacter(line: Line, offset: number): Place {
  if (line.spans === null) return { file: line.file, line: line.line, column: line.column + offset };
  return placeAt(line, offset).place;
}

/** Place of the character at `offset`; `definedAt` is null unless it came from a definition. */
export function placeAt(line: Line, offset: number): { place: Place; definedAt: Place | null } {
  if (line.spans === null) return { place: placeOfCharacter(line, offset), definedAt: null };
  let found = line.spans[0];
  for (const span of line.spans) {
    if (span.at > offset) break;
    found = span;
  }
  if (!found) return { place: nowhere, definedAt: null };
  const moved = advance(found, Math.max(0, offset - found.at));
  return { place: moved.place, definedAt: moved.definedAt };
}

function advance(span: Span, by: number): Span {
  const { fixed, place, definedAt } = span;
  const further = (from: Place): Place => ({ ...from, column: from.column + by });
  return fixed ? { at: 0, place, fixed, definedAt: definedAt && further(definedAt) } : { at: 0, place: further(place), fixed, definedAt };
}
