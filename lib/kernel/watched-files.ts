// SPDX-License-Identifier: MIT
// Watched files over inotify: the directory is watched, so that a file may be replaced by renaming. Where a directory cannot be
// watched, the file is looked at once a second.

import { closeSync, constants, fstatSync, openSync, readSync, realpathSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { errorCode } from '../base/errors.ts';
import { seconds } from '../base/time.ts';
import type { DirectoryWatcher, NativeAddon } from '../native/surface.ts';
import type { Cancel, Clock } from '../ports/clock.ts';
import { FILE_LIMIT, type FileWatch, type WatchedFiles } from '../ports/watched-files.ts';

const POLL = seconds(1);
/** Magic numbers of file systems whose files change without inotify: proc, sysfs, cgroup, cgroup2, nfs, smb, cifs, smb2, fuse, 9p, ceph. */
const silent = new Set([
  0x9fa0, 0x62656572, 0x27e0eb, 0x63677270, 0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x65735546, 0x01021997, 0x00c36400,
]);

interface Watched {
  readonly path: string;
  readonly onChange: () => void;
  readonly onTrouble: (why: string) => void;
  /** Numbers of the watched directories. */
  watches: number[];
  /** The path goes through a symbolic link: any change in its directories may be one. */
  viaLink: boolean;
  inTrouble: boolean;
  cancel: Cancel;
}

export function createWatchedFiles(native: Pick<NativeAddon, 'watchDirectories'>, clock: Clock): WatchedFiles {
  const all = new Set<Watched>();
  let watcher: DirectoryWatcher | null = null;

  const changed = (one: Watched): void => {
    // A link or a directory on the way may lead elsewhere now.
    arm(one);
    one.onChange();
  };

  const arm = (one: Watched): void => {
    const before = one.watches;
    try {
      const real = resolved(one.path);
      const directories = new Set([dirname(one.path), ...(real === null ? [] : [dirname(real)])]);
      for (const directory of directories) {
        if (silent.has(statfsSync(directory).type)) throw Object.assign(new Error(), { code: 'its file system reports no changes' });
      }
      watcher ??= native.watchDirectories(onEvents);
      one.watches = [...directories].map((directory) => (watcher as DirectoryWatcher).add(directory));
      one.viaLink = real !== null && real !== one.path;
      one.inTrouble = false;
    } catch (error) {
      one.watches = [];
      if (!one.inTrouble) one.onTrouble(`its directory cannot be watched (${errorCode(error)})`);
      one.inTrouble = true;
      one.cancel();
      one.cancel = clock.after(POLL, () => changed(one));
    }
    forget(before);
  };

  /** Several files may share a directory. */
  const forget = (watches: readonly number[]): void => {
    for (const watch of watches) if (![...all].some((w) => w.watches.includes(watch))) watcher?.remove(watch);
  };

  const onEvents: Parameters<NativeAddon['watchDirectories']>[0] = (events) => {
    const hit = new Set<Watched>();
    for (const { watch, change, name } of events) {
      for (const one of all) {
        const isOurs = one.watches.includes(watch) && (change === 'gone' || one.viaLink || name === basename(one.path));
        if (change === 'lost' || isOurs) hit.add(one);
      }
    }
    for (const one of hit) if (all.has(one)) changed(one);
  };

  return {
    read: readStart,
    kind(path) {
      try {
        return statSync(path).isFile() ? 'regular' : 'other';
      } catch {
        return 'missing';
      }
    },
    write: (path, text) => writeFileSync(path, text),
    watch(path, onChange, onTrouble): FileWatch {
      const one: Watched = { path, onChange, onTrouble, watches: [], viaLink: false, inTrouble: false, cancel: () => {} };
      all.add(one);
      arm(one);
      return {
        close() {
          one.cancel();
          if (!all.delete(one)) return;
          forget(one.watches);
          if (all.size > 0) return;
          watcher?.close();
          watcher = null;
        },
      };
    },
  };
}

/** null: a part of the path is missing. */
function resolved(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

function readStart(path: string): string | null {
  let fd: number;
  try {
    // Without waiting: a pipe has no number for us.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return null;
  }
  try {
    if (!fstatSync(fd).isFile()) return null;
    const bytes = Buffer.alloc(FILE_LIMIT);
    return bytes.toString('latin1', 0, readSync(fd, bytes, 0, FILE_LIMIT, 0));
  } catch {
    return null;
  } finally {
    closeSync(fd);
  }
}
