// SPDX-License-Identifier: MIT
// `ka-ts failover`, `maintenance`, `takeover`, `priority`, `server`, `reload`, `operations`: what an operator can change in the running daemon.

import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { errorText } from '../base/errors.ts';
import { ControlError, createControlClient } from '../control/client.ts';
import { longest, longestTrial } from '../control/core/operations.ts';
import { isPriority, isWeight } from '../control/core/overlay.ts';
import type { OverlayEntry } from '../control/document.ts';
import { connectOptions, connectUsage, findSocket } from './connect.ts';
import { operationText } from './operation-words.ts';
import { type Output, type ScreenOutput, terminal } from './output.ts';
import { runningSource } from './running.ts';
import { untilIdle, type WaitIdle } from './wait-idle.ts';

const usage = `Usage: ka-ts failover INSTANCE [--for TIME]     others shall be MASTER
       ka-ts maintenance on|off [--for TIME]    the same for all instances
       ka-ts takeover on|off [--for TIME]       this router shall be MASTER of all
       ka-ts priority INSTANCE N|reset [--for TIME]
       ka-ts server drain|reset POOL SERVER     weight 0: no new connections
       ka-ts server disable|enable POOL SERVER  as if it were not configured
       ka-ts server weight POOL SERVER N [--for TIME]
       ka-ts apply NEW.conf [--confirm TIME]    another configuration, on trial
       ka-ts confirm|revert                     it stays, or the one before comes back
       ka-ts reload                             and say what came of it
       ka-ts operations                         what is changed now

What is changed stands over the configuration, reloads and restarts of the daemon included,
until it is taken back or its time is over. failover and maintenance are priority 1: a backup
takes over after its down interval, this router serves until then. A backup with nopreempt,
and where there is none, leaves everything as it is. takeover is priority 254, whatever
nopreempt and preempt_delay say here: the other router, ka-ts or keepalived, serves until
this one does.

apply and reload print what 'ka-ts check' has to say of the configuration on standard error.

      --confirm TIME the configuration before comes back unless 'ka-ts confirm' is said in time
      --wait-idle    behind server drain: until no connection to it is active; behind disable:
                     it is drained first, and disabled when it is idle
      --timeout TIME of --wait-idle: 10m when absent; the server stays drained then
      --for TIME     90, 90s, 10m, 2h, 1d; without: until it is taken back
${connectUsage}
  -h, --help         this text

Root may operate, and the group that control_operators names. Exit status: 0 done; 1 refused,
or it went wrong; 2 the command line was wrong; 3 the daemon does not answer; 4 not allowed.
`;

/** Who is alive says so in this time, a reload of thousands of servers included. Milliseconds. */
const awake = 2000;

type Args = Readonly<Record<string, unknown>>;

/** `argv` with the word. The exit status. */
export async function operateCommand(argv: readonly string[], output: ScreenOutput = terminal()): Promise<number> {
  const wrong = (text: string) => {
    output.error(`ka-ts ${argv[0]}: ${text}\nTry 'ka-ts ${argv[0]} --help'.\n`);
    return 2;
  };
  let asked: ReturnType<typeof readArguments>;
  try {
    asked = readArguments(argv);
  } catch (error) {
    return wrong(errorText(error));
  }
  if (asked.help) {
    output.write(usage);
    return 0;
  }
  const found = findSocket(asked, process.env);
  if ('error' in found) return wrong(found.error);
  // Whoever changes something wants it done; how quickly the daemon answers is for status to tell.
  const client = createControlClient(found.path, 5000);
  try {
    if (argv[0] === 'operations') return await list(client, output);
    // A daemon that is stopped would find the request when it goes on, long after whoever asked was told that nobody answers.
    await client.request('ping', undefined, awake);
    const file = await newConfiguration(client, asked.args);
    if (file !== null) {
      const { configId } = runningSource(asked.pid ?? found.path.replace(/\.sock$/, '.pid'));
      (await import('./tell-findings.ts')).tellFindings(file, configId, output);
    }
    // A reload is answered when it is in force.
    if (asked.waitIdle !== null && asked.args.operation === 'disable') {
      await client.request('operate', { ...asked.args, operation: 'weight', value: 0 }, 35_000);
      await untilIdle(client, asked.waitIdle);
    }
    const answer = (await client.request('operate', asked.args, 35_000)) as {
      done: boolean;
      operations?: OverlayEntry[];
      confirmBy?: number | null;
    };
    if (asked.waitIdle !== null && asked.args.operation === 'weight') await untilIdle(client, asked.waitIdle);
    output.write(answer.done ? 'done\n' : 'under way: it takes longer than usual\n');
    if (answer.confirmBy)
      output.write(`say 'ka-ts confirm' before ${clockText(answer.confirmBy)}, or the configuration before comes back\n`);
    return 0;
  } catch (error) {
    output.error(`ka-ts ${argv[0]}: ${errorText(error)} (${found.path})\n`);
    const code = error instanceof ControlError ? error.code : '';
    return code === 'dead' || code === 'stale' ? 3 : code === 'denied' ? 4 : 1;
  } finally {
    client.close();
  }
}

/** The file that the daemon would read for this operation; null: none, or it does not say which. */
async function newConfiguration(client: ReturnType<typeof createControlClient>, { operation, file }: Args): Promise<string | null> {
  if (operation === 'apply') return String(file);
  if (operation !== 'reload') return null;
  const look = await client.status();
  return look.kind === 'answer' ? look.document.daemon.configuration.file : null;
}

