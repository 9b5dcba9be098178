// SPDX-License-Identifier: MIT
// The system log through the addon (Node has no unix datagram socket). syslog(3) waits for a slow reader; here lines
// wait instead, up to a limit, and the event loop goes on.

import { type LogSink, type Severity, severity } from '../base/log.ts';
import type { NativeAddon } from '../native/surface.ts';
import { createBacklog } from './backlog.ts';

/** Lines that may wait for the log daemon; those beyond are counted and lost. */
const mostWaiting = 2000;
const retryMs = 200;

interface Waiting {
  readonly priority: number;
  readonly text: string;
  readonly epoch: number;
}

/** The text of a line as it goes out. */
export type LineFormat = (level: Severity, line: string) => string;

/** Timers and clock of the process, or a test's. Times in ms since 1970. */
export interface SyslogClock {
  now(): number;
  later(ms: number, wake: () => void): void;
}

const real: SyslogClock = {
  now: Date.now,
  // Waiting lines are no reason to live on.
  later: (ms, wake) => void setTimeout(wake, ms).unref(),
};

export interface Sender {
  readonly ident: string;
  /** 0..23 as in syslog.h without the shift. */
  readonly facility: number;
  /** Lines that find no log daemon go to the system console (LOG_CONS). */
  readonly toConsole: boolean;
}

/** `format` makes the text of a line. One sink per process. */
export function syslogSink(
  native: Pick<NativeAddon, 'syslog' | 'syslogOpen'>,
  { ident, facility, toConsole }: Sender,
  format: LineFormat = (_level, line) => line,
  clock: SyslogClock = real,
): LogSink {
  native.syslogOpen(ident, facility, toConsole);
  const epoch = () => Math.floor(clock.now() / 1000);
  const backlog = createBacklog<Waiting>({
    most: mostWaiting,
    send: (line) => (native.syslog(line.priority, line.text, line.epoch) ? null : line),
    lost: (count) => ({
      priority: severity.warning,
      text: format('warning', `${count} log lines were lost: syslog does not take them`),
      epoch: epoch(),
    }),
    later: (wake) => clock.later(retryMs, wake),
  });
  return (level, line) => backlog.push({ priority: severity[level], text: format(level, line), epoch: epoch() });
}
