// SPDX-License-Identifier: MIT
// Which daemon a command talks to: the one it is told, else the one that runs.

import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { errorText } from '../base/errors.ts';
import { pidDirectory, runDirectory, socketBeside } from '../process/places.ts';
import type { Output } from './output.ts';

export const connectOptions = {
  socket: { type: 'string', short: 's' },
  pid: { type: 'string', short: 'p' },
} as const;

export const connectUsage = `  -s, --socket PATH  the control socket of the daemon; $KA_TS_SOCKET when absent,
                     else that of the only daemon that has one in /run
  -p, --pid FILE     or the daemon with this pid file`;

interface Asked {
  readonly help: boolean;
  readonly socket?: string | undefined;
  readonly pid?: string | undefined;
}

/**
 * What a command that talks to the daemon was asked, and where that daemon is; or, after help or a complaint was written, its exit
 * status. `read` throws with what is wrong.
 */
export function begin<T extends Asked>(
  command: string,
  usage: string,
  output: Output,
  read: () => T,
): { readonly asked: T; readonly path: string } | { readonly status: number } {
  let asked: T;
  try {
    asked = read();
  } catch (error) {
    output.error(`ka-ts ${command}: ${errorText(error)}\nTry 'ka-ts ${command} --help'.\n`);
    return { status: 2 };
  }
  if (asked.help) {
    output.write(usage);
    return { status: 0 };
  }
  const found = findSocket(asked, process.env);
  if ('path' in found) return { asked, path: found.path };
  output.error(`ka-ts ${command}: ${found.error}\n`);
  return { status: 2 };
}

export type Found = { readonly path: string } | { readonly error: string };

/** The socket to talk to. */
export function findSocket(
  given: { readonly socket?: string | undefined; readonly pid?: string | undefined },
  environment: NodeJS.ProcessEnv,
): Found {
  if (given.socket !== undefined) return { path: resolve(given.socket) };
  if (given.pid !== undefined) return { path: socketBeside(resolve(given.pid)) };
  if (environment.KA_TS_SOCKET) return { path: resolve(environment.KA_TS_SOCKET) };
  const usual = join(runDirectory, 'keepalived.sock');
  const there = [...socketsIn(runDirectory, ['keepalived.sock']), ...socketsBelow(pidDirectory)];
  if (there.length > 1)
    return { error: `several daemons run here; name one with --socket:\n${there.map((path) => `  ${path}`).join('\n')}` };
  return { path: there[0] ?? usual };
}

function socketsIn(directory: string, names?: readonly string[]): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((e) => e.isSocket() && e.name.endsWith('.sock') && (names?.includes(e.name) ?? true))
      .map((e) => join(directory, e.name));
  } catch {
    return [];
  }
}

/** Of named instances, and of daemons in network namespaces a directory further down. */
function socketsBelow(directory: string): string[] {
  try {
    const inside = readdirSync(directory, { withFileTypes: true }).filter((e) => e.isDirectory());
    return [...socketsIn(directory), ...inside.flatMap((e) => socketsIn(join(directory, e.name)))];
  } catch {
    return [];
  }
}
