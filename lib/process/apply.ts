// SPDX-License-Identifier: MIT
// Another configuration on trial: it takes the place of the file that the daemon reads, and unless somebody confirms it in time, the
// old file comes back. Whoever changes a router over the network that the router carries can lock himself out only for so long.
//
// The old file is kept beside the pid file with the time until which there is to be a word, so that a restart of the daemon does not
// make the new one stay.

import { chmodSync, chownSync, copyFileSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errorText } from '../base/errors.ts';
import { micros } from '../base/time.ts';
import type { Cancel, Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';

export interface ApplyContext {
  readonly clock: Clock;
  /** Seconds. */
  readonly timeOfDay: () => number;
  readonly log: Log;
  /** What the daemon reads; one file. */
  readonly configFile: string;
  /** Where the old one is kept; FILE.until beside it says how long. */
  readonly keptFile: string;
  /** Reads the configuration anew; `refusal` null: it is in force. */
  readonly reload: (done: (refusal: string | null) => void) => void;
}

export interface Apply {
  /** Until when the one in force must be confirmed, seconds since 1970; null: nothing is on trial. */
  confirmBy(): number | null;
  /** `seconds` null: for good. Called back once, with why not. */
  apply(file: string, seconds: number | null, done: (refusal: string | null) => void): void;
  /** Why not; null: done. */
  confirm(): string | null;
  /** Back to the old one at once. */
  revert(done: (refusal: string | null) => void): void;
  /** A configuration is in force: what was on trial before a restart is looked after. */
  begin(): void;
  stop(): void;
}

/** More is no configuration. */
const mostBytes = 64 * 1024 * 1024;
/** A timer at most. */
const longestWait = 3600;

export function createApply(context: ApplyContext): Apply {
  const { clock, timeOfDay, log, configFile, keptFile } = context;
  const untilFile = `${keptFile}.until`;
  let deadline: number | null = readDeadline(untilFile, keptFile);
  let begun = false;
  let cancel: Cancel = () => {};

  const forget = () => {
    cancel();
    deadline = null;
    rmSync(untilFile, { force: true });
    rmSync(keptFile, { force: true });
  };

  const putBack = (why: string, done: (refusal: string | null) => void) => {
    try {
      install(keptFile, configFile);
    } catch (error) {
      log.error(`Unable to put ${configFile} back - ${errorText(error)}; the old one is ${keptFile}`);
      return done(errorText(error));
    }
    forget();
    log.warning(`${why} - back to the configuration before`);
    context.reload(done);
  };

  const wait = () => {
    cancel();
    if (deadline === null) return;
    const left = deadline - timeOfDay();
    if (left > 0) cancel = clock.after(micros(Math.min(longestWait, left) * 1e6), wait);
    else putBack('The new configuration was not confirmed in time', () => {});
  };

  return {
    confirmBy: () => deadline,
    apply(file, seconds, done) {
      if (deadline !== null) return done('another configuration is on trial: confirm or revert it first');
      try {
        const stat = statSync(file);
        if (!stat.isFile() || stat.size > mostBytes) return done(`${file} is no configuration file`);
        if (!statSync(configFile).isFile()) return done(`${configFile} is no file that could be replaced`);
        copyFileSync(configFile, keptFile);
        chmodSync(keptFile, 0o600);
        install(file, configFile);
      } catch (error) {
        forget();
        return done(errorText(error));
      }
      if (seconds !== null) {
        deadline = timeOfDay() + seconds;
        try {
          writeFileSync(untilFile, `${deadline}\n`, { mode: 0o600 });
        } catch (error) {
          return putBack(`Unable to write ${untilFile}`, () => done(errorText(error)));
        }
      }
      context.reload((refusal) => {
        if (refusal !== null) return putBack(`${file} was refused`, () => done(refusal));
        if (seconds === null) forget();
        else {
          log.warning(`${file} is in force for ${seconds} s unless it is confirmed`);
          wait();
        }
        done(null);
      });
    },
    confirm() {
      if (deadline === null) return 'nothing is on trial';
      forget();
      log.info('The new configuration is confirmed');
      return null;
    },
    revert(done) {
      if (deadline === null) return done('nothing is on trial');
      putBack('The new configuration is taken back', done);
    },
    begin() {
      if (begun) return;
      begun = true;
      wait();
    },
    stop: () => cancel(),
  };
}

/** A copy of `source` under the name of `target`, as a whole or not at all, with mode and owner of what was there. */
function install(source: string, target: string): void {
  const { mode, uid, gid } = statSync(target);
  const fresh = join(dirname(target), `.${basename(target)}.ka-ts-new`);
  rmSync(fresh, { force: true });
  copyFileSync(source, fresh);
  chmodSync(fresh, mode & 0o7777);
  chownSync(fresh, uid, gid);
  renameSync(fresh, target);
}

/** null: nothing is on trial, or the old file is gone and nothing can be put back. */
function readDeadline(file: string, kept: string): number | null {
  try {
    const until = Number.parseFloat(readFileSync(file, 'utf8'));
    return Number.isFinite(until) && statSync(kept).isFile() ? until : null;
  } catch {
    return null;
  }
}
