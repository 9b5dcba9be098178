// SPDX-License-Identifier: MIT
// Plays all scenarios of the interop matrix for two daemons on one LAN: three virtual routers in each, so that preemption, its
// absence and a tie are seen at the same time.

import { type AdvertsLive, type SeenAdvert, watchAdverts } from './adverts-live.ts';
import { prepareFrr } from './frr.ts';
import { type Implementation, type Meeting, meetingName, type Speech } from './interop-cells.ts';
import { createLan, type Lan, now, pause } from './lan.ts';

/** The three routers of each daemon. */
export const vrids = { preempt: 1, nopreempt: 2, tie: 3 } as const;
export type Name = 'a' | 'b';
export const priorities: Readonly<Record<Name, number>> = { a: 150, b: 100 };
const tied = 100;

/** Seconds. */
export function intervalOf({ version }: Pick<Speech, 'version'>): number {
  return version === 2 ? 1 : 0.25;
}

/** What was seen, and when it was done; Unix time in seconds. */
export interface PlayedMeeting {
  readonly adverts: readonly SeenAdvert[];
  readonly aStarted: number;
  readonly bStopped: number;
  readonly parted: number;
  readonly healed: number;
  /** After the healing, the better one of each router has been heard again. */
  readonly reunited: number;
  readonly aKilled: number;
  /** The source address of a daemon's adverts for a router. */
  source(name: Name, vrid: number): string;
}

