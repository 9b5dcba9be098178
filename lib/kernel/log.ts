// Standard error as a place for log lines. Syslog: kernel/syslog.ts; files: kernel/log-file.ts.

import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import { errorCode } from '../base/errors.ts';
import type { LogSink } from '../base/log.ts';
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
  let waiting: Buffer[] = [];
  let lost = 0;
  let woken = false;

  const drain = () => {
    let done = 0;
    try {
      for (const text of waiting) {
        const written = writeSync(fd, text);
        if (written < text.length) {
          waiting[done] = text.subarray(written);
          break;
        }
        done++;
      }
      if (done === waiting.length && lost > 0) {
        writeSync(fd, `${lost} log lines were lost: standard error is not being read\n`);
        lost = 0;
      }
    } catch (error) {
      // Nobody will ever read again.
      if (errorCode(error) !== 'EAGAIN') done = waiting.length;
    }
    waiting = waiting.slice(done);
  };
  const wake = () => {
    woken = false;
    drain();
    rest();
  };
  const rest = () => {
    if (woken || waiting.length === 0) return;
    woken = true;
    later(wake);
  };
  process.once('exit', drain);
  return (text) => {
    if (waiting.length >= mostWaiting) {
      lost++;
      return;
    }
    waiting.push(Buffer.from(text));
    // In turn: what waits already goes first.
    if (waiting.length === 1 || !woken) drain();
    rest();
  };
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
