// SPDX-License-Identifier: MIT
// The pid files of the daemon. The parent takes them all, locked for its life, before any child starts: the lock is what
// keeps a second daemon away (reference/cli-and-process.md section 6).

import { errorText, exitStatus, StartError } from '../base/errors.ts';
import type { Files, LockedFile } from '../ports/files.ts';
import type { Log } from '../ports/log.ts';

export interface PidFiles {
  /** Takes one; 'locked' when another daemon has it. Throws StartError when it cannot be created. */
  take(path: string): 'taken' | 'locked';
  /** Writes the pid into a file taken before. A failure is logged: the daemon runs without it. */
  write(path: string, pid: number): void;
  removeAll(): void;
  /** Removes one that an earlier daemon left behind; one that is in use stays. */
  discard(path: string): void;
}

export function createPidFiles(files: Files, log: Log): PidFiles {
  const taken = new Map<string, LockedFile>();
  return {
    take(path) {
      if (taken.has(path)) return 'taken';
      let file: LockedFile | 'locked';
      try {
        file = files.lock(path);
      } catch (error) {
        throw new StartError(`Unable to create pid file ${path} - ${errorText(error)}`, exitStatus.fatal);
      }
      if (file === 'locked') {
        log.info(`Another process has pid file ${path} locked`);
        return 'locked';
      }
      taken.set(path, file);
      return 'taken';
    },
    write(path, pid) {
      try {
        taken.get(path)?.write(`${pid}\n`);
      } catch (error) {
        log.error(`Cannot write pid file ${path} - ${errorText(error)}`);
      }
    },
    discard(path) {
      try {
        const file = files.lock(path);
        if (file !== 'locked') file.remove();
      } catch {
        // Nothing there that we could remove.
      }
    },
    removeAll() {
      for (const file of taken.values()) file.remove();
      taken.clear();
    },
  };
}
