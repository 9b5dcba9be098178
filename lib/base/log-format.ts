// SPDX-License-Identifier: MIT
// One log line as a JSON object, for `--log-format json`.

import type { Severity } from './log.ts';

/** How lines leave the daemon: keepalived's text, or an object per line. */
export type LogFormat = 'text' | 'json';

/** Who says it. */
export interface LogOrigin {
  /** `parent` or the role of a child: `vrrp`. */
  readonly process: string;
  readonly pid: number;
}

/**
 * `{"time":"2026-11-22T02:15:10.123Z","level":"info","process":"vrrp","pid":7,"instance":"VI_1","message":"…"}`; `at` is Unix
 * time in ms. keepalived starts what it says of a virtual router with its name in parentheses: that is taken out as `instance`,
 * and the message keeps its text.
 */
export function jsonLine(origin: LogOrigin, level: Severity, line: string, at: number): string {
  const named = /^\(([^()\s]+)\) /.exec(line);
  return JSON.stringify({
    time: new Date(at).toISOString(),
    level,
    process: origin.process,
    pid: origin.pid,
    ...(named ? { instance: named[1] } : {}),
    message: line,
  });
}
