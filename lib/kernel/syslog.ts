// The system log through the addon (Node has no unix datagram socket). syslog(3) waits for a slow reader; here lines
// wait instead, up to a limit, and the event loop goes on.

import { type LogSink, type Severity, severity } from '../base/log.ts';
import type { NativeAddon } from '../native/surface.ts';

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

/** `facility` 0..23 as in syslog.h without the shift; `format` makes the text of a line. One sink per process. */
export function syslogSink(
  native: Pick<NativeAddon, 'syslog' | 'syslogOpen'>,
  ident: string,
  facility: number,
  format: LineFormat = (_level, line) => line,
  clock: SyslogClock = real,
): LogSink {
  native.syslogOpen(ident, facility);
  const waiting: Waiting[] = [];
  let lost = 0;
  let armed = false;

  const drain = () => {
    armed = false;
    for (let next = waiting[0]; next; next = waiting[0]) {
      if (!native.syslog(next.priority, next.text, next.epoch)) return arm();
      waiting.shift();
    }
    if (lost === 0) return;
    const note = `${lost} log lines were lost: syslog does not take them`;
    if (native.syslog(severity.warning, format('warning', note), Math.floor(clock.now() / 1000))) lost = 0;
    else arm();
  };
  const arm = () => {
    if (armed) return;
    armed = true;
    clock.later(retryMs, drain);
  };

  return (level, line) => {
    const one = { priority: severity[level], text: format(level, line), epoch: Math.floor(clock.now() / 1000) };
    // In their order: nothing overtakes a line that waits.
    if (waiting.length === 0 && lost === 0 && native.syslog(one.priority, one.text, one.epoch)) return;
    if (waiting.length < mostWaiting) waiting.push(one);
    else lost++;
    arm();
  };
}
