// SPDX-License-Identifier: MIT
// The collector that all passes report to.

import { LimitExceeded, limits } from './limits.ts';
import { type Line, placeAt } from './line.ts';
import { type Finding, type FindingClass, findingClasses, type Place, type Severity } from './report.ts';

/** What a rule says; the rest is filled in. */
export interface Problem {
  readonly code: string;
  readonly class: FindingClass;
  readonly message: string;
  readonly severity?: Severity;
  readonly scope?: Finding['scope'];
  readonly word?: string | null;
  readonly expected?: string | null;
  readonly hint?: string | null;
  readonly effect?: string | null;
  /** The line may be nothing but a password: no excerpt shows it. */
  readonly secret?: boolean;
  readonly replacement?: string | null;
}

/** A place, or a character of a line. */
export type At = Place | { readonly line: Line; readonly at: number } | null;

export interface Findings {
  readonly list: Finding[];
  /** Findings are not kept any more unless they change the outcome: hints are not worth the time. */
  readonly full: boolean;
  /** Throws LimitExceeded after `limits.problems` of them. */
  report(at: At, problem: Problem): void;
  /** Says last how many were not kept. */
  close(): void;
}

/** Codes that decide an exit status by themselves, or say why reading ended. */
const decisive = new Set(['include-fatal', 'file-missing', 'parameter-missing', 'limit-exceeded']);

export function collectFindings(): Findings {
  const list: Finding[] = [];
  const decided = new Set<string>();
  let count = 0;
  let worstSeverity = -1;
  let worstClass = -1;

  /** Whether one more finding makes a difference to an exit status. */
  function matters({ code }: Problem, severity: number, c: number): boolean {
    return severity > worstSeverity || c > worstClass || (decisive.has(code) && !decided.has(code));
  }

  return {
    list,
    get full() {
      return list.length >= limits.findings;
    },
    report(at, problem) {
      const severity = problem.severity ?? severityOf(problem.class);
      const rank = severities.indexOf(severity);
      const c = findingClasses.indexOf(problem.class);
      if (++count > limits.problems && !decisive.has(problem.code)) throw new LimitExceeded('problems', 'too many mistakes');
      if (list.length >= limits.findings && !matters(problem, rank, c)) return;
      worstSeverity = Math.max(worstSeverity, rank);
      worstClass = Math.max(worstClass, c);
      if (decisive.has(problem.code)) decided.add(problem.code);
      const found = at === null ? null : 'at' in at ? placeAt(at.line, at.at) : { place: at, definedAt: null };
      list.push({
        code: problem.code,
        severity,
        class: problem.class,
        scope: problem.scope ?? (found ? 'child' : 'whole'),
        place: found?.place ?? null,
        definedAt: found?.definedAt ?? null,
        word: problem.word ?? null,
        message: problem.message,
        expected: problem.expected ?? null,
        hint: problem.hint ?? null,
        effect: problem.effect ?? null,
        ...(problem.secret ? { secret: true as const } : {}),
        ...(problem.replacement ? { replacement: problem.replacement } : {}),
      });
    },
    close() {
      const dropped = count - list.length;
      if (dropped <= 0) return;
      list.push({
        code: 'findings-truncated',
        severity: 'notice',
        class: 'OK',
        scope: 'whole',
        place: null,
        definedAt: null,
        word: null,
        message: `${dropped} more findings are not shown (limit findings: ${limits.findings})`,
        expected: null,
        hint: null,
        effect: null,
      });
    },
  };
}

function severityOf(c: FindingClass): Severity {
  if (c === 'OK') return 'notice';
  return c === 'WARNING' || c === 'DEPRECATED' ? 'warning' : 'error';
}

const severities: readonly Severity[] = ['notice', 'warning', 'error', 'fatal'];
