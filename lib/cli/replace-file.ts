// SPDX-License-Identifier: MIT
// New content for an existing file: all of it or none, owner and rights as before, never readable by more than before.

import { closeSync, fchmodSync, fchownSync, fsyncSync, openSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';

/** Replaces what `path` holds, through symbolic links. Throws the system's error, or that it is no regular file; the old content is then still there. */
export function replaceFile(path: string, content: Uint8Array): void {
  const target = realpathSync(path);
  const info = statSync(target);
  if (!info.isFile()) throw new Error('not a regular file');
  const fresh = `${target}.ka-ts-${process.pid}`;
  const fd = openSync(fresh, 'wx', 0o600);
  try {
    try {
      writeFileSync(fd, content);
      fchownSync(fd, info.uid, info.gid);
      fchmodSync(fd, info.mode & 0o7777);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(fresh, target);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}
