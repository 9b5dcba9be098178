// SPDX-License-Identifier: MIT
// Standard error as a place for log lines. Syslog: kernel/syslog.ts; files: kernel/log-file.ts.

import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import { errorCode } from '../base/errors.ts';
import type { LogSink } from '../base/log.ts';
import { createBacklog } from './backlog.ts';
import type { LineFormat } from './syslog.ts';

/** A line for a terminal or a file: `Fri Nov 20 20:42:18 2026: message`, as keepalived -n -l writes it. */
export const stampedLine: LineFormat = (_level, line) => `${calendarTime(new Date())}: ${line}`;

export function consoleSink(write: (text: string) => void = openConsole(), format: LineFormat = stampedLine): LogSink {
  return (level, line) => write(`${format(level, line)}\n`);
}

/** Lines that may wait for a reader; those beyond are counted and lost. */
const mostWaiting = 4000;
const retryAfter = 20;

/**
 * Writes to standard error without ever waiting: a terminal or pipe that nobody reads must not stop the event loop, or
 * the lease would run out and the address move. Lines that do not fit wait for room, up to 4000 of them; how many were lost
 * beyond is told when there is room again.
 */
export function openConsole(
  descriptor: number = process.stderr.fd,
  later: (wake: () => void) => void = (wake) => void setTimeout(wake, retryAfter).unref(),
): (text: string) => void {
  const fd = withoutWaiting(descriptor);
  const backlog = createBacklog<Buffer>({
    most: mostWaiting,
    send(text) {
      try {
        const written = writeSync(fd, text);
        return written < text.length ? text.subarray(written) : null;
      } catch (error) {
        // Anything else: nobody will ever read again.
        return errorCode(error) === 'EAGAIN' ? text : null;
      }
    },
    lost: (count) => Buffer.from(`${count} log lines were lost: standard error is not being read\n`),
    later,
  });
  process.once('exit', backlog.drain);
  return (text) => backlog.push(Buffer.from(text));
}

/** Opened anew, because O_NONBLOCK on the descriptor itself would change it for everybody who shares it. */
function withoutWaiting(descriptor: number): number {
  try {
    const kind = fstatSync(descriptor);
    // A file never makes us wait, and its offset is shared with whoever else writes there; a socket cannot be opened.
    if (!kind.isFIFO() && !kind.isCharacterDevice()) return descriptor;
    return openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return descriptor;
  }
}

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** strftime's %c in the C locale, local time: `Fri Nov 20 20:42:18 2026`; a one-digit day is padded with a blank. */
export function calendarTime(t: Date): string {
  const two = (n: number) => String(n).padStart(2, '0');
  const day = String(t.getDate()).padStart(2, ' ');
  const time = `${two(t.getHours())}:${two(t.getMinutes())}:${two(t.getSeconds())}`;
  return `${days[t.getDay()]} ${months[t.getMonth()]} ${day} ${time} ${t.getFullYear()}`;
}
