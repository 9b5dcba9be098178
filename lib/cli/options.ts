// SPDX-License-Identifier: MIT
// keepalived's command line as data: one row per option (reference/cli-and-process.md section 1). getopt.ts decides what
// is an option and what its value; the rows are applied in the order given. usage.ts prints them.

import type { LogFormat } from '../base/log-format.ts';
import { type Normalised, normalise, type OptionShape } from './getopt.ts';

export interface DaemonOptions {
  readonly configFile: string | null;
  readonly runVrrp: boolean;
  readonly runCheckers: boolean;
  readonly runBfd: boolean;
  /** --all: also children without configuration. */
  readonly runAll: boolean;
  readonly logConsole: boolean;
  /** How often -D was given, at most 2. */
  readonly logDetail: 0 | 1 | 2;
  /** syslog facility 0..23; 3 is daemon. */
  readonly logFacility: number;
  readonly syslog: boolean;
  /** null: as configured, else 0177. */
  readonly umask: number | null;
  readonly releaseVips: boolean;
  readonly keepVrrpAtStop: boolean;
  readonly keepIpvsAtStop: boolean;
  readonly respawn: boolean;
  readonly fork: boolean;
  readonly dumpConfig: boolean;
  readonly pidFile: string | null;
  readonly vrrpPidFile: string | null;
  readonly checkersPidFile: string | null;
  readonly bfdPidFile: string | null;
  readonly monitorAddresses: boolean;
  readonly strictIncludes: boolean;
  readonly configId: string | null;
  readonly snmp: boolean;
  readonly snmpSocket: string | null;
  readonly coreDump: boolean;
  readonly coreDumpPattern: string | null;
  readonly ignoreSigint: boolean;
  /** Wins over net_namespace. */
  readonly namespace: string | null;
  /** -g */
  readonly logFile: string | null;
  readonly flushLogFile: boolean;
  readonly logFormat: LogFormat;
}

export type CommandLine =
  | { readonly kind: 'run'; readonly options: DaemonOptions; readonly remarks: Remarks }
  | { readonly kind: 'config-test'; readonly options: DaemonOptions; readonly logFile: string | null; readonly remarks: Remarks }
  | { readonly kind: 'version' }
  | { readonly kind: 'help' }
  /** --signum: print this number. */
  | { readonly kind: 'signum'; readonly signal: number }
  | { readonly kind: 'genhash'; readonly args: readonly string[] }
  /** Exit status 1. */
  | { readonly kind: 'error'; readonly text: string };

/** Things to say before going on. */
export interface Remarks {
  /** Lines for standard error. */
  readonly warnings: readonly string[];
  /** Words that are no options; keepalived names them on standard output and ignores them. */
  readonly operands: readonly string[];
}

type Outcome = Partial<DaemonOptions> | { readonly done: CommandLine } | { readonly warning: string };

export interface OptionRow extends OptionShape {
  readonly metavar?: string;
  readonly help: string;
  /** Called left to right; `value` is '' when an optional one is absent. */
  readonly apply: (value: string, before: DaemonOptions) => Outcome;
}

