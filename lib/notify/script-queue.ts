// SPDX-License-Identifier: MIT
// Scripts of one object in order: those of a transition start together, those of the next when they have ended, so a
// slow notify_master cannot overtake the notify_backup after it. keepalived starts all at once and leaves the outcome
// to chance; but it also never waits, and people run daemons from notify scripts, so our waiting has an end. What waits
// is bounded: of changes that come faster than the scripts, the oldest are left out and the last one is always told.

import { add, type Micros, micros, milliseconds, seconds } from '../base/time.ts';
import type { Cancel, Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Command, Processes, RunningProcess } from '../ports/processes.ts';

/** What one object may have running or waiting at most this long before the next batch starts beside it. */
const patience = seconds(10);
/** How long after its KILL a process is waited for: it may be stuck in the kernel. */
const burial = milliseconds(100);
/** Batches of one object that wait. */
export const mostWaiting = 32;
/** Batches of one object that run beside each other because they hang; then the oldest is ended. */
export const mostHanging = 64;

/** A script to run; how it ends is the runner's business, onExit is called when it did. */
export type Job = Omit<Command, 'timeout'>;

export interface ScriptQueue {
  /** `object` names whose order is kept. The jobs start together, in their order. */
  push(object: string, jobs: readonly Job[]): void;
  /**
   * The end: resolves when nothing runs or waits, or shortly after `limit`, when what still runs is killed with its
   * group. Of what waits at half the limit the last of each object is started, so that a hanging script does not cost
   * notify_stop.
   */
  drain(limit: Micros): Promise<void>;
}

type Batch = readonly Job[];

interface Lane {
  waiting: Batch[];
  /** Ends the waiting for the batch that counts; null: none does. */
  busy: Cancel | null;
  /** Oldest first. */
  readonly running: Set<readonly RunningProcess[]>;
  /** Left out since all was in time. */
  skipped: number;
}

export function createScriptQueue(processes: Processes, clock: Clock, log: Log): ScriptQueue {
  const lanes = new Map<string, Lane>();
  let idle: (() => void)[] = [];

  const settle = () => {
    if (lanes.size > 0) return;
    for (const done of idle) done();
    idle = [];
  };

  const next = (object: string, lane: Lane) => {
    lane.busy?.();
    lane.busy = null;
    const batch = lane.waiting.shift();
    if (batch) return begin(object, lane, batch);
    if (lane.skipped > 0) log.info(`${object}: its notify scripts have caught up, ${lane.skipped} changes were left out`);
    lane.skipped = 0;
  };

  const begin = (object: string, lane: Lane, jobs: Batch) => {
    // A batch that has been waited for long enough no longer counts when its scripts end at last.
    let current = true;
    let left = jobs.length;
    const release = () => {
      if (!current) return;
      current = false;
      next(object, lane);
    };
    lane.busy?.();
    lane.busy = clock.after(patience, release);
    const started: RunningProcess[] = [];
    lane.running.add(started);
    for (const job of jobs) {
      started.push(
        processes.run({
          ...job,
          timeout: null,
          onExit(result) {
            job.onExit(result);
            left--;
            if (left > 0) return;
            lane.running.delete(started);
            release();
            if (lane.running.size === 0 && lane.busy === null) lanes.delete(object);
            settle();
          },
        }),
      );
    }
    endOldest(object, lane);
  };

  const endOldest = (object: string, { running }: Lane) => {
    if (running.size <= mostHanging) return;
    const [oldest] = running;
    log.info(`${object}: a notify script still runs after ${mostHanging} later ones - ending it`);
    // It leaves the count now; its end is the system's business.
    if (oldest) running.delete(oldest);
    for (const child of oldest ?? []) child.terminate();
  };

  const startLast = () => {
    for (const [object, lane] of lanes) {
      const last = lane.waiting.pop();
      lane.waiting = [];
      if (last) begin(object, lane, last);
    }
  };

  return {
    push(object, jobs) {
      if (jobs.length === 0) return;
      const lane = lanes.get(object) ?? { waiting: [], busy: null, running: new Set(), skipped: 0 };
      lanes.set(object, lane);
      if (lane.busy === null) return begin(object, lane, jobs);
      lane.waiting.push(jobs);
      if (lane.waiting.length <= mostWaiting) return;
      lane.waiting.shift();
      if (lane.skipped === 0) log.info(`${object}: its notify scripts are slower than its changes - leaving out the oldest`);
      lane.skipped++;
    },
    drain(limit) {
      return new Promise((resolve) => {
        const cancels = [
          clock.after(micros(limit / 2), startLast),
          clock.after(limit, () => {
            for (const lane of lanes.values()) for (const started of lane.running) for (const child of started) child.kill();
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
