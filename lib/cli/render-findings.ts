// SPDX-License-Identifier: MIT
// Findings as `ka-ts check` prints them: for people, for editors, for programs.

import { createPaint, type Paint } from '../base/paint.ts';
import type { ClusterReport } from '../config/cluster/index.ts';
import type { Counts } from '../config/diagnose.ts';
import { harmless, maskedLine } from '../config/excerpt.ts';
import { type DescribeStyle, describe, type Finding, placeText, type Severity } from '../config/report.ts';

export type Format = 'people' | 'compact' | 'json';

/** Where a command writes to, and what that can show. */
export interface Output {
  write(text: string): void;
  error(text: string): void;
  /** Columns. */
  readonly width: number;
  readonly colour: boolean;
}

export interface Style {
  readonly colour: boolean;
  readonly width: number;
}

type SourceLine = (file: string, line: number) => string | null;

/** Text of one finding, with its line ends. */
export function findingRenderer(format: Format, style: Style): (finding: Finding, sourceLine: SourceLine) => string {
  if (format === 'compact') return (finding) => `${compact(finding)}\n`;
  if (format === 'json') return (finding, sourceLine) => `${JSON.stringify(jsonOf(finding, sourceLine))}\n`;
  const paint = painter(createPaint(style.colour));
  return (finding, sourceLine) => `${describe(finding, sourceLine, { width: style.width, paint })}\n\n`;
}

function painter(paint: Paint): NonNullable<DescribeStyle['paint']> {
  const severities: Readonly<Record<Severity, (text: string) => string>> = {
    fatal: (text) => paint.bold(paint.red(text)),
    error: (text) => paint.bold(paint.red(text)),
    warning: (text) => paint.bold(paint.yellow(text)),
    notice: (text) => paint.bold(paint.blue(text)),
  };
  const parts = { place: paint.bold, code: paint.dim, marks: paint.green, label: paint.cyan };
  return (part, text) => ({ ...severities, ...parts })[part](text);
}

/** One line, as compilers write it: editors find file, line and column in it. */
function compact(finding: Finding): string {
  const at = finding.place ? `${placeText(finding.place)}: ` : '';
  const more = [finding.expected && `expected ${finding.expected}`, finding.hint, finding.effect].filter((t) => t);
  const text = more.length > 0 ? `${finding.message} (${more.join('; ')})` : finding.message;
  return harmless(`${at}${finding.severity}: ${text} [${finding.code}]`);
}

function jsonOf(finding: Finding, sourceLine: SourceLine): Record<string, unknown> {
  const { place, secret, code, severity, message, word, definedAt, expected, hint, effect } = finding;
  const text = place && sourceLine(place.file, place.line);
  const source = place && typeof text === 'string' ? maskedLine(text, secret) : null;
  return {
    kind: 'finding',
    code,
    severity,
    class: finding.class,
    message,
    file: place?.file ?? null,
    line: place?.line ?? null,
    column: place?.column ?? null,
    word,
    replacement: finding.replacement ?? null,
    source,
    definedAt,
    expected,
    hint,
    effect,
  };
}

/** Findings about several nodes in the compact form: one line for each place, the first one with the effect. */
export function clusterLines(report: ClusterReport): string {
  return report.findings
    .flatMap(({ severity, message, code, places, effect, advice }) =>
      places.map(({ node, file, line, column, value }, i) => {
        const at = `${file}:${line}:${column}`;
        return i === 0
          ? `${at}: ${severity}: ${message} (${node}: ${value}; ${effect}; ${advice}) [${code}]`
          : `${at}: note: ${node}: ${value} [${code}]`;
      }),
    )
    .map((line) => `${harmless(line)}\n`)
    .join('');
}

export function addCounts(all: readonly Counts[]): Counts {
  const sum = (severity: Severity) => all.reduce((n, c) => n + c[severity], 0);
  return { fatal: sum('fatal'), error: sum('error'), warning: sum('warning'), notice: sum('notice') };
}

export interface Summary {
  readonly files: readonly string[];
  readonly counts: Counts;
  /** Of each file, what keepalived -t would end with. */
  readonly testStatus: readonly number[];
  readonly status: number;
  readonly strict: boolean;
}

/** The closing line: `2 errors, 1 warning`; nothing in the compact form, which has lines of findings only. */
export function summaryText(format: Format, summary: Summary, style: Style): string {
  const { counts, files, testStatus, status } = summary;
  if (format === 'compact') return '';
  if (format === 'json') {
    const { fatal, error: errors, warning: warnings, notice: notices } = counts;
    return `${JSON.stringify({ kind: 'summary', files, fatal, errors, warnings, notices, testStatus, status })}\n`;
  }
  const paint = createPaint(style.colour);
  const parts = [
    counted(counts.fatal, 'fatal error', paint.red),
    counted(counts.error, 'error', paint.red),
    counted(counts.warning, 'warning', paint.yellow),
    counted(counts.notice, 'notice', paint.blue),
  ].filter((part) => part !== null);
  const what = files.length === 1 ? (files[0] ?? '') : `${files.length} files`;
  const found = parts.length > 0 ? parts.join(', ') : paint.green('nothing to complain about');
  const refused = status === 0 ? '' : counts.fatal > 0 ? ': the daemon would not start' : summary.strict ? ': refused' : '';
  return `${paint.bold(harmless(what))}: ${found}${refused}\n`;
}

function counted(n: number, noun: string, colour: (text: string) => string): string | null {
  return n === 0 ? null : colour(`${n} ${noun}${n === 1 ? '' : 's'}`);
}