interface Peer {
  start(): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

const addresses: Readonly<Record<Name, { readonly v4: string; readonly linkLocal: string; readonly global: string }>> = {
  a: { v4: '192.0.2.11', linkLocal: 'fe80::11', global: 'fd00:77::11' },
  // Above the virtual link-locals: FRR sends from those.
  b: { v4: '192.0.2.12', linkLocal: 'fe80::99:12', global: 'fd00:77::12' },
};

const vips = (speech: Speech, vrid: number): string[] =>
  speech.family === 4 ? [`192.0.2.10${vrid}/24`] : [`fe80::77:${vrid}/64`, `fd00:77::10${vrid}/64`];

function sourceOf({ pair, speech }: Meeting, name: Name, vrid: number): string {
  const own = addresses[name];
  if (speech.family === 4) return own.v4;
  if (speech.cast === 'unicast') return own.global;
  return pair[name === 'a' ? 0 : 1] === 'FRR' ? `fe80::77:${vrid}` : own.linkLocal;
}

function configuration(speech: Speech, name: Name): string {
  const unicast = (own: Name) => (speech.family === 4 ? addresses[own].v4 : addresses[own].global);
  const other = name === 'a' ? 'b' : 'a';
  const cast = speech.cast === 'multicast' ? '' : `unicast_src_ip ${unicast(name)}\n  unicast_peer {\n    ${unicast(other)}\n  }`;
  const auth = speech.auth === 'none' ? '' : `authentication {\n    auth_type ${speech.auth}\n    auth_pass secret\n  }`;
  const instance = (vrid: number, priority: number, more = '') => `vrrp_instance VI_${vrid} {
  state BACKUP
  interface eth0
  version ${speech.version}
  virtual_router_id ${vrid}
  priority ${priority}
  advert_int ${intervalOf(speech)}
  ${more}
  ${cast}
  ${auth}
  virtual_ipaddress {
    ${vips(speech, vrid).join('\n    ')}
  }
}
`;
  const nopreempt = name === 'a' ? 'nopreempt' : '';
  return instance(vrids.preempt, priorities[name]) + instance(vrids.nopreempt, priorities[name], nopreempt) + instance(vrids.tie, tied);
}

async function peerOf(lan: Lan, name: Name, implementation: Implementation, speech: Speech): Promise<Peer> {
  const router = lan.router(name);
  if (implementation !== 'FRR')
    return {
      start: async () => void router.start(),
      stop: async () => void (await router.daemon.stop()),
      kill: () => router.daemon.kill(),
    };
  const routers = Object.values(vrids).map((vrid) => ({
    vrid,
    version: speech.version,
    priority: vrid === vrids.tie ? tied : priorities[name],
    preempt: vrid !== vrids.nopreempt || name === 'b',
    interval: intervalOf(speech),
    ipv4: speech.family === 4 ? vips(speech, vrid) : [],
    ipv6: speech.family === 6 ? vips(speech, vrid) : [],
  }));
  return prepareFrr(router.host, lan.network.directory, { ifname: 'eth0', routers });
}

export async function playMeeting(meeting: Meeting): Promise<PlayedMeeting> {
  const { pair, speech } = meeting;
  const spec = (name: Name, implementation: Implementation) => ({
    name,
    kind: implementation === 'keepalived' ? ('keepalived' as const) : ('ka-ts' as const),
    address: `${addresses[name].v4}/24`,
    ipv6: [`${addresses[name].linkLocal}/64`, `${addresses[name].global}/64`],
    configuration: configuration(speech, name),
  });
  const lan = await createLan({ ifname: 'eth0', client: '192.0.2.200/24', routers: [spec('a', pair[0]), spec('b', pair[1])] });
  let live: AdvertsLive | undefined;
  try {
    live = await watchAdverts(lan.client, 'eth0');
    return await playOn(lan, live, meeting);
  } catch (cause) {
    const log = (['a', 'b'] as const).map((name) => `${name}: ${tail(lan, name)}`).join('\n');
    throw new Error(`${meetingName(meeting)}: ${(cause as Error).message}\n${log}`, { cause });
  } finally {
    live?.stop();
    await lan.destroy();
  }
}

function tail(lan: Lan, name: Name): string {
  try {
    return lan
      .router(name)
      .daemon.lines.slice(-12)
      .map((line) => `\n  ${line.text}`)
      .join('');
  } catch {
    return 'no log';
  }
}

async function playOn(lan: Lan, live: AdvertsLive, meeting: Meeting): Promise<PlayedMeeting> {
  const { pair, speech } = meeting;
  const interval = intervalOf(speech);
  const [a, b] = [await peerOf(lan, 'a', pair[0], speech), await peerOf(lan, 'b', pair[1], speech)];
  const source = (name: Name, vrid: number) => sourceOf(meeting, name, vrid);
  const untilActive = (name: Name, list: readonly number[], after: number) =>
    Promise.all(
      list.map((vrid) =>
        live.untilSeen(
          `an advert of ${name} for ${vrid}`,
          (x) => x.vrid === vrid && x.source === source(name, vrid) && x.priority > 0,
          after,
          {
            within: 20_000,
          },
        ),
      ),
    );

  const began = now();
  await b.start();
  await untilActive('b', [1, 2, 3], began);
  const aStarted = now();
  await a.start();
  await untilActive('a', [vrids.preempt], aStarted);
  await pause(2.5 * interval);
  const bStopped = now();
  await b.stop();
  await untilActive('a', [vrids.nopreempt, vrids.tie], bStopped);

  const parted = now();
  await lan.network.partition(['a', 'b'], true);
  await b.start();
  await untilActive('b', [1, 2, 3], parted);
  await pause(1.2 * interval);
  const healed = now();
  await lan.network.partition(['a', 'b'], false);
  // keepalived puts its next advert off with each packet that it drops. With AH it drops b's until their numbers, which began
  // anew, have passed its own: so long it may be silent.
  await Promise.all([untilActive('a', [vrids.preempt], healed), untilActive('b', [vrids.tie], healed)]);
  const reunited = now();
  await pause(5 * interval);
  const aKilled = now();
  await a.kill();
  await untilActive('b', [vrids.preempt, vrids.nopreempt], aKilled);
  return { adverts: live.seen, aStarted, bStopped, parted, healed, reunited, aKilled, source };
}
