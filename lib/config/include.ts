// SPDX-License-Identifier: MIT
// Include lines: which files a pattern means, and which faults end a start (reference/config-language.md section 9).

import type { FileFault } from '../ports/config-files.ts';
import type { Findings } from './findings.ts';
import type { Line } from './line.ts';
import { braceAlternatives, hasBraces, hasWildcard } from './pattern.ts';
import type { SourceFile, Sources } from './source.ts';

export const includeCheckNames = ['read', 'match', 'wildcard_match', 'brace_match'] as const;
export type IncludeCheck = (typeof includeCheckNames)[number];
export type IncludeChecks = ReadonlySet<IncludeCheck>;

export interface MainFile {
  /** As messages name it. */
  readonly display: string;
  readonly file: SourceFile;
}

const forms: Readonly<Record<string, readonly IncludeCheck[]>> = {
  include: [],
  includer: ['read'],
  includem: ['read', 'match'],
  includew: ['read', 'match', 'wildcard_match'],
  includeb: ['read', 'brace_match'],
  includea: includeCheckNames,
};

export interface IncludeForm {
  readonly checks: readonly IncludeCheck[];
  readonly pattern: string;
  readonly patternAt: number;
}

/** The include line in `text`: the pattern is the rest of the line, taken literally. */
export function includeForm(text: string): IncludeForm | null {
  if (!text.startsWith('include')) return null;
  const match = /^(include[rmwba]?)[ \t]+(?=[^ \t])/.exec(text);
  const checks = match?.[1] ? forms[match[1]] : undefined;
  return match && checks ? { checks, pattern: text.slice(match[0].length), patternAt: match[0].length } : null;
}

interface Context {
  readonly line: Line;
  readonly directory: string;
  /** Absolute paths of the files being read now: including one again would never end. */
  readonly open: readonly string[];
  readonly checks: IncludeChecks;
}

const faultText: Readonly<Record<FileFault, string>> = {
  missing: 'does not exist',
  directory: 'is a directory',
  not_regular: 'is not a regular file',
  executable: 'is executable',
  unreadable: 'cannot be read',
  too_big: 'is too big',
};

/** Files of one include line in reading order; faults are reported and fatal when a check asks for it. */
export function resolveInclude(sources: Sources, form: IncludeForm, context: Context, findings: Findings): readonly MainFile[] {
  const checks = new Set([...context.checks, ...form.checks]);
  const { pattern } = form;
  const at = { line: context.line, at: form.patternAt };
  const report = (message: string, fatal: boolean, hint: string | null = null) =>
    findings.report(at, {
      code: fatal ? 'include-fatal' : 'include-skipped',
      class: fatal ? 'FILE_NOT_FOUND' : 'OK',
      severity: fatal ? 'fatal' : 'warning',
      message,
      word: pattern,
      hint,
    });

  const alternatives = braceAlternatives(pattern);
  const found: MainFile[] = [];
  let missing = 0;
  for (const alternative of alternatives) {
    const matches = sources.glob(alternative, context.directory);
    if (matches.length === 0) missing++;
    for (const match of matches) {
      const opened = sources.open(match, context.directory);
      if (!opened.ok) report(`Configuration file '${match}' ${faultText[opened.fault]} - skipping`, checks.has('read'));
      else if (context.open.includes(opened.file.path)) {
        findings.report(at, {
          code: 'include-loop',
          class: 'GENERAL_ERROR',
          message: `Configuration file '${match}' includes itself - skipping`,
          word: pattern,
          hint: 'a file that is being read cannot be included again',
        });
      } else found.push({ display: match, file: opened.file });
    }
  }
  if (hasBraces(pattern) && missing > 0 && checks.has('brace_match')) {
    report(missingText(pattern), true);
    return [];
  }
  if (missing === alternatives.length) {
    const wanted = hasBraces(pattern) ? 'brace_match' : hasWildcard(pattern) ? 'wildcard_match' : 'match';
    report(missingText(pattern), checks.has(wanted));
  }
  return found;
}

/** Files that `-f` names; it is checked like `includew`. Reports and gives none when there is nothing to read. */
export function resolveMain(sources: Sources, pattern: string, findings: Findings): readonly MainFile[] {
  const matches = braceAlternatives(pattern).flatMap((p) => sources.glob(p, sources.directory));
  const fault = (message: string) =>
    findings.report(null, { code: 'file-missing', class: 'FILE_NOT_FOUND', severity: 'fatal', message, word: pattern });
  if (matches.length === 0) fault(missingText(pattern));
  if (matches.length > 1) {
    findings.report(null, {
      code: 'multiple-files',
      class: 'MULTIPLE_FILES',
      message: `Multiple config files match '${pattern}'`,
      effect: 'all are read',
    });
  }
  const found: MainFile[] = [];
  for (const match of matches) {
    const opened = sources.open(match, sources.directory);
    if (opened.ok) found.push({ display: matches.length === 1 ? pattern : match, file: opened.file });
    else fault(`Configuration file '${match}' ${faultText[opened.fault]}`);
  }
  return found;
}

function missingText(pattern: string): string {
  return `Config files missing '${pattern}'.`;
}
