// SPDX-License-Identifier: MIT
// Two namespaces joined by a veth pair, an engine in each on request, and taps that see the wire with the kernel's own
// receive times. Everything goes with destroy().

import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Micros, micros } from '../../lib/base/time.ts';
import { loadNative } from '../../lib/native/load.ts';
import type {
  AdvertFrame,
  EndpointSpec,
  EngineEvent,
  Expectation,
  FrameSummary,
  PacketEngine,
  TapFrame,
} from '../../lib/native/surface.ts';
import { until } from '../support/until.ts';

export const native = loadNative();
const agentFile = fileURLToPath(new URL('./engine-agent.ts', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));

export type EventOf<K extends EngineEvent['kind']> = Extract<EngineEvent, { kind: K }>;
type Method<T> = T extends (...args: infer A) => infer R ? (...args: A) => Promise<R> : never;
export type RemoteEngine = { [K in keyof PacketEngine]: Method<PacketEngine[K]> };

/** An engine in another process. Events are kept in the order they came, with the number of their batch. */
export class Agent {
  readonly events: (EngineEvent & { batch: number })[] = [];
  readonly engine: RemoteEngine;
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  private lastId = 0;

  constructor(netns: string) {
    this.child = spawn('ip', ['netns', 'exec', netns, process.execPath, '--import', 'tsx', agentFile], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
    });
    this.child.on('message', (message: { id?: number; result?: unknown; error?: Error; batch?: number; events?: EngineEvent[] }) => {
      for (const event of message.events ?? []) this.events.push({ ...event, batch: message.batch ?? 0 });
      if (message.id === undefined) return;
      const caller = this.waiting.get(message.id);
      this.waiting.delete(message.id);
      if (message.error) caller?.reject(Object.assign(new Error(message.error.message), message.error));
      else caller?.resolve(message.result);
    });
    this.engine = new Proxy({} as RemoteEngine, {
      get: (_, method: string) => {
        return (...args: unknown[]) => this.call('engine', method, args);
      },
    });
  }

  async open(options: { realtimePriority?: number; lockMemory?: boolean; leaseFd?: number } = {}): Promise<void> {
    await once(this.child, 'message');
    await this.call('agent', 'open', [{ realtimePriority: 50, lockMemory: true, leaseFd: -1, ...options }]);
  }

  call(target: 'agent' | 'engine' | 'native', method: string, args: readonly unknown[] = []): Promise<unknown> {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.child.send({ id, target, method, args });
    });
  }

  /** Calls in one turn of the agent's loop, then a spin of so many milliseconds. What the last call returned. */
  sequence(calls: readonly [keyof PacketEngine, readonly unknown[]][], blockFor = 0): Promise<unknown> {
    return this.call('agent', 'sequence', [calls, blockFor]);
  }

  of<K extends EngineEvent['kind']>(kind: K): (EventOf<K> & { batch: number })[] {
    return this.events.filter((event) => event.kind === kind) as unknown as (EventOf<K> & { batch: number })[];
  }

  /** SIGSTOP and SIGCONT: what a paused virtual machine does to both threads. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.child.kill(name);
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.disconnect();
    await gone;
  }
}

/** A frame on the wire: when (µs, CLOCK_MONOTONIC), which way, what. */
export type Seen = TapFrame & { readonly what: FrameSummary };

export class Wire {
  readonly seen: Seen[] = [];
  private readonly tap;

  constructor(netns: string, ifname: string) {
    this.tap = native.openTap({ netns, ifname, snaplen: 2048, promiscuous: true }, (frames) => {
      for (const frame of frames) this.seen.push({ ...frame, what: native.describeFrame(frame.bytes) });
    });
  }

  adverts(): Seen[] {
    return this.seen.filter((frame) => frame.what.kind === 'advert');
  }

  announcements(): Seen[] {
    return this.seen.filter((frame) => frame.what.kind === 'garp' || frame.what.kind === 'na');
  }

  send(frame: Uint8Array): void {
    this.tap.send(frame);
  }

  close(): void {
    this.tap.close();
  }
}

export interface Lan {
  readonly a: { readonly netns: string; readonly ifindex: number };
  readonly b: { readonly netns: string; readonly ifindex: number };
  ip(host: 'a' | 'b', ...args: string[]): string;
  agent(host: 'a' | 'b', options?: Parameters<Agent['open']>[0]): Promise<Agent>;
  wire(host: 'a' | 'b', ifname?: string): Wire;
  destroy(): Promise<void>;
}

let networks = 0;

