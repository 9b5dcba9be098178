// SPDX-License-Identifier: MIT
// Debian's snmpd as AgentX master and its snmptrapd as the receiver of traps, and what its tools print.

import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { until } from './until.ts';

/** Where MIB files are: ours, and what it needs of others. */
export const mibFolders = ['packaging/mibs', 'test/support/mibs'].map((folder) => resolve(folder)).join(':');

export interface Master {
  /** Lines of the trap receiver, one for each trap. */
  traps(): string[];
  stop(): Promise<void>;
}

/** Listens at `folder`/agentx, to everybody at udp:127.0.0.1:1161. `spawn` runs a program where both are to run, `end` ends it. */
export async function startMaster(
  spawn: (words: string[], options: SpawnOptions) => ChildProcess,
  folder: string,
  end: (child: ChildProcess) => Promise<void> = terminate,
): Promise<Master> {
  const socket = join(folder, 'agentx');
  const log = join(folder, 'traps');
  rmSync(socket, { force: true });
  writeFileSync(
    join(folder, 'snmpd.conf'),
    `agentaddress udp:127.0.0.1:1161
rocommunity public
rwcommunity private
master agentx
agentXSocket ${socket}
trap2sink 127.0.0.1:1162 public
`,
  );
  // No MIB files are read: objects are numbers.
  const env = { ...process.env, MIBS: '', SNMP_PERSISTENT_DIR: folder };
  const run = (...words: string[]) => spawn(words, { stdio: 'ignore', env });
  const place = ['-p', join(folder, 'r.pid'), '127.0.0.1:1162'];
  const receiver = run('snmptrapd', '-f', '-C', '-Lf', log, '-n', '-On', '--disableAuthorization=yes', ...place);
  const agent = run('snmpd', '-f', '-Ln', '-C', '-c', join(folder, 'snmpd.conf'), '-p', join(folder, 'a.pid'), '-I', '-smux');
  const slow = { within: 20_000 };
  await until('the master agent listens', () => existsSync(socket), slow);
  await until('the trap receiver runs', () => existsSync(log) && readFileSync(log, 'utf8').includes('NET-SNMP version'), slow);
  return {
    traps: () =>
      readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('.1.3.6.1.2.1.1.3.0')),
    async stop() {
      for (const child of [receiver, agent]) await end(child);
    },
  };
}

async function terminate(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

/** `5.2.3.1.4.1 = 2`, without the part of the identifier that is the same for all of a MIB; values of several lines in one. */
export function objects(text: string): string[] {
  return text
    .replace(/\n(?!\.)/g, '')
    .split('\n')
    .filter((line) => line.startsWith('.'))
    .map((line) => line.replace(/^\.1\.3\.6\.1\.(4\.1\.9586\.100|2\.1)\./, '').trim());
}

/** `100.5.2.10.0.2 "VI_1" 2 1 "test-node"`: which trap, and its values. */
export function trapText(line: string): string {
  const [, , ...rest] = line.split('\t');
  const kind = /= OID: \.1\.3\.6\.1\.(?:4\.1\.9586\.|2\.1\.)(\S+)/.exec(line)?.[1] ?? '';
  return [kind, ...rest.map((binding) => binding.replace(/^\S+ = [^:]+: /, '').trim())].join(' ');
}
