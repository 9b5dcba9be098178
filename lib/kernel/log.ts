// Standard error as a place for log lines. Syslog: kernel/syslog.ts; files: kernel/log-file.ts.

import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import type { LogSink } from '../base/log.ts';
import type { LineFormat } from './syslog.ts';

/** A line for a terminal or a file: `Fri Nov 20 20:42:18 2026: message`, as keepalived -n -l writes it. */
export const stampedLine: LineFormat = (_level, line) => `${calendarTime(new Date())}: ${line}`;

export function consoleSink(write: (text: string) => void = openConsole(), format: LineFormat = stampedLine): LogSink {
  return (level, line) => write(`${format(level, line)}\n`);
}

/**
 * Writes to standard error without ever waiting: a terminal or pipe that nobody reads must not stop the event loop, or
 * the lease would run out and the address move. Lines that do not fit are lost, and how many is told when there is room.
 */
export function openConsole(descriptor: number = process.stderr.fd): (text: string) => void {
  const fd = withoutWaiting(descriptor);
  let lost = 0;
  return (text) => {
    const note = lost > 0 ? `${lost} log lines were lost: standard error is not being read\n` : '';
    try {
      writeSync(fd, note + text);
      lost = 0;
    } catch {
      lost++;
    }
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
