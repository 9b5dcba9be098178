// SPDX-License-Identifier: MIT
// track_file: a number in a file (reference/vrrp-protocol.md section 7.4). The file is read again whenever its directory
// says that it changed; only another number is news.

import { errorCode } from '../../base/errors.ts';
import type { TrackFile } from '../../config/model.ts';
import type { Log } from '../../ports/log.ts';
import type { WatchedFiles } from '../../ports/watched-files.ts';
import { fileNumber } from '../core/file-value.ts';

export interface FileTrackerContext {
  readonly files: WatchedFiles;
  readonly log: Log;
  /** Another number. */
  readonly onChange: () => void;
}

export interface FileTracker {
  readonly config: TrackFile;
  value(): number;
  /** Another weight for the same file. */
  reconfigure(config: TrackFile): void;
  /** No onChange afterwards. */
  stop(): void;
}

/** `starting`: the daemon starts, so the file is written first where the configuration asks for it. */
export function startFileTracker(config: TrackFile, starting: boolean, { files, log, onChange }: FileTrackerContext): FileTracker {
  const path = config.file;
  let current = config;
  let value = 0;

  const look = (): boolean => {
    const read = fileNumber(files.read(path));
    if (read.kind === 'invalid') {
      log.info(`Invalid number ${read.text} read from ${path} - ignoring`);
      return false;
    }
    const changed = read.value !== value;
    value = read.value;
    return changed;
  };

  if (starting && config.init_file) initialize(path, config.init_file, files, log);
  // Watched before it is read: what changes in between is told.
  const watch = files.watch(
    path,
    () => {
      if (look()) onChange();
    },
    (why) => log.warning(`Track file ${config.name}: ${why}; ${path} is looked at once a second`),
  );
  look();

  return {
    get config() {
      return current;
    },
    value: () => value,
    reconfigure(next) {
      current = next;
    },
    stop: () => watch.close(),
  };
}

function initialize(path: string, init: NonNullable<TrackFile['init_file']>, files: WatchedFiles, log: Log): void {
  const kind = files.kind(path);
  if (kind === 'other') {
    log.info(`Track file ${path} is not a regular file - not initialised`);
    return;
  }
  if (kind === 'regular' && !init.overwrite) return;
  try {
    files.write(path, `${init.value}\n`);
  } catch (error) {
    log.info(`Unable to initialise track file ${path} - ${errorCode(error)}`);
  }
}
