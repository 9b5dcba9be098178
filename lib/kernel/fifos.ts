// SPDX-License-Identifier: MIT
// Fifos over node:fs; the addon makes them.

import { closeSync, constants, fchownSync, fstatSync, lstatSync, openSync, rmSync, type Stats, writeSync } from 'node:fs';
import { errorCode } from '../base/errors.ts';
import type { NativeAddon } from '../native/surface.ts';
import type { Fifos, OpenFifo } from '../ports/fifos.ts';

export function createFifos(native: Pick<NativeAddon, 'makeFifo'>): Fifos {
  return {
    open(path, owner) {
      const made = make(native, path);
      const fd = openForWriting(path);
      try {
        const info = fstatSync(fd);
        if (!info.isFIFO() || (info.uid !== process.geteuid?.() && info.uid !== owner?.uid)) {
          closeSync(fd);
          return 'foreign';
        }
        if (made && owner) fchownSync(fd, owner.uid, owner.gid);
        return openFifo(fd, path, made, info);
      } catch (error) {
        closeSync(fd);
        if (made) rmSync(path, { force: true });
        throw error;
      }
    },
  };
}

/** false: there is something of that name. */
function make(native: Pick<NativeAddon, 'makeFifo'>, path: string): boolean {
  try {
    native.makeFifo(path, 0o644);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Read-write: a write without a reader neither fails nor waits (fifo(7)). */
function openForWriting(path: string): number {
  return openSync(path, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOFOLLOW);
}

function openFifo(opened: number, path: string, made: boolean, first: Stats): OpenFifo {
  let open = true;
  let fd = opened;
  let info = first;
  /** Another process of ours has made the FIFO, and makes it anew at its own reload: readers are at the new one then. */
  const follow = () => {
    const there = lstatSync(path, { throwIfNoEntry: false });
    if (!there?.isFIFO() || (there.ino === info.ino && there.dev === info.dev) || there.uid !== info.uid) return;
    const next = openForWriting(path);
    closeSync(fd);
    fd = next;
    info = fstatSync(fd);
  };
  return {
    made,
    write(bytes) {
      if (!open) throw Object.assign(new Error(`${path} is closed`), { code: 'EBADF' });
      try {
        if (!made) follow();
        return writeSync(fd, bytes);
      } catch (error) {
        if (errorCode(error) === 'EAGAIN') return 0;
        throw error;
      }
    },
    close() {
      if (!open) return;
      open = false;
      const there = made ? lstatSync(path, { throwIfNoEntry: false }) : undefined;
      if (there && there.ino === info.ino && there.dev === info.dev) rmSync(path, { force: true });
      closeSync(fd);
    },
  };
}
