// SPDX-License-Identifier: MIT
// Who has an address when, as the kernels of the routers themselves say it: `ip -ts monitor` on each host. Its stamps are of
// one clock, so that what nobody has, and what two have, can be measured across hosts.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { childrenOf, type Host } from '../../lib/lab/host.ts';
import { until } from './until.ts';

export interface Change {
  readonly host: string;
  /** Unix time in seconds. */
  readonly at: number;
  readonly holds: boolean;
}

export interface Watch {
  /** In the order of time. */
  changes(): Change[];
  close(): void;
}

/** Watches an address on these hosts; Resolves when no change can be missed any more. */
export async function watchAddress(hosts: readonly Host[], ifname: string, address: string): Promise<Watch> {
  const seen: Change[] = [];
  const programs: ChildProcess[] = [];
  for (const host of hosts) {
    const program = host.spawn(['ip', '-ts', 'monitor', 'address'], { stdio: ['ignore', 'pipe', 'ignore'] });
    programs.push(program);
    let text = '';
    program.stdout?.setEncoding('utf8').on('data', (more: string) => {
      const lines = (text + more).split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) {
        const match = /^\[(.+?)\]\s*(Deleted )?/.exec(line);
        if (!match?.[1] || !line.includes(` ${address}/`) || !line.includes(ifname)) continue;
        seen.push({ host: host.name, at: toUnixTime(match[1]), holds: match[2] === undefined });
      }
    });
    await until(`the watch on ${host.name} has its socket`, async () => (await isListening(host)) > 0);
  }
  return {
    changes: () => seen.toSorted((a, b) => a.at - b.at),
    close: () => {
      for (const program of programs) program.kill('SIGKILL');
    },
  };
}

/** Netlink sockets on this host that have joined the two groups of addresses. */
async function isListening(host: Host): Promise<number> {
  const { stdout } = await host.run(['grep', '-c', ' 00000110 ', '/proc/net/netlink']);
  return Number(stdout);
}

/** `ip` writes local time with microseconds. */
function toUnixTime(stamp: string): number {
  const [whole = '', fraction = '0'] = stamp.split('.');
  return new Date(whole).getTime() / 1000 + Number(`0.${fraction}`);
}

export interface Gaps {
  /** Seconds in which nobody had it, the longest time. */
  readonly vacant: number;
  /** Seconds in which more than one had it, the longest time. */
  readonly shared: number;
  /** What happened. */
  readonly order: readonly string[];
}

/** From the moment that `first` alone has it. */
export function gapsOf(changes: readonly Change[], first: string): Gaps {
  const holders = new Set([first]);
  let [vacant, shared] = [0, 0];
  let since = changes[0]?.at ?? 0;
  for (const { host, at, holds } of changes) {
    const span = at - since;
    if (holders.size === 0) vacant = Math.max(vacant, span);
    else if (holders.size > 1) shared = Math.max(shared, span);
    if (holds) holders.add(host);
    else holders.delete(host);
    since = at;
  }
  return { vacant, shared, order: changes.map((c) => `${c.host} ${c.holds ? 'has it' : 'gives it up'}`) };
}

export interface Pings {
  readonly sent: number;
  readonly lost: number;
}

/** A client that asks an address a thousand times a second for some seconds. */
export async function ping(client: Host, address: string, seconds: number): Promise<Pings> {
  const argv = ['ping', '-q', '-n', '-i', '0.001', '-w', String(seconds), address];
  const { stdout } = await client.run(argv, { timeout: (seconds + 5) * 1000 });
  const match = /(\d+) packets transmitted, (\d+) received/.exec(stdout);
  if (!match) throw new Error(`ping said nothing of its packets: ${stdout}`);
  return { sent: Number(match[1]), lost: Number(match[1]) - Number(match[2]) };
}

/** What a client got that asked an address a thousand times a second. */
export interface SteadyPings {
  readonly sent: number;
  readonly lost: readonly Loss[];
}

/** Requests in a row without an answer. */
export interface Loss {
  /** When the first was sent, Unix time in seconds. */
  readonly at: number;
  readonly count: number;
  /** Milliseconds to the next answered one; more than `count` where the client itself was held up. */
  readonly length: number;
}

/** Asks until it is told to stop, at most for so many seconds. Resolves when it has begun. */
export async function pingOn(client: Host, address: string, atMost: number): Promise<{ stop(): Promise<SteadyPings> }> {
  const program = join(import.meta.dirname, 'steady-ping.py');
  const child = client.spawn(['python3', program, address, String(atMost)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (more: string) => {
    text += more;
  });
  const closed = once(child, 'close');
  await until('the first request', () => text.startsWith('up\n'));
  return {
    stop: async () => {
      for (const pid of childrenOf(child.pid ?? 0)) process.kill(pid, 'SIGINT');
      await closed;
      const sent = Number(/^sent ([0-9]+)$/m.exec(text)?.[1]);
      const rows = [...text.matchAll(/^([0-9.]+) ([0-9]+) ([0-9.]+)$/gm)].map(([, at, count, length]) => ({
        at: Number(at),
        count: Number(count),
        length: Number(length),
      }));
      return { sent, lost: rows };
    },
  };
}

/** The most requests in a row without an answer, of the rows that began between two moments. */
export function longestLoss({ lost }: SteadyPings, from: number, to: number): Loss | null {
  const within = lost.filter(({ at }) => at >= from && at < to).toSorted((a, b) => b.count - a.count);
  return within[0] ?? null;
}
