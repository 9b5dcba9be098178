// SPDX-License-Identifier: MIT
// `ka-ts status`: the running daemon on one screen.

import { parseArgs } from 'node:util';
import { createPaint } from '../base/paint.ts';
import { createControlClient, type Look } from '../control/client.ts';
import { begin, connectOptions, connectUsage } from './connect.ts';
import { type ScreenOutput, terminal } from './output.ts';
import { statusScreen } from './status-screen.ts';

const usage = `Usage: ka-ts status [--json] [-s SOCKET | -p PIDFILE]

Shows the running daemon: its instances, who is Active, priorities, groups, trackers, pools.

      --json         the status document, for programs (docs/reference/control-socket.md)
      --color        colour also where the output is no terminal
${connectUsage}
  -h, --help         this text

Exit status: 0 the daemon answers; 1 it does not answer in time, or a process of it does not:
states read UNKNOWN; 2 the command line was wrong; 3 it does not run; 4 it may not be asked.
`;

/** `argv` behind `status`. The exit status. */
export async function statusCommand(argv: string[], output: ScreenOutput = terminal()): Promise<number> {
  const begun = begin('status', usage, output, () => readArguments(argv));
  if ('status' in begun) return begun.status;
  const { asked, path } = begun;
  const client = createControlClient(path);
  const look = await client.status();
  client.close();
  if (look.kind !== 'answer') {
    if (asked.json) output.write(`${JSON.stringify({ error: { code: look.kind, text: look.text } })}\n`);
    output.error(`ka-ts status: ${look.text} (${path})\n`);
    return exitOf(look);
  }
  const style = { paint: createPaint(asked.color || output.colour), width: output.width, events: 5 };
  output.write(asked.json ? `${JSON.stringify(look.document, null, 2)}\n` : `${statusScreen(look.document, style).join('\n')}\n`);
  return exitOf(look);
}

/** For any command that asked. */
export function exitOf(look: Look): number {
  switch (look.kind) {
    case 'answer':
      return look.document.daemon.processes.some((p) => p.stale) ? 1 : 0;
    case 'stale':
      return 1;
    case 'dead':
      return 3;
    case 'refused':
      return 4;
  }
}

function readArguments(argv: string[]) {
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({ args: argv, options: { json: flag, color: flag, help: { ...flag, short: 'h' }, ...connectOptions } });
  return values;
}