export const rows: readonly OptionRow[] = [
  {
    short: 'f',
    long: 'use-file',
    value: 'required',
    metavar: 'FILE',
    help: 'configuration file; may be a glob',
    apply: (v) => ({ configFile: v }),
  },
  { short: 'P', long: 'vrrp', value: 'none', help: 'no health checkers', apply: () => ({ runCheckers: false }) },
  { short: 'C', long: 'check', value: 'none', help: 'no VRRP', apply: () => ({ runVrrp: false }) },
  { short: 'B', long: 'no_bfd', value: 'none', help: 'no BFD', apply: () => ({ runBfd: false }) },
  {
    long: 'all',
    value: 'none',
    help: 'run every child process even without configuration',
    apply: () => ({ runVrrp: true, runCheckers: true, runBfd: true, runAll: true }),
  },
  { short: 'l', long: 'log-console', value: 'none', help: 'with -n: log to standard error too', apply: () => ({ logConsole: true }) },
  {
    short: 'D',
    long: 'log-detail',
    value: 'none',
    help: 'detailed log; twice for more',
    apply: (_v, before) => ({ logDetail: before.logDetail === 0 ? 1 : 2 }),
  },
  {
    short: 'S',
    long: 'log-facility',
    value: 'required',
    metavar: 'FACILITY',
    help: '0-7, local0-local7, user or daemon',
    apply(v) {
      const logFacility = parseFacility(v);
      return logFacility === null ? { warning: `Invalid log facility '${v}'` } : { logFacility };
    },
  },
  {
    short: 'g',
    long: 'log-file',
    value: 'optional',
    metavar: 'FILE',
    help: 'log to FILE too (default /tmp/keepalived.log), the VRRP process to one with _vrrp in its name',
    apply: (v) => ({ logFile: v || '/tmp/keepalived.log' }),
  },
  { long: 'flush-log-file', value: 'none', help: 'write each line of the log file at once', apply: () => ({ flushLogFile: true }) },
  {
    long: 'log-format',
    value: 'required',
    metavar: 'FORMAT',
    help: 'text, or json: one object per line (not in keepalived)',
    apply: (v) => (v === 'text' || v === 'json' ? { logFormat: v } : { done: { kind: 'error', text: `Invalid log format '${v}'` } }),
  },
  { short: 'G', long: 'no-syslog', value: 'none', help: 'no syslog', apply: () => ({ syslog: false }) },
  {
    short: 'u',
    long: 'umask',
    value: 'required',
    metavar: 'MASK',
    help: 'file creation mask (default 0177)',
    apply(v) {
      const umask = parseCNumber(v);
      return umask === null || umask > 0o777 ? { warning: `Invalid --umask option ${v}` } : { umask };
    },
  },
  {
    short: 'X',
    long: 'release-vips',
    value: 'none',
    help: 'leaving master, also remove addresses not recorded as ours',
    apply: () => ({ releaseVips: true }),
  },
  {
    short: 'V',
    long: 'dont-release-vrrp',
    value: 'none',
    help: 'at stop leave virtual addresses in place',
    apply: () => ({ keepVrrpAtStop: true }),
  },
  {
    short: 'I',
    long: 'dont-release-ipvs',
    value: 'none',
    help: 'at stop leave IPVS in place',
    apply: () => ({ keepIpvsAtStop: true }),
  },
  {
    short: 'R',
    long: 'dont-respawn',
    value: 'none',
    help: 'end everything when a child process dies',
    apply: () => ({ respawn: false }),
  },
  { short: 'n', long: 'dont-fork', value: 'none', help: 'stay in the foreground', apply: () => ({ fork: false }) },
  {
    short: 'd',
    long: 'dump-conf',
    value: 'none',
    help: 'log the configuration after loading',
    apply: () => ({ dumpConfig: true }),
  },
  {
    short: 'p',
    long: 'pid',
    value: 'required',
    metavar: 'FILE',
    help: 'pid file (default /run/keepalived.pid)',
    apply: (v) => ({ pidFile: v }),
  },
  {
    short: 'r',
    long: 'vrrp_pid',
    value: 'required',
    metavar: 'FILE',
    help: 'pid file of VRRP (default /run/vrrp.pid)',
    apply: (v) => ({ vrrpPidFile: v }),
  },
  {
    short: 'c',
    long: 'checkers_pid',
    value: 'required',
    metavar: 'FILE',
    help: 'pid file of the checkers (default /run/checkers.pid)',
    apply: (v) => ({ checkersPidFile: v }),
  },
  {
    short: 'b',
    long: 'bfd_pid',
    value: 'required',
    metavar: 'FILE',
    help: 'pid file of BFD (default /run/bfd.pid)',
    apply: (v) => ({ bfdPidFile: v }),
  },
  {
    short: 'a',
    long: 'address-monitoring',
    value: 'none',
    help: 'log every address added or removed',
    apply: () => ({ monitorAddresses: true }),
  },
  {
    short: 's',
    long: 'namespace',
    value: 'required',
    metavar: 'NAME',
    help: 'run in this network namespace',
    apply: (v) => ({ namespace: v }),
  },
  {
    short: 'e',
    long: 'all-config',
    value: 'none',
    help: 'every include must match a file',
    apply: () => ({ strictIncludes: true }),
  },
  {
    short: 'i',
    long: 'config-id',
    value: 'required',
    metavar: 'ID',
    help: 'identity for @ID lines (default: host name up to the first dot)',
    apply: (v) => ({ configId: v }),
  },
  { short: 'x', long: 'snmp', value: 'none', help: 'show all MIBs over SNMP', apply: () => ({ snmp: true }) },
  {
    short: 'A',
    long: 'snmp-agent-socket',
    value: 'required',
    metavar: 'SOCKET',
    help: 'where the SNMP master agent listens',
    apply: (v) => ({ snmpSocket: v }),
  },
  {
    short: 'm',
    long: 'core-dump',
    value: 'none',
    help: 'allow core dumps',
    apply: () => ({ coreDump: true }),
  },
  {
    short: 'M',
    long: 'core-dump-pattern',
    value: 'optional',
    metavar: 'PATTERN',
    help: 'set the core pattern too',
    apply: (v) => ({ coreDump: true, coreDumpPattern: v || 'core' }),
  },
  {
    long: 'signum',
    value: 'required',
    metavar: 'NAME',
    help: 'print the number of signal STOP, RELOAD, DATA, STATS, STATS_CLEAR or JSON',
    apply(v) {
      const signal = signalNumbers.get(v);
      return { done: signal === undefined ? { kind: 'error', text: `Unknown sigfunc ${v}` } : { kind: 'signum', signal } };
    },
  },
  {
    short: 't',
    long: 'config-test',
    value: 'optional',
    metavar: 'FILE',
    help: 'test the configuration; errors to FILE',
    apply: () => ({}),
  },
  // keepalived's way to hand a configuration to the process that tests it; ours reads the files itself.
  { long: 'config-fd', value: 'required', metavar: 'N', help: 'internal', apply: () => ({}) },
  { long: 'ignore-sigint', value: 'none', help: 'ignore SIGINT', apply: () => ({ ignoreSigint: true }) },
  { short: 'T', long: 'genhash', value: 'none', last: true, help: 'be the genhash utility', apply: () => ({}) },
  { short: 'v', long: 'version', value: 'none', help: 'version, to standard error', apply: () => ({ done: { kind: 'version' } }) },
  { short: 'h', long: 'help', value: 'none', help: 'this text, to standard error', apply: () => ({ done: { kind: 'help' } }) },
];

