// SPDX-License-Identifier: MIT
// `ka-ts metrics`: figures for Prometheus, from the control socket.

import { parseArgs } from 'node:util';
import { createControlClient } from '../control/client.ts';
import { begin, connectOptions, connectUsage } from './connect.ts';
import { type Output, terminal } from './output.ts';
import { exitOf } from './status.ts';

const usage = `Usage: ka-ts metrics [--prometheus] [-s SOCKET | -p PIDFILE]

Prints the metrics of the running daemon as OpenMetrics text, for a textfile collector or a
scrape by way of a script. Where nobody answers: ka_up 0, and the reason on standard error.
Names: docs/reference/metrics.md.

      --prometheus   the older text format, 0.0.4
${connectUsage}
  -h, --help         this text

Exit status: 0 the daemon answers; 1 it does not answer in time, or a process of it does not;
2 the command line was wrong; 3 it does not run; 4 it may not be asked.
`;

/** A scrape may wait longer than a person. Milliseconds. */
const limit = 2000;

/** `argv` behind `metrics`. The exit status. */
export async function metricsCommand(argv: string[], output: Output = terminal()): Promise<number> {
  const begun = begin('metrics', usage, output, () => readArguments(argv));
  if ('status' in begun) return begun.status;
  const { asked, path } = begun;
  const { metricsText } = await import('../metrics/text.ts');
  const client = createControlClient(path, limit);
  const look = await client.status();
  client.close();
  output.write(await metricsText(look.kind === 'answer' ? look.document : null, asked.prometheus ? 'prometheus' : 'openmetrics'));
  if (look.kind !== 'answer') output.error(`ka-ts metrics: ${look.text} (${path})\n`);
  return exitOf(look);
}

function readArguments(argv: string[]) {
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({ args: argv, options: { prometheus: flag, help: { ...flag, short: 'h' }, ...connectOptions } });
  return values;
}
