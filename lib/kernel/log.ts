// The two places a log line can go: syslog through the addon (Node has no unix datagram socket), and standard error.

import { type LogSink, severity } from '../base/log.ts';
import type { NativeAddon } from '../native/surface.ts';

/** Opens syslog for this process; `facility` 0..23 as in syslog.h without the shift. */
export function syslogSink(native: Pick<NativeAddon, 'syslog' | 'syslogOpen'>, ident: string, facility: number): LogSink {
  native.syslogOpen(ident, facility);
  return (level, line) => native.syslog(severity[level], line);
}

/** `Fri Nov 20 20:42:18 2026: message`, as keepalived -n -l writes it. */
export function consoleSink(write: (text: string) => void = (text) => void process.stderr.write(text)): LogSink {
  return (_level, line) => write(`${calendarTime(new Date())}: ${line}\n`);
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
