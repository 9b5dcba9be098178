// SPDX-License-Identifier: MIT
// Log lines: severities as in syslog(3) and the detail flag (-D).
// Where lines go is injected: kernel/log.ts has syslog and the console, tests have an array.

/** syslog(3) priorities. keepalived writes nearly everything at LOG_INFO. */
export const severity = { alert: 1, error: 3, warning: 4, notice: 5, info: 6, debug: 7 } as const;
export type Severity = keyof typeof severity;

/** Takes one finished line, without a newline. Must not throw. */
export type LogSink = (level: Severity, line: string) => void;

export interface Log {
  alert(line: string): void;
  error(line: string): void;
  warning(line: string): void;
  notice(line: string): void;
  info(line: string): void;
  debug(line: string): void;
  /** At LOG_INFO, and only with --log-detail. */
  detail(line: string): void;
  /** At LOG_INFO, and only with --log-detail given twice. */
  extraDetail(line: string): void;
  /** 0 none, 1 with -D, 2 with -DD: to skip building a costly line. */
  readonly detailLevel: number;
}

/** A log into all sinks, in their order. A line with newlines becomes several lines, as syslog would mangle it. */
export function createLog(sinks: readonly LogSink[], detailLevel: number): Log {
  const at = (level: Severity) => (text: string) => {
    for (const line of text.split('\n')) for (const sink of sinks) sink(level, line);
  };
  const info = at('info');
  return {
    alert: at('alert'),
    error: at('error'),
    warning: at('warning'),
    notice: at('notice'),
    info,
    debug: at('debug'),
    detail: (line) => {
      if (detailLevel >= 1) info(line);
    },
    extraDetail: (line) => {
      if (detailLevel >= 2) info(line);
    },
    detailLevel,
  };
}