/** glibc: SIGRTMIN is 34, SIGRTMAX 64. */
const signalNumbers: ReadonlyMap<string, number> = new Map([
  ['STOP', 15],
  ['RELOAD', 1],
  ['DATA', 10],
  ['STATS', 12],
  ['STATS_CLEAR', 63],
  ['JSON', 36],
]);

const byName: ReadonlyMap<string, OptionRow> = new Map(rows.map((row) => [`--${row.long}`, row]));

/** `argv` without interpreter and program. Never throws. */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const line = normalise(argv, rows);
  let options = defaults();
  const warnings: string[] = [];
  let done: CommandLine | null = null;
  let test: { logFile: string | null } | null = null;

  for (const word of line.words) {
    const cut = word.indexOf('=');
    const value = cut < 0 ? '' : word.slice(cut + 1);
    const row = byName.get(cut < 0 ? word : word.slice(0, cut));
    if (!row) continue;
    if (row.long === 'config-test') test = { logFile: value || null };
    if (row.long === 'genhash') done = { kind: 'genhash', args: line.rest };
    const outcome = row.apply(value, options);
    if ('done' in outcome) done = outcome.done;
    else if ('warning' in outcome) warnings.push(outcome.warning);
    else options = { ...options, ...outcome };
    // An option like --help ends the reading, whatever follows.
    if (done) break;
  }
  return done ?? finish(line, options, test, { warnings, operands: line.operands });
}

function finish(line: Normalised, options: DaemonOptions, test: { logFile: string | null } | null, remarks: Remarks): CommandLine {
  if (line.error !== null) return { kind: 'error', text: line.error };
  if (!test) return { kind: 'run', options, remarks };
  // -t implies no fork, no respawn, no syslog.
  const quiet = { ...options, fork: false, respawn: false, syslog: false };
  return { kind: 'config-test', options: quiet, logFile: test.logFile, remarks };
}

export function defaults(): DaemonOptions {
  return {
    configFile: null,
    runVrrp: true,
    runCheckers: true,
    runBfd: true,
    runAll: false,
    logConsole: false,
    logDetail: 0,
    logFacility: 3,
    syslog: true,
    umask: null,
    releaseVips: false,
    keepVrrpAtStop: false,
    keepIpvsAtStop: false,
    respawn: true,
    fork: true,
    dumpConfig: false,
    pidFile: null,
    vrrpPidFile: null,
    checkersPidFile: null,
    bfdPidFile: null,
    monitorAddresses: false,
    strictIncludes: false,
    configId: null,
    snmp: false,
    snmpSocket: null,
    coreDump: false,
    coreDumpPattern: null,
    ignoreSigint: false,
    namespace: null,
    logFile: null,
    flushLogFile: false,
    logFormat: 'text',
  };
}

function parseFacility(text: string): number | null {
  if (text === 'user') return 1;
  if (text === 'daemon') return 3;
  const local = /^(?:local)?([0-7])$/.exec(text);
  return local ? 16 + Number(local[1]) : null;
}

/** strtol(3) with base 0: decimal, 0x hexadecimal, 0 octal; null for anything else. */
function parseCNumber(text: string): number | null {
  if (/^0x[0-9a-f]+$/i.test(text)) return Number.parseInt(text, 16);
  if (/^0[0-7]*$/.test(text)) return Number.parseInt(text, 8);
  return /^[1-9][0-9]*$/.test(text) ? Number.parseInt(text, 10) : null;
}
