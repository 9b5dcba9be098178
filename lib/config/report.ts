// Findings: everything there is to say about a configuration, collected while it is read, never thrown. The worst class
// decides the exit status of `-t` as keepalived's does (reference/config-language.md section 11).

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

/**
 * The finding for people, several lines: `file:line:column: severity: message [code]`, the source line with a caret, and
 * what was expected, suggested and done. `sourceLine` gives the text of a line, null when it is not at hand.
 */
export function describe(finding: Finding, sourceLine: (file: string, line: number) => string | null): string {
  const { place, definedAt, word } = finding;
  const out: string[] = [];
  const at = place ? `${place.file}:${place.line}:${place.column}: ` : '';
  out.push(`${at}${finding.severity}: ${finding.message} [${finding.code}]`);
  if (place) out.push(...excerpt(place, word, sourceLine));
  if (definedAt) {
    out.push(`  in text defined at ${definedAt.file}:${definedAt.line}:${definedAt.column}`);
    out.push(...excerpt(definedAt, word, sourceLine));
  }
  if (finding.expected) out.push(`  expected: ${finding.expected}`);
  if (finding.hint) out.push(`  hint: ${finding.hint}`);
  if (finding.effect) out.push(`  effect: ${finding.effect}`);
  return out.join('\n');
}

// Also misspelt words and definitions that look like one.
const secretLine = /^\s*(?!authentication\b)\S*(auth|pas|key|secr|hmac)/i;

function excerpt(place: Place, word: string | null, sourceLine: (file: string, line: number) => string | null): string[] {
  const text = sourceLine(place.file, place.line);
  // A line with a password is not repeated on a terminal or in a log.
  if (text === null || secretLine.test(text)) return [];
  const at = place.column - 1;
  const from = Math.max(0, at - 80);
  const shown = text.slice(from, from + 120).replace(/\t/g, ' ');
  // Under the word at fault, or under whatever stands at its place.
  const length = word && text.startsWith(word, at) ? word.length : (/^[^\s{}]+/.exec(text.slice(at))?.[0].length ?? 1);
  const indent = ' '.repeat(at - from);
  const marks = '^'.repeat(Math.max(1, Math.min(length, shown.length - indent.length)));
  return [`    ${shown}`, `    ${indent}${marks}`];
}