/** Hosts a (192.0.2.1, 2001:db8::1) and b (.2, ::2) with one interface e0 each. */
export async function createLan(): Promise<Lan> {
  const prefix = `ka${process.pid}-e${++networks}`;
  const names = { a: `${prefix}a`, b: `${prefix}b` };
  const run = (...args: string[]): string => execFileSync('ip', args, { encoding: 'utf8' });
  const agents: Agent[] = [];
  const wires: Wire[] = [];
  const inside = (host: 'a' | 'b', ...args: string[]): string => run('-n', names[host], ...args);
  const destroy = async (): Promise<void> => {
    for (const wire of wires) wire.close();
    for (const agent of agents) await agent.end();
    for (const name of Object.values(names)) execFileSync('sh', ['-c', `ip netns del ${name} 2>/dev/null || true`]);
  };
  try {
    for (const name of Object.values(names)) run('netns', 'add', name);
    run('link', 'add', 'e0', 'netns', names.a, 'type', 'veth', 'peer', 'name', 'e0', 'netns', names.b);
    for (const [host, number] of [
      ['a', 1],
      ['b', 2],
    ] as const) {
      inside(host, 'link', 'set', 'lo', 'up');
      inside(host, 'addr', 'add', `192.0.2.${number}/24`, 'dev', 'e0');
      inside(host, 'addr', 'add', `2001:db8::${number}/64`, 'dev', 'e0', 'nodad');
      inside(host, 'link', 'set', 'e0', 'up');
    }
    const ifindex = (host: 'a' | 'b'): number => JSON.parse(inside(host, '-j', 'link', 'show', 'e0'))[0].ifindex;
    await until(
      'both ends are up',
      () => /LOWER_UP/.test(inside('a', 'link', 'show', 'e0')) && /LOWER_UP/.test(inside('b', 'link', 'show', 'e0')),
    );
    return {
      a: { netns: names.a, ifindex: ifindex('a') },
      b: { netns: names.b, ifindex: ifindex('b') },
      ip: inside,
      agent: async (host, options) => {
        const agent = new Agent(names[host]);
        agents.push(agent);
        await agent.open(options);
        return agent;
      },
      wire: (host, ifname = 'e0') => {
        const wire = new Wire(names[host], ifname);
        wires.push(wire);
        return wire;
      },
      destroy,
    };
  } catch (error) {
    await destroy();
    throw error;
  }
}

const noAuth = new Uint8Array(8);

export function multicast(ifindex: number, family: 4 | 6 = 4): EndpointSpec {
  const address = family === 4 ? '224.0.0.18' : 'ff02::12';
  return { family, protocol: 112, ifindex, ifname: 'e0', kind: 'multicast', address, receiveBuffer: 0 };
}

export function unicast(ifindex: number, address: string): EndpointSpec {
  return { family: 4, protocol: 112, ifindex, ifname: 'e0', kind: 'unicast', address, receiveBuffer: 0 };
}

export function expectation(changes: Partial<Expectation> = {}): Expectation {
  return {
    version: 2,
    authType: 0,
    authData: noAuth,
    interval: micros(1_000_000),
    addresses: ['192.0.2.100'],
    peers: [],
    checkUnicastSource: false,
    v3ChecksumAsV2: false,
    ignoreAdverts: false,
    skipAddressCheck: false,
    ...changes,
  };
}

export function frame(changes: Partial<AdvertFrame> = {}): AdvertFrame {
  return {
    version: 2,
    vrid: 51,
    priority: 100,
    authType: 0,
    authData: noAuth,
    interval: micros(1_000_000),
    addresses: ['192.0.2.100'],
    v3ChecksumAsV2: false,
    source: '192.0.2.1',
    destinations: ['224.0.0.18'],
    ttl: 255,
    ...changes,
  };
}

/** An Ethernet frame around an IPv4 packet to the VRRP group, for injection. */
export function ethernet(packet: Uint8Array): Uint8Array {
  return Uint8Array.from([0x01, 0x00, 0x5e, 0x00, 0x00, 0x12, 2, 0, 0, 0, 0, 9, 0x08, 0x00, ...withIpChecksum(packet)]);
}

/** The kernel fills the checksum of the IP header in when it sends; for an injected packet we do. */
function withIpChecksum(packet: Uint8Array): Uint8Array {
  const out = Uint8Array.from(packet);
  const words = new DataView(out.buffer);
  words.setUint16(10, 0);
  let sum = 0;
  for (let at = 0; at < 20; at += 2) sum += words.getUint16(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  words.setUint16(10, ~sum & 0xffff);
  return out;
}

/** Gaps between neighbours, µs. */
export function gaps(frames: readonly { readonly at: number }[]): number[] {
  return frames.slice(1).map((next, i) => next.at - (frames[i]?.at ?? Number.NaN));
}

/** What one event may be late: a shared virtual machine takes a bare C real-time thread off its CPU for up to 15 ms. */
export const tolerance = 20_000;

/** Frames every so many µs: nearly all gaps within 2 ms of it, none longer than the machine alone explains. */
export function assertPunctual(frames: readonly { readonly at: number }[], every: number): void {
  const between = gaps(frames);
  const off = between.filter((gap) => Math.abs(gap - every) > 2_000);
  // A late one makes the gap before it long and the one behind it short.
  assert.ok(off.length <= Math.max(2, between.length * 0.05), `${off.length} of ${between.length} gaps are off: ${off}`);
  assert.ok(Math.max(...between) < every + tolerance, `longest gap ${Math.max(...between)} µs`);
}

export function later(milliseconds: number): Micros {
  return micros(native.now() + milliseconds * 1000);
}
