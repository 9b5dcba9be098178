// SPDX-License-Identifier: MIT
// Daemons in tests: which implementations there are, and waiting for what they log.

import { type Daemon, type LogLine, ownCommand } from '../../lib/lab/daemon.ts';
import { type Patience, until } from './until.ts';

export type Kind = 'ka-ts' | 'keepalived';

export function commandOf(kind: Kind): string[] {
  // The peer is measured with, not measured: a busy test machine shall disturb it as little as it can.
  return kind === 'ka-ts' ? programUnderTest() : ['nice', '-n', '-20', 'keepalived'];
}

/** That of this folder, or another build of it (test/sanitized.mjs). */
function programUnderTest(): string[] {
  const { KA_PROGRAM: program, KA_PROGRAM_ENVIRONMENT: environment = '{}' } = process.env;
  if (program === undefined) return ownCommand();
  const words = Object.entries(JSON.parse(environment) as Record<string, string>).map(([name, value]) => `${name}=${value}`);
  return ['env', ...words, process.execPath, program];
}

/**
 * The pairs a scenario is played by: ours with itself, and with the packaged keepalived both ways round.
 * KA_TOPO_PAIRS=keepalived/keepalived asks for others: to prove a scenario itself.
 */
export function pairings(): (readonly [Kind, Kind])[] {
  const wanted = process.env.KA_TOPO_PAIRS ?? 'ka-ts/ka-ts,ka-ts/keepalived,keepalived/ka-ts';
  return wanted.split(',').map((pair) => {
    const [a, b] = pair.split('/');
    return [kind(a), kind(b)] as const;
  });
}

/** Kinds under test on their own; keepalived only when asked for through KA_TOPO_PAIRS. */
export function kinds(): Kind[] {
  return [...new Set(pairings().map(([a]) => a))].filter((k) => k === 'ka-ts' || process.env.KA_TOPO_PAIRS !== undefined);
}

/** Waits for a line that matches, among those at index `from` and later. Throws with the end of the log after the deadline. */
export async function untilLogged(daemon: Daemon, pattern: RegExp, patience: Patience & { readonly from?: number } = {}): Promise<LogLine> {
  const { from = 0 } = patience;
  try {
    return await until(`${pattern} in the log`, () => daemon.lines.slice(from).find((line) => pattern.test(line.text)), patience);
  } catch (cause) {
    const tail = daemon.lines.slice(-15).map((line) => `  ${line.text}`);
    throw new Error(`${(cause as Error).message}; its last lines:\n${tail.join('\n')}`, { cause });
  }
}

/** Kills the VRRP process, and the next one before it is ready: it would go on where this one was, and the parent have nothing to say. */
export async function killTwice(daemon: Daemon): Promise<void> {
  const pid = await until('its pid', () => daemon.vrrpPid());
  process.kill(pid, 'SIGKILL');
  const next = await until(
    'the next one',
    () => {
      const known = daemon.vrrpPid();
      return known !== pid && known;
    },
    { every: 2 },
  );
  process.kill(next, 'SIGKILL');
}

function kind(text: string | undefined): Kind {
  if (text === 'ka-ts' || text === 'keepalived') return text;
  throw new TypeError(`KA_TOPO_PAIRS: no such daemon: ${text}`);
}
