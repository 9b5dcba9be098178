// SPDX-License-Identifier: MIT
// Files over node:fs and the addon's open-file-description lock, which belongs to the open file and so does not vanish
// when some other descriptor of the same file is closed (fcntl(2)).

import { closeSync, constants, fchmodSync, fstatSync, ftruncateSync, lstatSync, openSync, rmSync, writeSync } from 'node:fs';
import type { NativeAddon } from '../native/surface.ts';
import type { Files, LockedFile } from '../ports/files.ts';

/** How often a path may change under us between open and lock before we give up. */
const attempts = 10;

export function createFiles(native: Pick<NativeAddon, 'lockFile'>): Files {
  return {
    remove: (path) => rmSync(path, { force: true }),
    lock(path) {
      for (let i = 0; i < attempts; i++) {
        const fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK, 0o644);
        try {
          if (!fstatSync(fd).isFile()) throw Object.assign(new Error(`${path} is not a regular file`), { code: 'EINVAL' });
          if (!native.lockFile(fd)) {
            closeSync(fd);
            return 'locked';
          }
          // Its last holder may have unlinked it between our open and our lock: then we hold nothing that others can see.
          if (!isSameFile(fd, path)) {
            closeSync(fd);
            continue;
          }
          fchmodSync(fd, 0o644);
          return lockedFile(fd, path);
        } catch (error) {
          closeSync(fd);
          throw error;
        }
      }
      throw Object.assign(new Error(`${path} is being replaced all the time`), { code: 'EBUSY' });
    },
  };
}

function lockedFile(fd: number, path: string): LockedFile {
  let open = true;
  const release = () => {
    if (open) closeSync(fd);
    open = false;
  };
  return {
    write(text) {
      ftruncateSync(fd, 0);
      writeSync(fd, text, 0);
    },
    remove() {
      // Unlinked before unlocked, so that a successor never locks a file that is about to vanish.
      if (open && isSameFile(fd, path)) rmSync(path, { force: true });
      release();
    },
    release,
  };
}

function isSameFile(fd: number, path: string): boolean {
  const here = fstatSync(fd);
  const there = lstatSync(path, { throwIfNoEntry: false });
  return there !== undefined && there.ino === here.ino && there.dev === here.dev;
}
