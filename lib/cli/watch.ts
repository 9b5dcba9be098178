// SPDX-License-Identifier: MIT
// `ka-ts watch`: what happens in the running daemon, as it happens.

import { parseArgs } from 'node:util';
import { createPaint } from '../base/paint.ts';
import { type ControlError, createControlClient } from '../control/client.ts';
import { protocolVersion } from '../control/protocol.ts';
import { begin, connectOptions, connectUsage } from './connect.ts';
import { type ScreenOutput, terminal } from './output.ts';
import { clockText, eventText } from './status-words.ts';

const usage = `Usage: ka-ts watch [--json] [--since ID] [-s SOCKET | -p PIDFILE]

Tells what happens in the running daemon, a line each: transitions with their causes, groups,
priorities with their sum, links, scripts, files and processes that are tracked, pools, servers
and weights, BFD sessions, reloads, operations, processes. Ends when the daemon does, or with
Ctrl-C.

      --json         a JSON object a line: "ka" (1, the version of the protocol), "id", "at", "kind",
                     and the fields of docs/reference/control-socket.md
      --since ID     begin after this event; 0: with all that are kept
      --color        colour also where the output is no terminal
${connectUsage}
  -h, --help         this text

Exit status: 1 the daemon does not answer any more; 2 the command line was wrong;
3 it does not run, or has ended; 4 it may not be asked.
`;

/** `argv` behind `watch`. The exit status, when it is over. */
export async function watchCommand(argv: string[], output: ScreenOutput = terminal()): Promise<number> {
  const begun = begin('watch', usage, output, () => readArguments(argv));
  if ('status' in begun) return begun.status;
  const { asked, path } = begun;
  const paint = createPaint(asked.color || (output.colour && !asked.json));
  const error = await new Promise<ControlError>((onEnd) => {
    createControlClient(path).watch({
      ...(asked.since === undefined ? {} : { since: asked.since }),
      onEvent(event) {
        if (asked.json) output.write(`${JSON.stringify({ ka: protocolVersion, ...event })}\n`);
        else output.write(`${paint.dim(clockText(event.at, Date.now() / 1000))}  ${eventText(event, paint)}\n`);
      },
      onEnd,
    });
  });
  output.error(`ka-ts watch: ${error.message} (${path})\n`);
  return error.code === 'dead' ? 3 : error.code === 'stale' ? 1 : 4;
}

function readArguments(argv: string[]) {
  const flag = { type: 'boolean', default: false } as const;
  const options = { json: flag, color: flag, since: { type: 'string' }, help: { ...flag, short: 'h' }, ...connectOptions } as const;
  const { values } = parseArgs({ args: argv, options });
  const { since, ...rest } = values;
  if (since !== undefined && !/^[0-9]{1,15}$/.test(since)) throw new TypeError(`--since takes the id of an event, not '${since}'`);
  return { ...rest, since: since === undefined ? undefined : Number(since) };
}
