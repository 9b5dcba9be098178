// The collector that all passes report to.

import { limits } from './limits.ts';
import { type Line, placeAt } from './line.ts';
import type { Finding, FindingClass, Place, Severity } from './report.ts';

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
}

/** A place, or a character of a line. */
export type At = Place | { readonly line: Line; readonly at: number } | null;

export interface Findings {
  readonly list: Finding[];
  report(at: At, problem: Problem): void;
}

export function collectFindings(): Findings {
  const list: Finding[] = [];
  let worst = -1;
  return {
    list,
    report(at, problem) {
      const found = at === null ? null : 'at' in at ? placeAt(at.line, at.at) : { place: at, definedAt: null };
      const finding: Finding = {
        code: problem.code,
        severity: problem.severity ?? severityOf(problem.class),
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
      };
      if (list.length < limits.findings) list.push(finding);
      else if (rank(finding) > worst) {
        // Beyond the limit only what changes the outcome is kept, in the last place.
        list[limits.findings] = finding;
        worst = rank(finding);
      }
    },
  };
}

function severityOf(c: FindingClass): Severity {
  if (c === 'OK') return 'notice';
  return c === 'WARNING' || c === 'DEPRECATED' ? 'warning' : 'error';
}

const order = ['notice', 'warning', 'error', 'fatal'];
function rank(f: Finding): number {
  return order.indexOf(f.severity);
}