async function list(client: ReturnType<typeof createControlClient>, output: Output): Promise<number> {
  const look = await client.status();
  if (look.kind !== 'answer') throw new ControlError(look.kind, look.text);
  const { daemon, at } = look.document;
  for (const line of daemon.operations.map((e) => operationText(e, at))) output.write(`${line}\n`);
  if (daemon.operations.length === 0) output.write('nothing is changed: the configuration is in force as it is written\n');
  return 0;
}

function readArguments(argv: readonly string[]) {
  // The parser would explain at length how a value is given that begins with a dash: no time does.
  for (const [i, word] of argv.entries())
    if (/^--(for|confirm|timeout)$/.test(word) && argv[i + 1]?.startsWith('-')) throw new TypeError(notATime(word, argv[i + 1]));
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      for: { type: 'string' },
      confirm: { type: 'string' },
      'wait-idle': { type: 'boolean', default: false },
      timeout: { type: 'string' },
      help: { type: 'boolean', default: false, short: 'h' },
      ...connectOptions,
    },
  });
  const more = {
    ...(values.for === undefined ? {} : { forSeconds: boundedSeconds('--for', values.for, longest) }),
    ...(values.confirm === undefined ? {} : { confirmSeconds: boundedSeconds('--confirm', values.confirm, longestTrial) }),
  };
  const args: Args = values.help ? {} : operationOf(positionals, more);
  return { ...values, args, waitIdle: waitIdleOf(values, args) };
}

const usualTimeout = '10m';

function waitIdleOf(values: { 'wait-idle': boolean; timeout?: string }, { operation, pool, server, value }: Args): WaitIdle | null {
  if (!values['wait-idle']) {
    if (values.timeout !== undefined) throw new TypeError('--timeout belongs to --wait-idle');
    return null;
  }
  if (!(operation === 'disable' || (operation === 'weight' && value === 0)))
    throw new TypeError('--wait-idle stands behind server drain or server disable');
  return { pool: String(pool), server: String(server), seconds: secondsOf(values.timeout ?? usualTimeout) };
}

/** `12:34:56` */
function clockText(at: number): string {
  return new Date(at * 1000).toTimeString().slice(0, 8);
}

function notATime(option: string, text: string | undefined): string {
  return `${option} takes a time such as 90, 90s, 10m, 2h or 1d, not '${text}'`;
}

/** The same bounds as the daemon's, whose words are those of the protocol. Throws TypeError. */
function boundedSeconds(option: string, text: string, most: number): number {
  const seconds = secondsOf(text);
  if (seconds < 1 || seconds > most) throw new TypeError(`${option} takes a time from 1s to ${most / 86_400}d, not '${text}'`);
  return seconds;
}

/** `90`, `90s`, `10m`, `2h`, `1d`. Throws TypeError. */
export function secondsOf(text: string): number {
  const match = /^([0-9]{1,8})([smhd]?)$/.exec(text);
  if (!match) throw new TypeError(`a time is 90, 90s, 10m, 2h or 1d, not '${text}'`);
  return Number(match[1]) * ({ m: 60, h: 3600, d: 86_400 }[match[2] ?? ''] ?? 1);
}

/** Arguments of the request. Throws TypeError. */
export function operationOf(words: readonly string[], more: Args): Args {
  const [operation, ...rest] = words;
  const exactly = (count: number, form: string) => {
    if (rest.length !== count) throw new TypeError(`it is written ${form}`);
  };
  const number = (what: string, range: string, fits: (value: number) => boolean, text: string | undefined) => {
    if (text === 'reset') return null;
    if (text === undefined || !/^[0-9]{1,6}$/.test(text) || !fits(Number(text)))
      throw new TypeError(`a ${what} is ${range}, or reset for the configured one, not '${text ?? ''}'`);
    return Number(text);
  };
  switch (operation) {
    case 'failover':
      exactly(1, 'failover INSTANCE');
      return { operation, instance: rest[0], ...more };
    case 'maintenance':
    case 'takeover':
      exactly(1, `${operation} on|off`);
      if (rest[0] !== 'on' && rest[0] !== 'off') throw new TypeError(`it is written ${operation} on|off`);
      return { operation, on: rest[0] === 'on', ...more };
    case 'priority':
      exactly(2, 'priority INSTANCE N|reset');
      return { operation, instance: rest[0], value: number('priority', '1 to 254', isPriority, rest[1]), ...more };
    case 'server': {
      const [what, pool, server, value] = rest;
      if (what === 'weight') {
        exactly(4, 'server weight POOL SERVER N');
        return { operation: 'weight', pool, server, value: number('weight', '0 to 65535', isWeight, value), ...more };
      }
      if (what !== 'drain' && what !== 'reset' && what !== 'disable' && what !== 'enable')
        throw new TypeError('it is written server drain|reset|disable|enable|weight POOL SERVER');
      exactly(3, `server ${what} POOL SERVER`);
      if (what === 'disable' || what === 'enable') return { operation: what, pool, server, ...more };
      return { operation: 'weight', pool, server, value: what === 'drain' ? 0 : null, ...more };
    }
    case 'apply':
      exactly(1, 'apply NEW.conf');
      return { operation, file: resolve(rest[0] ?? ''), ...more };
    case 'confirm':
    case 'revert':
    case 'reload':
    case 'operations':
      exactly(0, operation);
      return { operation };
    default:
      throw new TypeError(`there is no operation ${operation}`);
  }
}
