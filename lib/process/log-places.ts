// SPDX-License-Identifier: MIT
// Where the log lines of one process go, by the daemon's options.

import { errorText } from '../base/errors.ts';
import { createLog, type Log, type LogSink } from '../base/log.ts';
import { jsonLine, type LogFormat } from '../base/log-format.ts';
import { consoleSink, openConsole, stampedLine } from '../kernel/log.ts';
import { logFileOf, logFileSink } from '../kernel/log-file.ts';
import { type LineFormat, type Sender, syslogSink } from '../kernel/syslog.ts';
import type { NativeAddon } from '../native/surface.ts';

export interface LogSettings {
  readonly syslog: boolean;
  /** syslog facility 0..23. */
  readonly facility: number;
  /** Also to standard error. */
  readonly console: boolean;
  /** To the system console what finds no log daemon (-l, with or without -n). */
  readonly systemConsole: boolean;
  /** 0, 1 with -D, 2 with -DD. */
  readonly detailLevel: number;
  /** -g, as given; each process puts its own part into the name. */
  readonly file: string | null;
  /** --flush-log-file */
  readonly flush: boolean;
  readonly format: LogFormat;
  /** Appended to the syslog name: `_NAMESPACE_INSTANCE`, whichever there are. */
  readonly identSuffix: string;
}

/** One process of the daemon as its log names it. */
export interface LogProcess {
  /** syslog name without suffix: `Keepalived_vrrp`. */
  readonly ident: string;
  /** As in JSON lines: `vrrp`. */
  readonly name: string;
  /** What the name of its log file has before the last dot, '' for nothing. */
  readonly filePart: string;
}

/** What lines go to before anything is known: standard error. */
export function earlyLog(): Log {
  return createLog([consoleSink()], 0);
}

/** A file that cannot be opened is said in the other places, and left out. */
export function createProcessLog(settings: LogSettings, process_: LogProcess, native: NativeAddon): Log {
  const json: LineFormat = (level, line) => jsonLine({ process: process_.name, pid: process.pid }, level, line, Date.now());
  const stamped = settings.format === 'json' ? json : stampedLine;
  const sinks: LogSink[] = [];
  if (settings.syslog) {
    const plain: LineFormat = settings.format === 'json' ? json : (_level, line) => line;
    sinks.push(syslogSink(native, syslogSender(settings, process_.ident), plain));
  }
  if (settings.console) sinks.push(consoleSink(openConsole(), stamped));
  const complaint = addFile(sinks, settings, process_, stamped);
  const log = createLog(sinks, settings.detailLevel);
  if (complaint !== null) log.error(complaint);
  return log;
}

export function syslogSender(settings: LogSettings, ident: string): Sender {
  return { ident: `${ident}${settings.identSuffix}`, facility: settings.facility, toConsole: settings.systemConsole };
}

function addFile(sinks: LogSink[], settings: LogSettings, process_: LogProcess, format: LineFormat): string | null {
  if (settings.file === null) return null;
  const path = logFileOf(settings.file, process_.filePart);
  try {
    sinks.push(logFileSink({ path, flush: settings.flush }, format));
    return null;
  } catch (error) {
    return `Unable to open log file ${path} - ${errorText(error)}`;
  }
}
