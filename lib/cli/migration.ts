// SPDX-License-Identifier: MIT
// What changes when ka-ts takes the place of an installed keepalived: from what was found of it to what is to be said. Pure.

import type { Finding } from '../config/report.ts';
import { logLine } from '../config/report.ts';
import { parseCommandLine } from './options.ts';

export type Weight = 'fine' | 'note' | 'attention' | 'refused';

export interface Remark {
  readonly weight: Weight;
  readonly text: string;
  /** What to do about it, or where it was seen. */
  readonly detail: string | null;
}

/** What was found; all texts as they stand on the machine. */
export interface Installation {
  /** Path of the program; null: there is none. */
  readonly program: string | null;
  /** First line of what it says to `--version`; null: it was not asked, or says nothing. */
  readonly version: string | null;
  /** Path of the unit, its start command and how it says that it is ready. */
  readonly unit: { readonly path: string; readonly start: string; readonly type: string } | null;
  /** Files that change the unit. */
  readonly dropIns: readonly string[];
  /** File with options, and the options in it. */
  readonly optionFile: { readonly path: string; readonly options: string } | null;
  /** Words of the process that runs, without the program. */
  readonly running: { readonly pid: number; readonly words: readonly string[] } | null;
}

/** What the configuration says to us. */
export interface Configuration {
  readonly file: string;
  readonly findings: readonly Finding[];
  readonly filesRead: number;
  /** It can run. */
  readonly accepted: boolean;
  /** Objects of each kind, in words: `3 virtual routers`. */
  readonly holds: readonly string[];
}

/** keepalived's options that the machine starts it with: of the process that runs, else of the unit and its file. */
export function optionsInForce({ running, unit, optionFile }: Installation): readonly string[] {
  if (running) return running.words;
  const words = unit ? splitWords(unit.start).slice(1) : [];
  const expanded = words.flatMap((word) =>
    /^\$\{?(DAEMON_ARGS|KEEPALIVED_OPTIONS)\}?$/.test(word) ? splitWords(optionFile?.options ?? '') : [word],
  );
  return unit ? expanded : splitWords(optionFile?.options ?? '');
}

export function examine(installation: Installation, configuration: Configuration): readonly Remark[] {
  return [
    ...versionRemarks(installation),
    ...optionRemarks(optionsInForce(installation)),
    ...strandedRemarks(installation),
    ...unitRemarks(installation),
    ...configurationRemarks(configuration),
  ];
}

function versionRemarks({ program, version, running }: Installation): Remark[] {
  if (program !== null && version === null)
    return [{ weight: 'note', text: `keepalived is installed, its version is not known`, detail: `${program} was not run` }];
  if (version === null)
    return [{ weight: 'note', text: 'no keepalived program was found', detail: 'the configuration is looked at all the same' }];
  if (version.includes('ka-ts')) return [{ weight: 'fine', text: 'keepalived is ka-ts here already', detail: version }];
  const [, major = '0', minor = '0', patch = '0'] = /v(\d+)\.(\d+)\.(\d+)/.exec(version) ?? [];
  const number = Number(major) * 10_000 + Number(minor) * 100 + Number(patch);
  const newer = number > 20_403;
  return [
    {
      weight: newer ? 'attention' : 'fine',
      text: `keepalived ${major}.${minor}.${patch} is installed${running ? ` and runs as process ${running.pid}` : ''}`,
      detail: newer ? 'ka-ts stands in for 2.4.3: look for keywords that came later among the findings below' : null,
    },
  ];
}

function optionRemarks(words: readonly string[]): Remark[] {
  const line = parseCommandLine(words);
  if (line.kind === 'error') return [{ weight: 'refused', text: `its options are not understood: ${line.text}`, detail: words.join(' ') }];
  return [{ weight: 'fine', text: 'its options mean the same to ka-ts', detail: words.join(' ') || 'none' }];
}

/** What ka-ts.service reads options from, under either name of theirs. */
const readByOurUnit = ['/etc/default/keepalived', '/etc/sysconfig/keepalived'];

