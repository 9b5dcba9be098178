// SPDX-License-Identifier: MIT
// The file in which operations are kept: read with suspicion, since it changes priorities; replaced as a whole; what it cannot be
// is put aside and never a reason not to start.

import { closeSync, constants, fstatSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode, errorText } from '../base/errors.ts';
import { type Overlay, overlayText, readOverlay } from '../control/core/overlay.ts';
import type { Log } from '../ports/log.ts';

/** More is no list of operations. */
const mostBytes = 1_048_576;

/** What the file says; null: there is none. `uid`: whom we run as, and whose file it may be beside root's. */
export function readOperations(file: string, uid: number, log: Log): Overlay | null {
  let descriptor: number;
  try {
    // A pipe without a writer would keep us waiting, and a link leads who knows where.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    log.error(
      errorCode(error) === 'ELOOP'
        ? `${file} is a symbolic link, and operations are kept in a file of root's: nothing in it is in force`
        : `Unable to read ${file} - ${errorText(error)}: operations kept there are not in force`,
    );
    return [];
  }
  try {
    const stat = fstatSync(descriptor);
    const problem = !stat.isFile()
      ? 'it is no file'
      : stat.size > mostBytes
        ? `it has ${stat.size} bytes, and ${mostBytes} are the most`
        : stat.uid !== 0 && stat.uid !== uid
          ? `it belongs to uid ${stat.uid}, not to root`
          : (stat.mode & 0o022) !== 0
            ? `others may write it (mode ${(stat.mode & 0o7777).toString(8)}, expected 600)`
            : null;
    const read = problem === null ? readOverlay(readFileSync(descriptor, 'utf8')) : { wrong: problem };
    if (!('wrong' in read)) return read.overlay;
    putAside(file, read.wrong, log);
  } catch (error) {
    log.error(`Unable to read ${file} - ${errorText(error)}: operations kept there are not in force`);
  } finally {
    closeSync(descriptor);
  }
  return [];
}

function putAside(file: string, why: string, log: Log): void {
  const aside = `${file}.bad`;
  let where: string;
  try {
    renameSync(file, aside);
    where = `it is now ${aside}`;
  } catch (error) {
    where = `it cannot be moved to ${aside}: ${errorText(error)}`;
  }
  log.error(`${file} cannot be used: ${why}. ${where}; operations kept there are not in force, give them anew`);
}

/** On the disk when this returns; without operations there is no file. Throws Error{code}. */
export function writeOperations(file: string, overlay: Overlay): void {
  if (overlay.length === 0) {
    rmSync(file, { force: true });
    return;
  }
  const fresh = `${file}.new`;
  rmSync(fresh, { force: true });
  const descriptor = openSync(fresh, 'wx', 0o600);
  try {
    writeFileSync(descriptor, overlayText(overlay));
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(fresh, file);
}

/** Why operations could not be kept there; null: nothing speaks against it. */
export function placeObjection(file: string): string | null {
  const directory = dirname(file);
  try {
    return statSync(directory).isDirectory() ? null : `${directory} is no directory`;
  } catch (error) {
    return `${directory}: ${errorText(error)}`;
  }
}
