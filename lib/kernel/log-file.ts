// SPDX-License-Identifier: MIT
// A log file of one process (-g). A full or slow disk must not stop the event loop: lines are written by Node's thread pool,
// one batch after the other; what finds no room is counted and told when there is room again.

import { closeSync, constants, fstatSync, openSync, stat, write, writeSync } from 'node:fs';
import type { LogSink } from '../base/log.ts';
import { stampedLine } from './log.ts';
import type { LineFormat } from './syslog.ts';

/** Text that may wait for the disk, in characters. */
const mostWaiting = 1024 * 1024;
const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export interface LogFileOptions {
  readonly path: string;
  /** --flush-log-file: each line is with the kernel before the next statement runs, whatever the disk takes. */
  readonly flush: boolean;
}

/** Throws Error{code} when the file cannot be opened, or is no regular file. A file that was renamed away is opened anew. */
export function logFileSink({ path, flush }: LogFileOptions, format: LineFormat = stampedLine): LogSink {
  let fd = openLog(path);
  let waiting = '';
  let lost = 0;
  let writing = false;

  const take = (): string => {
    const note = lost > 0 ? `${format('warning', `${lost} log lines were lost: ${path} could not be written`)}\n` : '';
    const text = note + waiting;
    waiting = '';
    return text;
  };
  /** `before`: how many were lost when `text` was put together, so that its note is not counted. */
  const settle = (text: string, before: number, written: number) => {
    // A disk that is nearly full takes a part of it, without an error.
    if (written === Buffer.byteLength(text)) lost -= before;
    else lost += text.split('\n').length - 1 - (before > 0 ? 1 : 0);
  };
  const followRename = () => {
    stat(path, (_error, there) => {
      try {
        const here = fstatSync(fd);
        if (there && there.ino === here.ino && there.dev === here.dev) return next();
        const fresh = openLog(path);
        closeSync(fd);
        fd = fresh;
      } catch {
        // The old file still takes lines.
      }
      next();
    });
  };
  const next = () => {
    if (waiting === '') {
      writing = false;
      return;
    }
    writing = true;
    const before = lost;
    const text = take();
    write(fd, text, (error, written) => {
      settle(text, before, error ? 0 : written);
      followRename();
    });
  };
  const writeNow = () => {
    const before = lost;
    const text = take();
    if (text === '') return;
    try {
      settle(text, before, writeSync(fd, text));
    } catch {
      settle(text, before, 0);
    }
  };
  // The last lines before the end have no other turn.
  process.once('exit', writeNow);

  return (level, line) => {
    const text = `${format(level, line)}\n`;
    if (waiting.length + text.length > mostWaiting) {
      lost++;
      return;
    }
    waiting += text;
    if (flush) writeNow();
    else if (!writing) next();
  };
}

/** `/var/log/ka.log` and `vrrp` → `/var/log/ka_vrrp.log`: before the last dot of the name, else at its end. */
export function logFileOf(path: string, part: string): string {
  if (part === '') return path;
  const slash = path.lastIndexOf('/');
  const dot = path.lastIndexOf('.');
  return dot > slash ? `${path.slice(0, dot)}_${part}${path.slice(dot)}` : `${path}_${part}`;
}

function openLog(path: string): number {
  const fd = openSync(path, flags, 0o644);
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw Object.assign(new Error(`${path} is not a regular file`), { code: 'EINVAL' });
}
