// SPDX-License-Identifier: MIT
// The running lab: two nodes, a client that pings, the tap that watches; one stream of events in order of time.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Micros, micros, milliseconds } from '../base/time.ts';
import { loadNative } from '../native/load.ts';
import { type Daemon, monotonic, startDaemon } from './daemon.ts';
import type { LabEvent } from './events.ts';
import { createNetwork, type Network } from './network.ts';
import type { Plan } from './plan.ts';
import { runOrThrow } from './run.ts';
import { type StandIn, startStandIn } from './stand-in.ts';
import { createWatch } from './watch.ts';

export interface NodeSpec {
  /** Program and words before the options. */
  readonly command: readonly string[];
  /** Path, so that includes are found beside it; or the text of a built-in one. */
  readonly configuration: { readonly file: string } | { readonly text: string };
}

export interface Cluster {
  readonly network: Network;
  readonly directory: string;
  /** All events so far, in order of time. */
  readonly events: readonly LabEvent[];
  start(node: string): void;
  /** SIGTERM; resolves when the daemon has ended. */
  stop(node: string): Promise<void>;
  /** SIGKILL to every process of the daemon at once. */
  kill(node: string): Promise<void>;
  /** Ends or starts the processes that the node's check scripts look for. */
  setHealthy(node: string, healthy: boolean): Promise<void>;
  cable(node: string, plugged: boolean): Promise<void>;
  /** Adds an event of the lab's own. */
  tell(event: LabEvent): void;
  /** Events no longer than this ago may still be missing: packets and log lines take different ways to us. */
  readonly settling: Micros;
  /** Waits for `look` to find something in the events; undefined after `limit` milliseconds. Throws when a signal ends the lab. */
  until<T>(look: (events: readonly LabEvent[], now: Micros) => T | undefined, limit: number): Promise<T | undefined>;
  /** Frames that the tap has missed. */
  drops(): number;
  close(): Promise<void>;
}

const pingInterval = milliseconds(20);
const settling = milliseconds(40);

/** Builds everything but starts no daemon. `onEvent` is called in order of time. */
export async function createCluster(
  plan: Plan,
  specs: readonly [NodeSpec, NodeSpec],
  onEvent: (event: LabEvent) => void,
  signal: AbortSignal,
): Promise<Cluster> {
  const native = loadNative();
  const directory = mkdtempSync(join(tmpdir(), `ka-lab-${process.pid}-`));
  let network: Network | undefined;
  const undo: (() => void)[] = [];
  const close = async () => {
    for (const action of undo.splice(0)) action();
    await network?.destroy();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    network = await createNetwork([
      ...plan.nodes.map((node) => ({ name: node.name, interfaces: node.interfaces })),
      { name: 'client', interfaces: [{ name: plan.client.ifname, addresses: [`${plan.client.address}/${plan.client.prefixLength}`] }] },
    ]);
    const net = network;
    const client = net.host('client');
    const events: LabEvent[] = [];
    const pending: LabEvent[] = [];
    const watch = createWatch({
      vrid: plan.vrid,
      vip: plan.vip,
      client: plan.client.address,
      nodes: await nodeAddresses(net, plan),
      patience: micros(5 * pingInterval),
    });
    const flush = (before: number) => {
      pending.sort((a, b) => a.at - b.at);
      while (pending[0] && pending[0].at <= before) {
        const event = pending.shift() as LabEvent;
        events.push(event);
        onEvent(event);
      }
    };
    const beat = setInterval(() => {
      const now = monotonic();
      pending.push(...watch.tick(now));
      flush(now - settling);
    }, 10);
    undo.push(() => {
      clearInterval(beat);
      flush(Number.POSITIVE_INFINITY);
    });

    const tap = native.openTap({ netns: client.netns, ifname: plan.client.ifname, snaplen: 256, promiscuous: true }, (frames) => {
      for (const frame of frames) pending.push(...watch.frame(micros(frame.at), native.describeFrame(frame.bytes)));
    });
    undo.push(() => tap.close());
    // Numeric, quiet, for as long as the lab lives; the tap sees what comes of it.
    client.spawn(['ping', '-n', '-q', '-i', String(pingInterval / 1e6), plan.vip], { stdio: 'ignore', detached: true });

    const daemons = new Map<string, Daemon>();
    const daemon = (node: string) => {
      const found = daemons.get(node);
      if (!found) throw new TypeError(`${node} does not run`);
      return found;
    };
    const standIns = new Map<string, StandIn[]>();
    const planOf = (node: string) => {
      const found = plan.nodes.find((n) => n.name === node);
      if (!found) throw new TypeError(`no node called ${node}`);
      return found;
    };
    const configurationOf = (node: string, { configuration }: NodeSpec) => {
      if ('file' in configuration) return resolve(configuration.file);
      const file = join(directory, `${node}.conf`);
      writeFileSync(file, configuration.text);
      return file;
    };

    return {
      network: net,
      directory,
      events,
      settling,
      start: (node) => {
        const spec = specs[plan.nodes.findIndex((n) => n.name === node)];
        if (!spec) throw new TypeError(`no node called ${node}`);
        daemons.set(
          node,
          startDaemon(net.host(node), {
            command: spec.command,
            configuration: configurationOf(node, spec),
            directory,
            onLine: ({ at, text }) => pending.push(...watch.line(at, node, text)),
          }),
        );
      },
      stop: async (node) => {
        await daemon(node).stop();
      },
      kill: (node) => daemon(node).kill(),
      setHealthy: async (node, healthy) => {
        for (const old of standIns.get(node) ?? []) old.end();
        standIns.delete(node);
        if (!healthy) return;
        standIns.set(
          node,
          planOf(node).processes.map((p) => startStandIn(net.host(node), p.name, directory)),
        );
      },
      cable: (node, plugged) => net.cable(node, planOf(node).ifname, plugged),
      tell: (event) => {
        flush(event.at);
        events.push(event);
        onEvent(event);
      },
      until: async (look, limit) => {
        const deadline = performance.now() + limit;
        for (;;) {
          const found = look(events, monotonic());
          if (found !== undefined) return found;
          if (performance.now() > deadline) return undefined;
          await sleep(20, undefined, { signal });
        }
      },
      drops: () => tap.drops(),
      close,
    };
  } catch (cause) {
    await close();
    throw cause;
  }
}

async function nodeAddresses(network: Network, plan: Plan): Promise<Map<string, string>> {
  const map = new Map<string, string>();
  for (const node of plan.nodes) {
    const shown = JSON.parse(await runOrThrow(['ip', '-n', network.host(node.name).netns, '-j', 'link'])) as { address?: string }[];
    for (const { address } of shown) if (address !== undefined && address !== '00:00:00:00:00:00') map.set(address, node.name);
    map.set(node.address, node.name);
  }
  return map;
}