/** Options that stand on the start command, or in a file that ka-ts.service does not read: they would be gone without a word. */
function strandedRemarks(installation: Installation): Remark[] {
  const { optionFile } = installation;
  const isRead = readByOurUnit.some((path) => optionFile?.path.endsWith(path));
  const ofFile = isRead ? splitWords(optionFile?.options ?? '') : [];
  const all = optionsInForce(installation);
  // They stand in a row, and `-f` may be given a second time before or behind them.
  const at = all.findIndex((_, index) => ofFile.length > 0 && ofFile.every((word, offset) => all[index + offset] === word));
  const words = all.filter((word, i) => !['-n', '--dont-fork'].includes(word) && (at < 0 || i < at || i >= at + ofFile.length));
  if (words.length === 0) return [];
  return [
    {
      weight: 'attention',
      text: `options do not come along: ${words.join(' ')}`,
      detail: `they are in no file that ka-ts.service reads: add them to DAEMON_ARGS in ${readByOurUnit[0]}`,
    },
  ];
}

function unitRemarks({ unit, dropIns }: Installation): Remark[] {
  const remarks: Remark[] = [];
  if (unit) {
    const [program = ''] = splitWords(unit.start);
    remarks.push({
      weight: 'fine',
      text: `its unit is ${unit.path}`,
      detail: `it starts ${program}; ka-ts.service beside it conflicts with it, so that only one runs`,
    });
    if (unit.type === 'forking')
      remarks.push({
        weight: 'note',
        text: 'its unit forks (Type=forking)',
        detail: 'ka-ts.service stays in the foreground and tells systemd when it is ready',
      });
  }
  for (const path of dropIns)
    remarks.push({
      weight: 'attention',
      text: `${path} changes that unit`,
      detail: 'copy what you still want to /etc/systemd/system/ka-ts.service.d',
    });
  return remarks;
}

/** Enough to see what it is about; `ka-ts check` has the rest. */
const mostFindings = 5;

function configurationRemarks({ file, findings, filesRead, accepted, holds }: Configuration): Remark[] {
  const what = holds.length > 0 ? holds.join(', ') : 'nothing to run';
  const serious = findings.filter((f) => f.severity === 'fatal' || f.severity === 'error');
  const shown = serious
    .slice(0, mostFindings)
    .map((f): Remark => ({ weight: accepted ? 'attention' : 'refused', text: logLine(f, filesRead), detail: f.hint }));
  const more = findings.length - shown.length;
  return [
    accepted
      ? { weight: 'fine', text: `${file} can be used as it is`, detail: what }
      : {
          weight: 'refused',
          text: `${file} cannot be used`,
          detail:
            filesRead === 0
              ? 'nothing is there: -f names another one, --root a system that is mounted elsewhere'
              : 'keepalived would not start with it either, or only by skipping what it does not understand',
        },
    ...shown,
    ...(more > 0 ? [{ weight: 'note', text: `${more} more remarks`, detail: `ka-ts check ${file}` } satisfies Remark] : []),
  ];
}

/** As systemd and a shell split simple words: quotes hold blanks. */
export function splitWords(text: string): readonly string[] {
  return [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, double, single, bare]) => double ?? single ?? bare ?? '');
}

/** The way there and the way back, a command or a remark a line. `routers`: there are virtual routers, of which one node is MASTER. */
export function steps(
  { program, version, unit }: Installation,
  routers: boolean,
): { readonly there: readonly string[]; readonly back: readonly string[] } {
  const service = unit && program !== null && !version?.includes('ka-ts');
  const where = (text: string) => (routers ? [`# ${text}`] : []);
  return {
    there: [
      'dpkg -i ka-ts_*.deb                # nothing is started or stopped by that',
      ...where('on the backup first:'),
      ...(service ? ['systemctl disable keepalived.service'] : []),
      'systemctl enable ka-ts.service',
      `systemctl start ka-ts.service      ${service ? '# stops keepalived first' : ''}`.trimEnd(),
      'ka-ts status',
      ...(routers ? ['ka-ts takeover on --for 1h         # it becomes MASTER; the other one serves until then'] : []),
      ...where('then the same, without the last, on the other node, which is the backup now; then on the first:'),
      ...(routers ? ['ka-ts takeover off                 # priorities and nopreempt count again'] : []),
    ],
    back: [
      ...where('on the backup first, then on the master, where ka-ts serves until the other one does:'),
      'systemctl disable ka-ts.service',
      ...(service
        ? ['systemctl enable keepalived.service', 'systemctl start keepalived.service # stops ka-ts first']
        : ['systemctl stop ka-ts.service']),
    ],
  };
}
