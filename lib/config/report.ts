// SPDX-License-Identifier: MIT
// Findings: everything there is to say about a configuration, collected while it is read, never thrown. The worst class
// decides the exit status of `-t` as keepalived's does (reference/config-language.md section 11).

import { excerptOf, harmless, isSecret } from './excerpt.ts';

/** keepalived's error classes, in its order: the highest one seen decides the exit status of a configuration test. */
export const findingClasses = [
  'OK',
  'FILE_NOT_FOUND',
  'BAD_IF',
  'FATAL',
  'MULTIPLE_FILES',
  'UNKNOWN_KEYWORD',
  'UNEXPECTED_BOB',
  'MISSING_BOB',
  'UNEXPECTED_EOB',
  'MISSING_EOB',
  'UNMATCHED_QUOTE',
  'MISSING_PARAMETER',
  'INVALID_NUMBER',
  'GENERAL_ERROR',
  'WARNING',
  'DEPRECATED',
  'SECURITY_ERROR',
] as const;
export type FindingClass = (typeof findingClasses)[number];

/** fatal: the daemon cannot run with it (status 2); notice: nothing to repair. */
export type Severity = 'fatal' | 'error' | 'warning' | 'notice';

/** Where in the files; line and column start at 1, column counts characters. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface Finding {
  /** Stable name of the rule, such as `unknown-keyword`; never reused for another meaning. */
  readonly code: string;
  readonly severity: Severity;
  readonly class: FindingClass;
  /**
   * keepalived's line prefix: `parent` is `(Line N)` while one file is in use, `child` always `(FILE: Line N)`, and
   * `whole` (found after reading) has none although we know the place.
   */
  readonly scope: 'parent' | 'child' | 'whole';
  readonly place: Place | null;
  /** The text stands in a definition that was expanded at `place`. */
  readonly definedAt: Place | null;
  /** The word at fault; never a password or key. */
  readonly word: string | null;
  /** keepalived's own text where it has one. */
  readonly message: string;
  readonly expected: string | null;
  readonly hint: string | null;
  /** What the daemon does because of it, when the message does not say so. */
  readonly effect: string | null;
  /** The line at `place` may be nothing but a password or key: it is not shown. */
  readonly secret?: true;
  /** What was most likely meant instead of `word` at `place`. */
  readonly replacement?: string;
}

/** Worst class of all findings, `OK` when there are none. */
export function worstClass(findings: readonly Finding[]): FindingClass {
  let worst = 0;
  for (const f of findings) worst = Math.max(worst, findingClasses.indexOf(f.class));
  return findingClasses[worst] ?? 'OK';
}

/** Exit status of `-t` for these findings: 0, 2, 4, 5 or 6. */
export function testExitStatus(findings: readonly Finding[]): number {
  // keepalived leaves at once when a parameter is missing, whatever it has found before.
  if (findings.some((f) => f.class === 'MISSING_PARAMETER')) return 2;
  if (findings.some((f) => f.code === 'include-fatal')) return 6;
  const worst = findingClasses.indexOf(worstClass(findings));
  if (worst === 0) return 0;
  if (worst <= findingClasses.indexOf('FATAL')) return 4;
  return worst === findingClasses.indexOf('SECURITY_ERROR') ? 6 : 5;
}

/** Exit status of a normal start with these findings: 0 goes on, 2 refuses, 6 has no configuration. */
export function startExitStatus(findings: readonly Finding[]): 0 | 2 | 6 {
  if (findings.some((f) => f.code === 'include-fatal' || f.code === 'file-missing')) return 6;
  return findings.some((f) => f.severity === 'fatal') ? 2 : 0;
}

/**
 * keepalived's own line, `(Line N) text`, `(FILE: Line N) text` or the bare text, and behind it what keepalived does not
 * say: the column, the place of a bare text, a suggestion.
 */
export function logLine(finding: Finding, filesInUse: number): string {
  const { place, scope, message, hint } = finding;
  const more: string[] = [];
  let prefix = '';
  if (place && scope === 'whole') more.push(`${place.file}:${place.line}:${place.column}`);
  else if (place) {
    prefix = scope === 'parent' && filesInUse <= 1 ? `(Line ${place.line}) ` : `(${place.file}: Line ${place.line}) `;
    more.push(`column ${place.column}`);
  }
  if (hint) more.push(hint);
  return `${prefix}${message}${more.length > 0 ? ` [${more.join('; ')}]` : ''}`;
}

/** How describe() prints: columns of the terminal, and colours for its parts. */
export interface DescribeStyle {
  /** Columns; 100 when absent. */
  readonly width?: number;
  readonly paint?: (part: 'place' | Severity | 'code' | 'marks' | 'label', text: string) => string;
}

/**
 * The finding for people, several lines: `file:line:column: severity: message [code]`, the source line with a caret, and
 * what was expected, suggested and done. `sourceLine` gives the text of a line, null when it is not at hand.
 */
export function describe(finding: Finding, sourceLine: (file: string, line: number) => string | null, style: DescribeStyle = {}): string {
  const { width = 100, paint = (_part, text) => text } = style;
  const { place, definedAt } = finding;
  const out: string[] = [];
  const at = place ? paint('place', `${harmless(placeText(place))}:`) : '';
  const head = `${paint(finding.severity, `${finding.severity}:`)} ${harmless(finding.message)} ${paint('code', `[${finding.code}]`)}`;
  out.push(at ? `${at} ${head}` : head);
  const excerpt = (where: Place, secret: boolean) => {
    const text = sourceLine(where.file, where.line);
    if (text === null) return;
    const shown = excerptOf(text, where.column, finding.word, width - 4, secret);
    out.push(`    ${shown.text}`, `    ${paint('marks', shown.marks)}`);
  };
  if (place) excerpt(place, finding.secret === true);
  if (definedAt) {
    out.push(`  in text defined at ${harmless(placeText(definedAt))}`);
    excerpt(definedAt, finding.secret === true || (place !== null && isSecret(sourceLine(place.file, place.line))));
  }
  for (const label of ['expected', 'hint', 'effect'] as const) {
    const text = finding[label];
    if (text)
      out.push(
        ...wrap(`  ${label}: `, harmless(text), width).map((l, i) =>
          i === 0 ? paint('label', l.slice(0, label.length + 3)) + l.slice(label.length + 3) : l,
        ),
      );
  }
  return out.join('\n');
}

/** `file:line:column` */
export function placeText(place: Place): string {
  return `${place.file}:${place.line}:${place.column}`;
}

/** Lines of at most `width` columns, broken at blanks, the later ones indented below the text of the first. */
export function wrap(label: string, text: string, width: number): string[] {
  const lines: string[] = [];
  let line = label;
  for (const word of text.split(' ')) {
    const fresh = line === label || line.trim() === '';
    if (!fresh && line.length + 1 + word.length > width) {
      lines.push(line);
      line = ' '.repeat(label.length) + word;
    } else line += fresh ? word : ` ${word}`;
  }
  return [...lines, line];
}
