// SPDX-License-Identifier: MIT
// `ka-ts plan NEW.conf`: what a reload of the running daemon would do, without doing it.

import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { errorText } from '../base/errors.ts';
import { loadConfig } from '../config/load.ts';
import type { Loaded } from '../config/options.ts';
import { type Plan, planReload } from '../config/plan.ts';
import { logLine } from '../config/report.ts';
import { createConfigFiles } from '../kernel/config-files.ts';
import { createScriptChecks } from '../kernel/script-checks.ts';
import { unchangeable } from '../process/fixed.ts';
import { type Output, terminal } from './output.ts';
import { runningSource } from './running.ts';

const usage = `Usage: ka-ts plan [options] NEW.conf

Compares the configuration of the running daemon with a new one and says what a reload would
change, and which instances may change state because of it. Nothing is touched.

The running configuration is read from the file that the daemon was started with: its command
line is looked up through its pid file. Keep the old text there until the plan is made, or
name a copy of it by --running.

      --running FILE    the running configuration
  -p, --pid FILE        pid file of the daemon (default /run/keepalived.pid)
  -i, --config-id ID    identity for @ID lines (default: as the daemon, else the host name up to the first dot)
      --json            one JSON object: {"refused": [reasons], "steps": [{"object", "name", "change",
                        "keywords", "stateChange", "effect"}], "untouched": instances that stay as they are}
  -h, --help            this text

Exit status: 0 a reload would take it; 1 it would be refused, or a file cannot be read; 2 the
command line was wrong.
`;

/** `argv` behind `plan`. The exit status: 0 accepted, 1 refused, 2 usage. */
export function planCommand(argv: string[], output: Output = terminal()): number {
  let asked: ReturnType<typeof readArguments>;
  try {
    asked = readArguments(argv);
  } catch (error) {
    output.error(`ka-ts plan: ${errorText(error)}\nTry 'ka-ts plan --help'.\n`);
    return 2;
  }
  if (asked.help) {
    output.write(usage);
    return 0;
  }
  const running = asked.running === null ? runningSource(asked.pid) : { file: asked.running, configId: null };
  const configId = asked.configId ?? running.configId ?? hostname().split('.')[0] ?? '';
  const old = load(running.file, configId);
  if (!old.config) {
    output.error(`ka-ts plan: the running configuration ${running.file} cannot be used as it stands\n`);
    return 1;
  }
  const next = load(asked.file, configId);
  const refused = next.config ? unchangeable(old.config, next.config) : reasons(next);
  const plan = next.config ? planReload(old.config, next.config) : { steps: [], untouched: 0 };
  output.write(asked.json ? `${JSON.stringify({ refused, ...plan })}\n` : planText(refused, plan));
  return refused.length > 0 ? 1 : 0;
}

function readArguments(argv: string[]) {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      running: { type: 'string' },
      pid: { type: 'string', short: 'p' },
      'config-id': { type: 'string', short: 'i' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const [file = '', ...rest] = positionals;
  if (!values.help && (file === '' || rest.length > 0)) throw new Error('name one new configuration');
  return {
    file,
    running: values.running ?? null,
    pid: values.pid ?? '/run/keepalived.pid',
    configId: values['config-id'] ?? null,
    json: values.json ?? false,
    help: values.help ?? false,
  };
}

function load(file: string, configId: string): Loaded {
  return loadConfig(createConfigFiles(), { file, configId, env: process.env, scripts: createScriptChecks() });
}

function reasons(loaded: Loaded): string[] {
  return loaded.findings.filter((f) => f.severity === 'fatal').map((f) => logLine(f, loaded.filesRead.length));
}

function planText(refused: readonly string[], { steps, untouched }: Plan): string {
  if (refused.length > 0) return `A reload would be refused:\n${refused.map((line) => `  ${line}\n`).join('')}`;
  const lines = steps.map(({ object, name, change, keywords, stateChange, effect }) => {
    const what = keywords.length > 0 ? ` (${keywords.join(', ')})` : '';
    return `${stateChange ? '!' : ' '} ${change.padEnd(13)} ${object}${name === '' ? '' : ` ${name}`}${what}: ${effect}\n`;
  });
  const moved = steps.filter((s) => s.stateChange).length;
  return `${lines.join('')}${steps.length} changes, ${moved} of them may change a state (!); ${untouched} instances are not touched\n`;
}
