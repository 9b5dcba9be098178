// SPDX-License-Identifier: MIT
// `ka-ts migrate`: what would change if ka-ts took the place of the keepalived of this machine.

import { statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { errorText } from '../base/errors.ts';
import { createPaint } from '../base/paint.ts';
import { diagnose } from '../config/diagnose.ts';
import type { Config } from '../config/model.ts';
import { createConfigFiles } from '../kernel/config-files.ts';
import { defaultConfigFile } from '../process/places.ts';
import { findInstallation } from './installation.ts';
import { type Configuration, examine, optionsInForce, type Remark, steps, type Weight } from './migration.ts';
import { parseCommandLine } from './options.ts';

const usage = `Usage: ka-ts migrate [options]

Looks at the keepalived of this machine (its program, unit, options, process and configuration)
and says what would change if ka-ts took its place, and which commands do it and undo it.
Reads only; starts, stops and writes nothing.

  -f, --use-file FILE   configuration, instead of the one that keepalived is started with
  -p, --pid FILE        pid file of the running keepalived (default /run/keepalived.pid)
      --root DIR        a system that is mounted there instead of this one
      --json            one JSON object: {"installation", "configuration", "remarks": [{"weight":
                        "fine|note|attention|refused", "text", "detail"}], "there", "back"}
  -h, --help            this text

Exit status: 0 nothing is in the way; 1 something needs attention first; 2 the command line
was wrong.
`;

export interface MigrateOutput {
  write(text: string): void;
  error(text: string): void;
  readonly colour: boolean;
}

/** `argv` behind `migrate`. */
export function migrateCommand(argv: string[], output: MigrateOutput = terminal()): number {
  let values: ReturnType<typeof readArguments>;
  try {
    values = readArguments(argv);
  } catch (error) {
    output.error(`ka-ts migrate: ${errorText(error)}\nTry 'ka-ts migrate --help'.\n`);
    return 2;
  }
  if (values.help) {
    output.write(usage);
    return 0;
  }
  if (!statSync(values.root, { throwIfNoEntry: false })?.isDirectory()) {
    output.error(`ka-ts migrate: --root ${values.root}: no such directory\n`);
    return 2;
  }
  const installation = findInstallation(values.root, values.pid);
  const line = parseCommandLine(optionsInForce(installation));
  const options = 'options' in line ? line.options : null;
  const file = values['use-file'] ?? join(values.root, options?.configFile ?? defaultConfigFile);
  const configId = options?.configId ?? hostname().split('.')[0] ?? '';
  const { loaded, findings } = diagnose(createConfigFiles(), { file, configId, allIncludes: options?.strictIncludes ?? false });
  const configuration: Configuration = {
    file,
    findings,
    filesRead: loaded.filesRead.length,
    accepted: loaded.config !== null,
    holds: loaded.config ? holdsOf(loaded.config) : [],
  };
  const remarks = examine(installation, configuration);
  const ways = steps(installation, (loaded.config?.vrrp_instance.length ?? 0) > 0);
  if (values.json)
    output.write(`${JSON.stringify({ installation, configuration: { ...configuration, findings: findings.length }, remarks, ...ways })}\n`);
  else output.write(render(remarks, ways, output.colour));
  return remarks.some(({ weight }) => weight === 'attention' || weight === 'refused') ? 1 : 0;
}

function readArguments(argv: string[]) {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      'use-file': { type: 'string', short: 'f' },
      pid: { type: 'string', short: 'p', default: '/run/keepalived.pid' },
      root: { type: 'string', default: '/' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (positionals.length > 0) throw new Error(`unexpected '${positionals[0]}'`);
  return values;
}

function holdsOf(config: Config): string[] {
  const count = (n: number, one: string, many: string) => (n === 0 ? [] : [`${n} ${n === 1 ? one : many}`]);
  return [
    ...count(config.vrrp_instance.length, 'virtual router', 'virtual routers'),
    ...count(config.vrrp_sync_group.length, 'sync group', 'sync groups'),
    ...count(config.virtual_server.length, 'virtual server', 'virtual servers'),
    ...count(config.bfd_instance.length, 'BFD session', 'BFD sessions'),
  ];
}

const signs: Readonly<Record<Weight, string>> = { fine: 'ok', note: '--', attention: '!!', refused: 'NO' };

function render(remarks: readonly Remark[], { there, back }: ReturnType<typeof steps>, colour: boolean): string {
  const paint = createPaint(colour);
  const painted = { fine: paint.green, note: paint.dim, attention: paint.yellow, refused: paint.red };
  const lines = remarks.flatMap(({ weight, text, detail }) => [
    `  ${painted[weight](signs[weight])}  ${text}`,
    ...(detail === null ? [] : [`      ${paint.dim(detail)}`]),
  ]);
  const commands = (list: readonly string[]) => list.map((command) => `    ${command}`);
  return `${[
    paint.bold('From keepalived to ka-ts'),
    '',
    ...lines,
    '',
    paint.bold('Going over'),
    ...commands(there),
    '',
    paint.bold('Going back'),
    ...commands(back),
  ].join('\n')}\n`;
}

function terminal(): MigrateOutput {
  return {
    write: (text) => void process.stdout.write(text),
    error: (text) => void process.stderr.write(text),
    colour: process.stdout.isTTY === true && process.env.NO_COLOR === undefined,
  };
}
