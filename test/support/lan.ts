// SPDX-License-Identifier: MIT
// A LAN with routers under test and a client that watches: the stage on which topology tests play their scenarios. A play
// runs to its end and is recorded; the tests then look at the recording, so several plays can run at the same time.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Daemon, type LogLine, monotonic, startDaemon } from '../../lib/lab/daemon.ts';
import type { FirstProcess, Host } from '../../lib/lab/host.ts';
import type { InterfaceSpec } from '../../lib/lab/network.ts';
import { runOrThrow } from '../../lib/lab/run.ts';
import { type Capture, type Packet, startCapture } from './capture.ts';
import { commandOf, type Kind } from './daemon.ts';
import { createTestNetwork, type TestNetwork } from './namespaces.ts';
import { type Patience, until } from './until.ts';

export interface RouterSpec extends FirstProcess {
  readonly name: string;
  readonly kind: Kind;
  /** With prefix length. */
  readonly address: string;
  /**
   * IPv6 addresses with prefix length, link-local ones included: these and no others, usable at once. Absent: what the kernel
   * makes by itself.
   */
  readonly ipv6?: readonly string[];
  /** Link-layer address; absent: a random one. */
  readonly mac?: string;
  /** Besides the one that all have. */
  readonly interfaces?: readonly InterfaceSpec[];
  readonly configuration: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface LanSpec {
  readonly ifname: string;
  /** The client's address with prefix length. */
  readonly client: string;
  readonly routers: readonly RouterSpec[];
}

export interface Router {
  readonly host: Host;
  /** The daemon of the last start(). */
  readonly daemon: Daemon;
  /** Where its configuration stands: may be rewritten before a reload. */
  readonly file: string;
  start(environment?: Readonly<Record<string, string>>): Daemon;
  holds(address: string): Promise<boolean>;
  untilHolds(address: string, patience?: Patience): Promise<void>;
  untilReleased(address: string, patience?: Patience): Promise<void>;
}

export interface Recording {
  readonly packets: readonly Packet[];
  /** Unix time in seconds of a log line. */
  epoch(line: LogLine): number;
}

export interface Lan {
  readonly network: TestNetwork;
  readonly client: Host;
  router(name: string): Router;
  cable(router: string, plugged: boolean): Promise<void>;
  /** Ends the capture and decodes it. The daemons may go on. */
  recording(): Promise<Recording>;
  destroy(): Promise<void>;
}

/** Unix time in seconds, the scale of captured packets. */
export function now(): number {
  return Date.now() / 1000;
}

/** Lets time pass, in seconds. */
export async function pause(seconds: number): Promise<void> {
  const began = now();
  await until(`${seconds} s have passed`, () => now() > began + seconds, { within: (seconds + 5) * 1000 });
}

/** Plays on a LAN of its own, eth0 with the client 192.0.2.200: what the play tells, and the recording. */
export async function playOnLan<R>(routers: readonly RouterSpec[], play: (lan: Lan) => Promise<R>): Promise<R & Recording> {
  const lan = await createLan({ ifname: 'eth0', client: '192.0.2.200/24', routers });
  try {
    const result = await play(lan);
    return { ...result, ...(await lan.recording()) };
  } finally {
    await lan.destroy();
  }
}

export async function createLan(spec: LanSpec): Promise<Lan> {
  const hosts = [...spec.routers, { name: 'client', address: spec.client, interfaces: [] }];
  const network = await createTestNetwork(
    hosts.map((h) => ({ ...h, interfaces: [{ name: spec.ifname, addresses: [h.address] }, ...(h.interfaces ?? [])] })),
  );
  const client = network.host('client');
  for (const router of spec.routers) await dress(network.host(router.name), spec.ifname, router);
  let capture: Capture;
  try {
    capture = await startCapture(client, spec.ifname, join(network.directory, 'client.pcap'));
  } catch (cause) {
    await network.destroy();
    throw cause;
  }
  const routers = new Map(spec.routers.map((r) => [r.name, createRouter(r, spec.ifname, network)]));
  const offset = Date.now() * 1000 - monotonic();
  return {
    network,
    client,
    router: (name) => {
      const router = routers.get(name);
      if (!router) throw new TypeError(`no router called ${name}`);
      return router;
    },
    cable: (name, plugged) => network.cable(name, spec.ifname, plugged),
    recording: async () => ({ packets: await capture.packets(), epoch: (line) => (line.at + offset) / 1e6 }),
    destroy: async () => {
      await network.destroy();
    },
  };
}

async function dress(host: Host, ifname: string, { ipv6, mac }: RouterSpec): Promise<void> {
  const lines: string[] = [];
  if (mac !== undefined) lines.push(`link set ${ifname} address ${mac}`);
  if (ipv6 !== undefined) lines.push(`link set ${ifname} addrgenmode none`, `-6 address flush dev ${ifname}`);
  for (const address of ipv6 ?? []) lines.push(`address add ${address} dev ${ifname} nodad`);
  for (const line of lines) await runOrThrow(['ip', '-n', host.netns, ...line.split(' ')]);
}

function createRouter(spec: RouterSpec, ifname: string, network: TestNetwork): Router {
  const host = network.host(spec.name);
  const file = join(network.directory, `${spec.name}.conf`);
  writeFileSync(file, spec.configuration);
  let daemon: Daemon | undefined;
  const holds = async (address: string) => (await host.addresses(ifname)).some((a) => a === address || a.startsWith(`${address}/`));
  return {
    host,
    file,
    get daemon() {
      if (!daemon) throw new Error(`${spec.name} was never started`);
      return daemon;
    },
    start: (environment = {}) => {
      const command = commandOf(spec.kind);
      daemon = startDaemon(host, {
        command,
        configuration: file,
        directory: network.directory,
        environment: { ...spec.environment, ...environment },
      });
      return daemon;
    },
    holds,
    untilHolds: async (address, patience) => {
      await until(`${spec.name} has ${address}`, () => holds(address), { every: 50, ...patience });
    },
    untilReleased: async (address, patience) => {
      await until(`${spec.name} no longer has ${address}`, async () => !(await holds(address)), { every: 50, ...patience });
    },
  };
}

/** Adverts in order; each condition that is given must hold. */
export function adverts(
  packets: readonly Packet[],
  wanted: { readonly source?: string; readonly priority?: number; readonly after?: number; readonly before?: number } = {},
): Packet[] {
  const { source, priority, after = -Infinity, before = Infinity } = wanted;
  return packets.filter(
    (p) =>
      p.kind === 'advert' &&
      p.at > after &&
      p.at < before &&
      (source === undefined || p.source === source) &&
      (priority === undefined || p.priority === priority),
  );
}

/** Gratuitous ARPs for an address in a span of time. */
export function garps(packets: readonly Packet[], address: string, after = -Infinity, before = Infinity): Packet[] {
  return packets.filter((p) => p.kind === 'garp' && p.source === address && p.at > after && p.at < before);
}

/** Unsolicited Neighbor Advertisements for an address in a span of time. */
export function neighborAdverts(packets: readonly Packet[], address: string, after = -Infinity, before = Infinity): Packet[] {
  return packets.filter((p) => p.kind === 'na' && p.naTarget === address && !p.naFlags.includes('s') && p.at > after && p.at < before);
}

/** The only or first element. Throws with `what` when there is none. */
export function first<T>(list: readonly T[], what: string): T {
  const [head] = list;
  if (head === undefined) throw new Error(`none: ${what}`);
  return head;
}

export function last<T>(list: readonly T[], what: string): T {
  const tail = list.at(-1);
  if (tail === undefined) throw new Error(`none: ${what}`);
  return tail;
}

export interface Play<R> {
  readonly name: string;
  readonly play: () => Promise<R>;
}

/**
 * All plays given to one stage run at the same time, in the `before` hook of the suite around. play() registers some;
 * the function it returns gives one play's result or throws the error that ended it.
 */
export function createStage(limit = 120_000): { play<R>(plays: readonly Play<R>[]): (name: string) => R } {
  const waiting: (() => Promise<void>)[] = [];
  before(async function () {
    this.timeout(limit);
    await Promise.all(waiting.map((begin) => begin()));
  });
  beforeEach(async function () {
    // Another attempt (test/run.mjs) at the old recording would only fail again.
    if (!isRepeated(this.currentTest)) return;
    this.timeout(limit);
    await Promise.all(waiting.map((begin) => begin()));
  });
  return {
    play: (plays) => {
      const results = new Map<string, PromiseSettledResult<Awaited<ReturnType<(typeof plays)[number]['play']>>>>();
      waiting.push(async () => {
        const settled = await Promise.allSettled(plays.map((p) => p.play()));
        for (const [index, p] of plays.entries()) {
          const result = settled[index];
          if (result) results.set(p.name, result);
        }
      });
      return (name) => {
        const result = results.get(name);
        if (result?.status === 'fulfilled') return result.value;
        throw result?.reason ?? new Error(`${name} was not played`);
      };
    },
  };
}

function isRepeated(test: Mocha.Test | undefined): boolean {
  return ((test as unknown as { currentRetry?: () => number })?.currentRetry?.() ?? 0) > 0;
}
