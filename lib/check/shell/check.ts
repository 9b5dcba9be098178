// SPDX-License-Identifier: MIT
// One check of one server at work: its state, what it asks for, what is said of the outcome.

import type { Micros } from '../../base/time.ts';
import type { Checker } from '../../config/model-lvs.ts';
import type { Log } from '../../ports/log.ts';
import { type CheckerState, type CheckerStep, finished } from '../core/checker.ts';
import type { Outcome } from '../core/outcome.ts';
import { firstPage, type PageState, pageFinished } from '../core/pages.ts';
import { failedOnceText, failedText, lastReasonText, mailText, type Names, succeededText, unableText } from '../messages.ts';
import type { ActiveChecker, MakeProbe } from '../probes/index.ts';
import type { Probe } from '../probes/probe.ts';
import type { Member } from './rounds.ts';

export interface Judgement {
  readonly up: boolean;
  /** For the mail. */
  readonly text: string;
}

export interface CheckListener {
  /** Its word on the server is another one. */
  onVerdict(judgement: Judgement): void;
  /** What it adds to the weight of the server from now on. */
  onWeight(weight: number): void;
  isSuspended(): boolean;
}

export interface Check {
  readonly config: ActiveChecker;
  readonly member: Member;
  state(): CheckerState;
  /** Which page is next, and whether it failed. */
  page(): PageState;
}

/** What a check knew before a reload. */
export interface CheckMemory {
  readonly state: CheckerState;
  readonly page: PageState;
  /** When it was due; null: that is not known. */
  readonly due: Micros | null;
}

export interface CheckContext {
  readonly names: Names;
  /** Of the server, as configured. */
  readonly weight: number;
  readonly log: Log;
  readonly makeProbe: MakeProbe;
  readonly listener: CheckListener;
}

export function createCheck(config: ActiveChecker, memory: CheckMemory, context: CheckContext): Check {
  const { names, log, listener } = context;
  const { timing } = config;
  const identity = identityOf(config);
  const probes = new Map<number, Probe>();
  let { state, page } = memory;
  let unable = false;

  const probeOf = (at: number): Probe => {
    const known = probes.get(at);
    if (known) return known;
    const made = context.makeProbe(config, at, context.weight);
    probes.set(at, made);
    return made;
  };

  const stepAfter = (succeeded: boolean): CheckerStep => {
    if (config.kind !== 'HTTP_GET' && config.kind !== 'SSL_GET') return finished(state, timing, succeeded);
    const rules = { timing, pages: config.url.length, fastRecovery: config.fast_recovery };
    const { step, at } = pageFinished(state, page, rules, succeeded);
    page = at;
    return step;
  };

  const tell = (outcome: Exclude<Outcome, { kind: 'unable' }>, { remark }: CheckerStep, wasUp: boolean) => {
    const why = outcome.kind === 'down' ? outcome.why : '';
    if (remark?.kind === 'succeeded') {
      const line = succeededText(config, names);
      if (line !== null) log.info(line);
    } else if (remark?.kind === 'failed') {
      const reason = wasUp && timing.log_all_failures ? lastReasonText(config, names, why) : null;
      if (reason !== null) log.info(reason);
      log.info(failedText(config, names, remark.tries, why));
    } else if (remark?.kind === 'failed_once') log.info(failedOnceText(config, names, remark.number, why));
  };

  const filled = (text: string) => text.replace(/%[rv]/g, (which) => (which === '%r' ? names.rs : names.vs));

  const onOutcome = (outcome: Outcome): { next: Micros; fromStart: boolean } => {
    const fromStart = config.kind === 'MISC_CHECK';
    if (outcome.kind === 'unable') {
      // Told once until it works again: it would be the same line at every run.
      if (!unable) log.info(unableText(config, names, outcome.why, outcome.step));
      unable = true;
      return { next: timing.delay_loop, fromStart };
    }
    unable = false;
    for (const text of outcome.notes ?? []) log.info(filled(text));
    if (outcome.kind === 'up' && !state.up) for (const text of outcome.recovered ?? []) log.info(filled(text));
    const wasUp = state.up;
    const step = stepAfter(outcome.kind === 'up');
    state = step.state;
    tell(outcome, step, wasUp);
    if (outcome.weight !== undefined) listener.onWeight(outcome.weight);
    if (step.verdict !== null) {
      const up = step.verdict === 'up';
      listener.onVerdict({ up, text: mailText(config, up, outcome.kind === 'down' ? outcome.why : '') });
    }
    return { next: step.next, fromStart };
  };

  return {
    config,
    member: {
      group: identity,
      warmup: timing.warmup,
      interval: timing.delay_loop,
      notAfter: memory.due,
      ask: () => ({ key: String(page.page), probe: probeOf(page.page) }),
      isSuspended: () => listener.isSuspended(),
      onOutcome,
    },
    state: () => state,
    page: () => page,
  };
}

export function newMemory(state: CheckerState): CheckMemory {
  return { state, page: firstPage, due: null };
}

/** Scripts may have effects of their own: each runs as often as it was written. What is only said of a check is no part of it. */
function identityOf(config: ActiveChecker): string | null {
  if (config.kind === 'MISC_CHECK') return null;
  return JSON.stringify({ ...config, timing: { ...config.timing, alpha: false, log_all_failures: false, retry: 0 } });
}

/** Of two configurations: what one knows of the server holds for the other. Times may change all the same. */
export function isSameCheck(a: Checker, b: Checker): boolean {
  return JSON.stringify({ ...a, timing: null }) === JSON.stringify({ ...b, timing: null });
}
