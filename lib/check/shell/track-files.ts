// SPDX-License-Identifier: MIT
// The numbers in tracked files, for FILE_CHECK: each file is followed once, whoever asks for it.

import type { Config } from '../../config/model.ts';
import type { Log } from '../../ports/log.ts';
import type { WatchedFiles } from '../../ports/watched-files.ts';
import { type FileTracker, startFileTracker } from '../../track/trackers/file.ts';

export interface FileStates {
  /** Follows the files that checks of this configuration name; those that stay keep their numbers. */
  apply(config: Config): void;
  /** 0 for a name that is not followed. */
  value(name: string): number;
  /** Called with each other number; the function that it returns ends that. */
  listen(name: string, onValue: (value: number) => void): () => void;
  stop(): void;
}

/** `starting`: the daemon starts, so files are written first where the configuration asks for it. */
export function createFileStates(files: WatchedFiles, log: Log, starting: boolean): FileStates {
  const trackers = new Map<string, FileTracker>();
  const listeners = new Map<string, Set<(value: number) => void>>();
  let first = starting;

  return {
    apply(config) {
      const named = new Set(
        config.virtual_server.flatMap((vs) =>
          vs.real_server.flatMap((rs) => rs.checkers.flatMap((c) => (c.kind === 'FILE_CHECK' ? c.track_file : []))),
        ),
      );
      const wanted = new Map(config.track_file.filter((f) => named.has(f.name)).map((f) => [f.name, f]));
      for (const [name, tracker] of trackers) {
        if (wanted.get(name)?.file === tracker.config.file) continue;
        tracker.stop();
        trackers.delete(name);
      }
      for (const [name, file] of wanted) {
        if (trackers.has(name)) continue;
        const tracker = startFileTracker(file, first, {
          files,
          log,
          onChange() {
            for (const tell of listeners.get(name) ?? []) tell(tracker.value());
          },
        });
        trackers.set(name, tracker);
      }
      first = false;
    },
    value: (name) => trackers.get(name)?.value() ?? 0,
    listen(name, onValue) {
      const known = listeners.get(name) ?? new Set();
      listeners.set(name, known.add(onValue));
      return () => void known.delete(onValue);
    },
    stop() {
      for (const tracker of trackers.values()) tracker.stop();
      trackers.clear();
    },
  };
}
