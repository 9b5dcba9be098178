// SPDX-License-Identifier: MIT
// What all builders share: where to report, what the system looks like, and the small repairs many settings need.

import type { ConfigFiles } from '../ports/config-files.ts';
import type { ScriptChecks } from '../ports/script-checks.ts';
import type { Findings, Problem } from './findings.ts';
import type { InterfaceInfo } from './options.ts';
import type { Place } from './report.ts';

export interface BuildContext {
  readonly findings: Findings;
  readonly scripts: ScriptChecks | null;
  /** Files that the configuration names; null: none are read. */
  readonly files: ConfigFiles | null;
  /** By name; null: not looked up. */
  readonly interfaces: ReadonlyMap<string, InterfaceInfo> | null;
}

/** An error that keepalived repairs and reports with class GENERAL_ERROR. */
export function repaired(context: BuildContext, place: Place | null, code: string, message: string, more: Partial<Problem> = {}): void {
  context.findings.report(place, { code, class: 'GENERAL_ERROR', message, scope: 'whole', ...more });
}

/** The daemon cannot run with this. */
export function fatal(context: BuildContext, place: Place | null, code: string, message: string, more: Partial<Problem> = {}): void {
  repaired(context, place, code, message, { severity: 'fatal', ...more });
}

/** Something keepalived only logs: it does not change the exit status of a configuration test. */
export function notice(context: BuildContext, place: Place | null, code: string, message: string, more: Partial<Problem> = {}): void {
  context.findings.report(place, { code, class: 'OK', severity: 'warning', message, scope: 'whole', ...more });
}

/** C's %f: six decimals. */
export function fixed(micros: number): string {
  return (micros / 1e6).toFixed(6);
}
