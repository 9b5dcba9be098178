// SPDX-License-Identifier: MIT
// A log that can wait: a line costs 30 to 150 µs of system calls, which must not lie between an advert and the addresses
// and announcements that follow it.

import type { Log } from './log.ts';

export interface HeldLog extends Log {
  /** From now on lines wait. May be called again. */
  hold(): void;
  /** Writes the lines that wait, in their order, and those to come at once. Without effect when nothing is held. */
  release(): void;
}

/** Passes every line on to `log`: at once, or when it is released. */
export function createHeldLog(log: Log): HeldLog {
  let holding = false;
  let waiting: (() => void)[] = [];
  const passed =
    (write: (line: string) => void) =>
    (line: string): void => {
      if (holding) waiting.push(() => write(line));
      else write(line);
    };
  return {
    alert: passed(log.alert),
    error: passed(log.error),
    warning: passed(log.warning),
    notice: passed(log.notice),
    info: passed(log.info),
    debug: passed(log.debug),
    detail: passed(log.detail),
    extraDetail: passed(log.extraDetail),
    detailLevel: log.detailLevel,
    hold: () => {
      holding = true;
    },
    release: () => {
      holding = false;
      const lines = waiting;
      waiting = [];
      for (const write of lines) write();
    },
  };
}
