// SPDX-License-Identifier: MIT
// Adverts as they pass, told by tcpdump: for plays that wait for somebody's advert. Knows nothing of ka-ts.

import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Host } from '../../lib/lab/host.ts';
import { type Patience, until } from './until.ts';

export interface SeenAdvert {
  /** Unix time in seconds, from the kernel. */
  readonly at: number;
  readonly source: string;
  readonly destination: string;
  readonly version: number;
  readonly vrid: number;
  readonly priority: number;
  /** Version 2: as tcpdump calls it (none, simple, ah); else ''. */
  readonly auth: string;
  /** tcpdump found a wrong VRRP checksum. */
  readonly bad: boolean;
}

export interface AdvertsLive {
  readonly seen: readonly SeenAdvert[];
  /** The first advert since `after` (seconds, Unix time) that passes the filter. */
  untilSeen(what: string, filter: (advert: SeenAdvert) => boolean, after: number, patience?: Patience): Promise<SeenAdvert>;
  stop(): void;
}

const advert = / (\S+) > (\S+): .*VRRPv(\d), Advertisement, .*?vrid (\d+), prio (\d+)(?:, authtype (\w+))?/;

/** Resolves when tcpdump listens. `which`: what the host sends, or all that passes. */
export async function watchAdverts(host: Host, ifname: string, which: 'outbound' | 'all' = 'all'): Promise<AdvertsLive> {
  const vrrp = '(ip proto 112 or ip proto 51 or ip6 proto 112)';
  const filter = which === 'all' ? vrrp : `outbound and ${vrrp}`;
  const argv = ['tcpdump', '-i', ifname, '-n', '-tt', '-v', '-l', '--immediate-mode', '-Z', 'root', filter];
  const child: ChildProcess = host.spawn(argv, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const seen: SeenAdvert[] = [];
  let at = Number.NaN;
  if (child.stdout)
    createInterface({ input: child.stdout }).on('line', (line) => {
      // With -v, the second line of an IPv4 packet is indented.
      at = Number(/^(\d+\.\d+) /.exec(line)?.[1] ?? at);
      const found = advert.exec(line);
      if (!found) return;
      const [, source = '', destination = '', version, vrid, priority, auth = ''] = found;
      const bad = /bad vrrp cksum/.test(line);
      seen.push({ at, source, destination, version: Number(version), vrid: Number(vrid), priority: Number(priority), auth, bad });
    });
  await new Promise<void>((resolve, reject) => {
    let text = '';
    child.stderr?.setEncoding('utf8').on('data', (more: string) => {
      text += more;
      if (text.includes('listening on')) resolve();
    });
    child.once('exit', () => reject(new Error(`tcpdump: ${text}`)));
  });
  return {
    seen,
    untilSeen: (what, filter_, after, patience) => until(what, () => seen.find((a) => a.at > after && filter_(a)), patience),
    // Its host ends tcpdump itself; this only ends the pipe.
    stop: () => void child.kill('SIGKILL'),
  };
}
