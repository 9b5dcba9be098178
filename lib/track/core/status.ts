// SPDX-License-Identifier: MIT
// What a tracked script's results mean: one counter with hysteresis. It runs from 0 to rise + fall − 1; the script is up
// from `rise` on. A pure value: the shell runs the script and writes the notes (reference/vrrp-protocol.md section 7.3).

import { exhaustive } from '../../base/result.ts';

/** rise and fall: at least 1. */
export interface ScriptRules {
  readonly rise: number;
  readonly fall: number;
  /** Failed until its results say otherwise; without it the first success is enough. */
  readonly initFail: boolean;
}

/** How a run ended. */
export type ScriptResult =
  /** Exit status 0..255; 0 is success. */
  | { readonly kind: 'exited'; readonly status: number }
  | { readonly kind: 'signalled'; readonly signal: number }
  | { readonly kind: 'timed_out' };

export interface ScriptStatus {
  /** 0 .. rise + fall − 1 */
  readonly counter: number;
  /** A run has ended. */
  readonly reported: boolean;
  /** Until the first result an instance that tracks it with weight 0 waits; not for scripts that a reload brought. */
  readonly holds: boolean;
  readonly lastExit: number;
}

/** unknown: not reported and not failed by init_fail. */
export type Verdict = 'up' | 'down' | 'unknown';

/** Log lines as data; scriptNoteText has keepalived's words. */
export type ScriptNote =
  | { readonly code: 'succeeded' }
  | { readonly code: 'failed'; readonly result: ScriptResult }
  | { readonly code: 'returning'; readonly status: number }
  | { readonly code: 'considered_on_reload'; readonly successful: boolean };

export interface ScriptStep {
  readonly status: ScriptStatus;
  /** The verdict is another one: instances must be told. */
  readonly changed: boolean;
  readonly notes: readonly ScriptNote[];
}

/** A script before its first run. duringReload: it is new in a running daemon and holds nobody. */
export function initialScript(rules: ScriptRules, when: 'at_start' | 'during_reload' = 'at_start'): ScriptStatus {
  return Object.freeze({
    counter: rules.initFail ? 0 : rules.rise - 1,
    reported: false,
    holds: when === 'at_start' && !rules.initFail,
    lastExit: 0,
  });
}

export function verdict(rules: ScriptRules, status: ScriptStatus): Verdict {
  if (!status.reported && !rules.initFail) return 'unknown';
  return status.counter >= rules.rise ? 'up' : 'down';
}

/** The status after a run. */
export function scriptEnded(rules: ScriptRules, before: ScriptStatus, result: ScriptResult): ScriptStep {
  const notes: ScriptNote[] = [];
  let { lastExit } = before;
  if (result.kind === 'exited' && result.status !== lastExit) {
    lastExit = result.status;
    notes.push({ code: 'returning', status: result.status });
  }
  const succeeded = result.kind === 'exited' && result.status === 0;
  const counter = succeeded ? risen(rules, before.counter) : fallen(rules, before.counter);
  const status = Object.freeze<ScriptStatus>({ counter, reported: true, holds: false, lastExit });
  if (succeeded && before.counter < rules.rise && counter >= rules.rise) notes.push({ code: 'succeeded' });
  if (!succeeded && counter === 0 && (before.counter === rules.rise || !before.reported)) notes.push({ code: 'failed', result });
  return { status, changed: verdict(rules, status) !== verdict(rules, before), notes };
}

/** Results kept over a reload that changed rise or fall: up stays up, with as many failures counted as before. */
export function scriptRescaled(before: ScriptRules, after: ScriptRules, status: ScriptStatus): ScriptStep {
  if (!status.reported) return { status: initialScript(after, 'during_reload'), changed: false, notes: [] };
  const successful = status.counter >= before.rise;
  const failures = before.rise + before.fall - 1 - status.counter;
  const counter = successful ? Math.max(after.rise, after.rise + after.fall - 1 - failures) : Math.min(status.counter, after.rise - 1);
  return { status: Object.freeze({ ...status, counter }), changed: false, notes: [{ code: 'considered_on_reload', successful }] };
}

/** keepalived's line for a note about the script `name`; all are LOG_INFO. */
export function scriptNoteText(name: string, note: ScriptNote): string {
  switch (note.code) {
    case 'succeeded':
      return `VRRP_Script(${name}) succeeded`;
    case 'failed':
      return `VRRP_Script(${name}) ${failureText(note.result)}`;
    case 'returning':
      return `Script \`${name}\` now returning ${note.status}`;
    case 'considered_on_reload':
      return `VRRP_Script(${name}) considered ${note.successful ? 'successful' : 'unsuccessful'} on reload`;
    default:
      return exhaustive(note);
  }
}

function risen(rules: ScriptRules, counter: number): number {
  return counter < rules.rise - 1 ? counter + 1 : rules.rise + rules.fall - 1;
}

function fallen(rules: ScriptRules, counter: number): number {
  return counter > rules.rise ? counter - 1 : 0;
}

function failureText(result: ScriptResult): string {
  switch (result.kind) {
    case 'exited':
      return `failed (exited with status ${result.status})`;
    case 'signalled':
      return `failed (due to signal ${result.signal})`;
    case 'timed_out':
      return 'timed_out';
    default:
      return exhaustive(result);
  }
}
