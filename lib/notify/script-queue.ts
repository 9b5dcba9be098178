// Scripts of one object in order: those of a transition start together, those of the next when they have ended, so a
// slow notify_master cannot overtake the notify_backup after it. keepalived starts all at once and leaves the outcome
// to chance; but it also never waits, and people run daemons from notify scripts, so our waiting has an end.

import { add, type Micros, micros, milliseconds, seconds } from '../base/time.ts';
import type { Cancel, Clock } from '../ports/clock.ts';
import type { Command, Processes, RunningProcess } from '../ports/processes.ts';

/** What one object may have running or waiting at most this long before the next batch starts beside it. */
const patience = seconds(10);
/** How long after its KILL a process is waited for: it may be stuck in the kernel. */
const burial = milliseconds(100);

/** A script to run; how it ends is the runner's business, onExit is called when it did. */
export type Job = Omit<Command, 'timeout'>;

export interface ScriptQueue {
  /** `object` names whose order is kept. The jobs start together, in their order. */
  push(object: string, jobs: readonly Job[]): void;
  /**
   * The end: resolves when nothing runs or waits, or shortly after `limit`, when what still runs is killed with its
   * group. What waits is started at half the limit at the latest, so that a hanging script does not cost notify_stop.
   */
  drain(limit: Micros): Promise<void>;
}

export function createScriptQueue(processes: Processes, clock: Clock): ScriptQueue {
  const waiting = new Map<string, (readonly Job[])[]>();
  const busy = new Map<string, Cancel>();
  const running = new Set<RunningProcess>();
  let idle: (() => void)[] = [];

  const settle = () => {
    if (running.size > 0 || waiting.size > 0) return;
    for (const done of idle) done();
    idle = [];
  };

  const next = (object: string) => {
    busy.get(object)?.();
    busy.delete(object);
    const batches = waiting.get(object);
    const jobs = batches?.shift();
    if (batches?.length === 0) waiting.delete(object);
    if (jobs) begin(object, jobs);
  };

  const begin = (object: string, jobs: readonly Job[]) => {
    // A batch that has been waited for long enough no longer counts when its scripts end at last.
    let current = true;
    let left = jobs.length;
    const release = () => {
      if (!current) return;
      current = false;
      next(object);
    };
    busy.get(object)?.();
    busy.set(object, clock.after(patience, release));
    for (const job of jobs) {
      const child = processes.run({
        ...job,
        timeout: null,
        onExit(result) {
          running.delete(child);
          job.onExit(result);
          left--;
          if (left === 0) release();
          settle();
        },
      });
      running.add(child);
    }
  };

  const startWaiting = () => {
    for (const [object, batches] of waiting) {
      waiting.delete(object);
      for (const jobs of batches) begin(object, jobs);
    }
  };

  return {
    push(object, jobs) {
      if (jobs.length === 0) return;
      if (!busy.has(object)) return begin(object, jobs);
      const batches = waiting.get(object);
      if (batches) batches.push(jobs);
      else waiting.set(object, [jobs]);
    },
    drain(limit) {
      return new Promise((resolve) => {
        const cancels = [
          clock.after(micros(limit / 2), startWaiting),
          clock.after(limit, () => {
            for (const child of running) child.kill();
          }),
          clock.after(add(limit, burial), resolve),
        ];
        idle.push(() => {
          for (const cancel of cancels) cancel();
          resolve();
        });
        settle();
      });
    },
  };
}
