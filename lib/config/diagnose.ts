// SPDX-License-Identifier: MIT
// What there is to tell about a configuration, for people and editors: every mistake once, in the order of the files.
// keepalived's own lines (of -t and of a start) are in Loaded as they are.

import type { ConfigFiles } from '../ports/config-files.ts';
import { findingsWithBraces } from './braces.ts';
import { withoutConsequences } from './consequences.ts';
import { loadConfig } from './load.ts';
import type { Loaded, LoadOptions } from './options.ts';
import type { Finding, Severity } from './report.ts';

export interface Diagnosis {
  readonly loaded: Loaded;
  readonly findings: readonly Finding[];
}

/** Never throws for anything a file contains. Reads several times when braces are wrong. */
export function diagnose(files: ConfigFiles, options: LoadOptions): Diagnosis {
  const reading = { lenient: false, ...options, goOn: true };
  const loaded = loadConfig(files, reading);
  const found = findingsWithBraces(files, reading, loaded);
  // In the text as it is a misplaced brace has consequences of its own: one kind of repair at a time.
  const causes = found === loaded.findings ? withoutConsequences(files, reading, loaded, found) : found;
  return { loaded, findings: folded(inOrder(causes, loaded.filesRead)) };
}

export type Counts = Readonly<Record<Severity, number>>;

export function countBySeverity(findings: readonly Pick<Finding, 'severity'>[]): Counts {
  const counts = { fatal: 0, error: 0, warning: 0, notice: 0 };
  for (const f of findings) counts[f.severity]++;
  return counts;
}

/** By file, line and column; what has no place comes last. Findings at one place keep their order. */
function inOrder(findings: readonly Finding[], filesRead: readonly string[]): Finding[] {
  const rank = new Map(filesRead.map((file, i) => [file, i]));
  const key = ({ place }: Finding): readonly number[] =>
    place ? [rank.get(place.file) ?? filesRead.length, place.line, place.column] : [Number.POSITIVE_INFINITY];
  return findings
    .map((finding, i) => ({ finding, key: [...key(finding), i] }))
    .sort((a, b) => compare(a.key, b.key))
    .map(({ finding }) => finding);
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [i, x] of a.entries()) {
    const y = b[i] ?? 0;
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}

/** Where keepalived says one thing in two lines, the second becomes the effect of the first. */
function folded(findings: readonly Finding[]): Finding[] {
  const out: Finding[] = [];
  for (const finding of findings) {
    const before = out.at(-1);
    if (before && samePlace(before, finding)) {
      if (before.code === finding.code && before.message === finding.message) continue;
      if (finding.code === 'value-invalid' && before.effect === null) {
        out[out.length - 1] = { ...before, effect: finding.message };
        continue;
      }
    }
    if (before && sameLine(before, finding) && isQuote(before) && isQuote(finding)) {
      const quote = before.code === 'unterminated-quote' ? before : finding;
      out[out.length - 1] = { ...quote, effect: before.effect ?? finding.effect };
      continue;
    }
    out.push(finding);
  }
  return out;
}

function isQuote(finding: Finding): boolean {
  return finding.code === 'unterminated-quote' || finding.code === 'unmatched-quote';
}

function sameLine(a: Finding, b: Finding): boolean {
  return a.place !== null && b.place !== null && a.place.file === b.place.file && a.place.line === b.place.line;
}

function samePlace(a: Finding, b: Finding): boolean {
  return sameLine(a, b) && a.place?.column === b.place?.column;
}
