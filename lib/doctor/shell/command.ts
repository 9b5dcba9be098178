// SPDX-License-Identifier: MIT
// `ka-ts doctor`: why both are Active, or why nothing is heard.

import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { errorText } from '../../base/errors.ts';
import { createPaint } from '../../base/paint.ts';
import { micros } from '../../base/time.ts';
import { runningSource } from '../../cli/running.ts';
import { loadConfig } from '../../config/load.ts';
import type { Config, VrrpInstance } from '../../config/model.ts';
import { createConfigFiles } from '../../kernel/config-files.ts';
import { createTools } from '../../kernel/tools.ts';
import { loadNative } from '../../native/load.ts';
import { diagnose } from '../core/diagnose.ts';
import { reportText } from '../core/report.ts';
import { gatherFacts } from './gather.ts';

const usage = `Usage: ka-ts doctor [options] [INSTANCE | INTERFACE | VRID]

Finds out why two routers are Active at once, or why nothing is heard: listens for some advert
intervals, holds what arrives against the configuration, reads packet filter, reverse-path
filter, routes, membership and bridges of this machine, and asks who else answers for the
virtual addresses. Each finding: what was seen, what it means, and what mends it. Works beside
ka-ts and keepalived. Changes nothing; needs root.

  -f, --use-file FILE   the configuration (default: that of the running daemon)
  -p, --pid FILE        pid file of the daemon (default /run/keepalived.pid)
  -i, --config-id ID    identity for @ID lines (default: as the daemon, else the host name up to the first dot)
      --listen SECONDS  how long to listen (default: 3.5 advert intervals, 2 to 20 seconds)
      --json            one JSON object: {"version": 1, "listened": microseconds, "findings": [{"code",
                        "severity": "problem|warning|note", "instance": name or null, "seen", "means",
                        "mend": [lines]}]}
      --color           colour also where the output is no terminal; --no-color: never
  -h, --help            this text

Exit status: 0 no problem found (there may be warnings and notes); 1 a problem; 2 the doctor could
not look. Findings: docs/operations/doctor.md.
`;

export interface DoctorOutput {
  write(text: string): void;
  error(text: string): void;
  readonly colour: boolean;
}

/** `argv` behind `doctor`. */
export async function doctorCommand(argv: string[], output: DoctorOutput = terminal()): Promise<number> {
  try {
    const asked = readArguments(argv);
    if (asked.help) {
      output.write(usage);
      return 0;
    }
    return await examine(asked, output);
  } catch (error) {
    output.error(`ka-ts doctor: ${errorText(error)}\nTry 'ka-ts doctor --help'.\n`);
    return 2;
  }
}

type Asked = ReturnType<typeof readArguments>;

function readArguments(argv: string[]) {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      'use-file': { type: 'string', short: 'f' },
      pid: { type: 'string', short: 'p', default: '/run/keepalived.pid' },
      'config-id': { type: 'string', short: 'i' },
      listen: { type: 'string' },
      json: { type: 'boolean', default: false },
      color: { type: 'boolean' },
      'no-color': { type: 'boolean' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (positionals.length > 1) throw new Error('name one instance, interface or VRID');
  const listen = values.listen === undefined ? null : Number(values.listen);
  if (listen !== null && !(listen >= 0.1 && listen <= 3600)) throw new Error(`--listen takes 0.1 to 3600 seconds, not ${values.listen}`);
  const colour = values['no-color'] ? false : (values.color ?? null);
  const { pid, json, help } = values;
  return {
    file: values['use-file'] ?? null,
    configId: values['config-id'] ?? null,
    which: positionals[0] ?? null,
    pid,
    json,
    help,
    listen,
    colour,
  };
}

async function examine(asked: Asked, output: DoctorOutput): Promise<number> {
  if (process.geteuid?.() !== 0) throw new Error('reading the packet filter and listening to packets need root: run this as root');
  const config = readConfig(asked);
  const facts = await gatherFacts({
    config,
    instances: chosen(config, asked.which),
    native: loadNative(),
    tools: createTools(),
    pidFile: asked.pid,
    listen: asked.listen === null ? null : micros(asked.listen * 1e6),
  });
  const findings = diagnose(facts);
  const paint = createPaint(!asked.json && (asked.colour ?? output.colour));
  output.write(asked.json ? `${JSON.stringify({ version: 1, listened: facts.listened, findings })}\n` : reportText(findings, facts, paint));
  return findings.some((f) => f.severity === 'problem') ? 1 : 0;
}

function readConfig({ file, configId, pid }: Asked): Config {
  const running = runningSource(pid);
  const path = file ?? running.file;
  const id = configId ?? running.configId ?? hostname().split('.')[0] ?? '';
  const { config } = loadConfig(createConfigFiles(), { file: path, configId: id, env: process.env });
  if (!config) throw new Error(`the configuration ${path} cannot be used: ka-ts check ${path} says why`);
  return config;
}

function chosen({ vrrp_instance: all }: Config, which: string | null): readonly VrrpInstance[] {
  if (all.length === 0) throw new Error('there is no vrrp_instance in the configuration');
  if (which === null) return all;
  const found = all.filter((i) => i.name === which || i.interface === which || String(i.virtual_router_id) === which);
  if (found.length > 0) return found;
  throw new Error(
    `${which} is no instance, interface or VRID of the configuration; there are ${all.map((i) => `${i.name} on ${i.interface} (VRID ${i.virtual_router_id})`).join(', ')}`,
  );
}

function terminal(): DoctorOutput {
  return {
    write: (text) => void process.stdout.write(text),
    error: (text) => void process.stderr.write(text),
    colour: process.stdout.isTTY && process.env.NO_COLOR === undefined,
  };
}
