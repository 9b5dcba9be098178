// SPDX-License-Identifier: MIT
// What goes into loadConfig (load.ts) and what comes out.

import type { RunAs, ScriptCheck, ScriptChecks } from '../ports/script-checks.ts';
import type { Config } from './model.ts';
import type { Finding } from './report.ts';

/** An interface of the system, as far as a configuration is checked against it. */
export interface InterfaceInfo {
  readonly name: string;
  readonly mtu: number;
  readonly loopback: boolean;
  readonly multicast: boolean;
}

export interface LoadOptions {
  /** `-f`: a path or shell pattern, relative to the working directory. */
  readonly file: string;
  /** `-i`, or the host name up to its first dot: what `@ID` lines are compared with. */
  readonly configId: string;
  /** `-e`: every include must match. */
  readonly allIncludes?: boolean;
  /** For `${_ENV NAME}`; none when absent. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** For `${_RANDOM}`: any 32-bit number, 0 when absent. Children get the parent's, so that all processes read the same text. */
  readonly seed?: number;
  /** Trailing junk after a number is a warning, as at a start of keepalived (default); a configuration test refuses it. */
  readonly lenient?: boolean;
  /** Read on behind a missing parameter, where keepalived ends at once. */
  readonly goOn?: boolean;
  /** Only the findings count, as in a configuration test: the configuration is not frozen, which takes a tenth of the time. */
  readonly discarded?: boolean;
  /** Absent: interface names are not looked up. */
  readonly interfaces?: readonly InterfaceInfo[];
  /** Absent: scripts and users are not looked up, `path` and `run_as` stay null. */
  readonly scripts?: ScriptChecks;
}

/** Everything a build asked of the system, as plain JSON: loadSnapshot() builds the same Config from it, anywhere. */
export interface ConfigSnapshot {
  readonly version: 1;
  readonly options: {
    readonly file: string;
    readonly configId: string;
    readonly allIncludes: boolean;
    readonly lenient: boolean;
    readonly env: Readonly<Record<string, string>>;
    readonly seed: number;
    readonly interfaces: readonly InterfaceInfo[] | null;
  };
  readonly directory: string;
  /** Absolute path → text, or the fault. */
  readonly files: Readonly<Record<string, { readonly text: string } | { readonly fault: string }>>;
  /** `directory`, a zero byte and the pattern → matches. */
  readonly globs: Readonly<Record<string, readonly string[]>>;
  /** Absolute paths of files with secrets that others may read. */
  readonly exposed: readonly string[];
  /** null: no script was looked up. */
  readonly scripts: {
    readonly self: RunAs;
    readonly identities: Readonly<Record<string, RunAs | null>>;
    readonly checks: Readonly<Record<string, ScriptCheck>>;
  } | null;
}

export interface Loaded {
  /** null: the daemon must not run (or go on) with this; `startStatus` says with which status it ends. */
  readonly config: Config | null;
  /** In reading order, then those of the cross-checks. */
  readonly findings: readonly Finding[];
  /** Exit status of `-t`: 0, 2, 4, 5 or 6. */
  readonly testStatus: number;
  /** Exit status of a normal start: 0 run, 2 refused, 6 no configuration file. */
  readonly startStatus: 0 | 2 | 6;
  /** Display names of the files read, in order; the parent logs `Opening file '%s'.` for each. */
  readonly filesRead: readonly string[];
  /** Text of one line (from 1) of a file named in a finding; null when unknown. */
  readonly sourceLine: (file: string, line: number) => string | null;
  /** Absolute path of a file named in a finding; null when unknown. */
  readonly pathOf: (file: string) => string | null;
  readonly snapshot: ConfigSnapshot;
}
