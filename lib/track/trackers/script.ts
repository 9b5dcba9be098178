// SPDX-License-Identifier: MIT
// vrrp_script: a command run every `interval`, judged by track/core/status.ts (reference/vrrp-protocol.md section 7.3).
// The schedule is a fixed grid from the first run, so that a slow script does not make the next one later.

import { add, type Micros, micros } from '../../base/time.ts';
import type { VrrpScript } from '../../config/model.ts';
import type { Cancel, Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { ExitResult, Processes, RunningProcess } from '../../ports/processes.ts';
import type { ScriptView } from '../../ports/vrrp-view.ts';
import {
  initialScript,
  type ScriptResult,
  type ScriptRules,
  type ScriptStatus,
  scriptEnded,
  scriptNoteText,
  scriptRescaled,
  type Verdict,
  verdict,
} from '../core/status.ts';

export interface ScriptTrackerContext {
  readonly clock: Clock;
  readonly processes: Processes;
  readonly log: Log;
  /** Its verdict is another one, or its first result is in. */
  readonly onChange: () => void;
}

export interface ScriptTracker {
  readonly config: VrrpScript;
  verdict(): Verdict;
  view(): ScriptView;
  /** An instance that tracks it with weight 0 waits for its first result. */
  holds(): boolean;
  /** Another interval, timeout, rise or fall for the same command: result and running process are kept. */
  reconfigure(config: VrrpScript): void;
  /** Ends a running process with its group; no onChange afterwards. */
  stop(): void;
}

/** Starts tracking: the first run begins at once. */
export function startScriptTracker(config: VrrpScript, when: 'at_start' | 'during_reload', context: ScriptTrackerContext): ScriptTracker {
  const { clock, log } = context;
  let current = config;
  let rules = rulesOf(config);
  let status: ScriptStatus = initialScript(rules, when);
  let running: { process: RunningProcess; startedAt: Micros; timeout: Micros } | null = null;
  let stopped = false;
  let due = clock.now();
  let cancel: Cancel = () => {};

  const tick = () => {
    cancel = () => {};
    if (running) log.info(overrunText(current.name, clock.now() >= add(running.startedAt, running.timeout)));
    else run();
    // A stalled loop skips runs, it does not make up for them.
    const now = clock.now();
    const periods = Math.floor((now - due) / current.interval) + 1;
    due = micros(due + periods * current.interval);
    cancel = clock.after(micros(due - now), tick);
  };

  const run = () => {
    const { script, timeout } = current;
    const [name = '', ...args] = script.words;
    const process = context.processes.run({
      path: script.path ?? name,
      argv0: name,
      args,
      identity: script.run_as,
      timeout,
      onExit: (result) => {
        running = null;
        if (!stopped) ended(result);
      },
    });
    running = { process, startedAt: clock.now(), timeout };
  };

  const ended = (result: ExitResult) => {
    if (result.kind === 'not_started') log.alert(`Error exec-ing command '${current.script.words[0] ?? ''}': ${result.text}`);
    const before = status;
    const step = scriptEnded(rules, status, resultOf(result));
    status = step.status;
    for (const note of step.notes) log.info(scriptNoteText(current.name, note));
    if (step.changed || before.holds !== status.holds) context.onChange();
  };

  tick();

  return {
    get config() {
      return current;
    },
    verdict: () => verdict(rules, status),
    view: () => ({ config: current, counter: status.counter, verdict: verdict(rules, status), running: running !== null }),
    holds: () => status.holds,
    reconfigure(config) {
      const intervalChanged = config.interval !== current.interval;
      const next = rulesOf(config);
      const step = scriptRescaled(rules, next, status);
      current = config;
      rules = next;
      status = step.status;
      for (const note of step.notes) log.info(scriptNoteText(config.name, note));
      if (!intervalChanged) return;
      cancel();
      due = add(clock.now(), config.interval);
      cancel = clock.after(config.interval, tick);
    },
    stop() {
      stopped = true;
      cancel();
      running?.process.terminate();
    },
  };
}

/** Same command by the same user: its results stay valid over a reload. */
export function isSameScript(a: VrrpScript, b: VrrpScript): boolean {
  const key = ({ script }: VrrpScript) => JSON.stringify([script.words, script.path, script.run_as, script.user]);
  return key(a) === key(b);
}

function rulesOf(config: VrrpScript): ScriptRules {
  return { rise: config.rise, fall: config.fall, initFail: config.init_fail };
}

/** What cannot be started counts as the status a shell gives for it. */
function resultOf(result: ExitResult): ScriptResult {
  if (result.kind !== 'not_started') return result;
  return { kind: 'exited', status: result.code === 'ENOENT' ? 127 : 126 };
}

function overrunText(name: string, timedOut: boolean): string {
  return `Track script ${name} is ${timedOut ? 'being timed out' : 'already running'}, expect idle - skipping run`;
}
