// SPDX-License-Identifier: MIT
// A small Ethernet made of namespaces: hosts around a bridge that forwards like a hub, so that every host can watch all
// traffic. Nothing of the machine's own network is touched: both ends of every veth are born inside our namespaces.

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootHost, type FirstProcess, type Host } from './host.ts';
import { run, runOrThrow } from './run.ts';

export interface InterfaceSpec {
  readonly name: string;
  /** With prefix length: `192.0.2.1/24`. */
  readonly addresses: readonly string[];
}

export interface HostSpec extends FirstProcess {
  readonly name: string;
  /** Each is plugged into the one bridge. */
  readonly interfaces: readonly InterfaceSpec[];
}

export interface Network {
  /** Throws for a name that was not in the specification. */
  host(name: string): Host;
  /** Pulls or plugs the cable of a host's interface: carrier goes, the interface itself stays up. */
  cable(host: string, ifname: string, plugged: boolean): Promise<void>;
  /** Keeps these hosts from hearing each other, whatever they send; all others go on hearing everyone. Or undoes it. */
  partition(hosts: readonly string[], apart: boolean): Promise<void>;
  /** Ends all processes on all hosts and removes the namespaces. May be called again. */
  destroy(): Promise<void>;
}

/** Namespaces of every network this process has built and not yet destroyed. */
const standing = new Set<string>();
let builtSoFar = 0;

/**
 * Builds a network; the namespaces are called `ka<pid>-<host>`, from the second network on `ka<pid>-<n>-<host>`.
 * Throws Error with the reason when we are not root or the kernel lacks something, and leaves nothing behind.
 */
export async function createNetwork(hosts: readonly HostSpec[]): Promise<Network> {
  if (process.geteuid?.() !== 0) throw new Error('network namespaces need root: run this as root');
  if (builtSoFar === 0) process.once('exit', removeStanding);
  builtSoFar++;
  const prefix = `ka${process.pid}-${builtSoFar === 1 ? '' : `${builtSoFar}-`}`;
  const wire = `${prefix}wire`;
  const names = [wire, ...hosts.map((h) => prefix + h.name)];
  const booted = new Map<string, Host>();

  const destroy = async (): Promise<void> => {
    await Promise.all([...booted.values()].map((host) => host.halt()));
    for (const name of names) {
      if (!standing.has(name)) continue;
      const { status } = await run(['ip', 'netns', 'delete', name]);
      if (status === 0) standing.delete(name); // else once more at exit
    }
  };

  try {
    for (const name of names) {
      await needs('network namespaces', ['ip', 'netns', 'add', name]);
      standing.add(name);
    }
    await plugTogether(prefix, wire, hosts);
    for (const spec of hosts) booted.set(spec.name, await bootHost(spec.name, prefix + spec.name, spec));
  } catch (cause) {
    await destroy();
    throw cause;
  }
  return {
    host: (name) => {
      const host = booted.get(name);
      if (!host) throw new TypeError(`no host called ${name}`);
      return host;
    },
    cable: async (host, ifname, plugged) => {
      const index = ports(hosts).findIndex((p) => p.host === host && p.interface.name === ifname);
      if (index < 0) throw new TypeError(`${host} has no interface called ${ifname}`);
      await runOrThrow(['ip', '-n', wire, 'link', 'set', `port${index}`, plugged ? 'up' : 'down']);
    },
    partition: async (apartHosts, apart) => {
      // Isolated ports of a bridge exchange nothing with each other, and everything with the rest.
      for (const [index, port] of ports(hosts).entries())
        if (apartHosts.includes(port.host))
          await runOrThrow(['bridge', '-n', wire, 'link', 'set', 'dev', `port${index}`, 'isolated', apart ? 'on' : 'off']);
    },
    destroy,
  };
}

/** Removes namespaces and temporary folders of runs that died without cleaning up; the names of what was removed. */
export async function sweepDeadRuns(): Promise<string[]> {
  const left = list('/run/netns').filter((name) => isLeftBy(/^ka([0-9]+)-/, name));
  for (const name of left) {
    const { stdout } = await run(['ip', 'netns', 'pids', name]);
    for (const pid of stdout.split('\n').filter(Boolean).map(Number)) killQuietly(pid);
    await run(['ip', 'netns', 'delete', name]);
  }
  const folders = list(tmpdir()).filter((name) => isLeftBy(/^ka-(?:lab|test)-([0-9]+)-/, name));
  for (const name of folders) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  return [...left, ...folders];
}

function isLeftBy(pattern: RegExp, name: string): boolean {
  const owner = pattern.exec(name)?.[1];
  return owner !== undefined && !isAlive(Number(owner));
}

function ports(hosts: readonly HostSpec[]): { readonly host: string; readonly interface: InterfaceSpec }[] {
  return hosts.flatMap((host) => host.interfaces.map((i) => ({ host: host.name, interface: i })));
}

async function plugTogether(prefix: string, wire: string, hosts: readonly HostSpec[]): Promise<void> {
  // ageing_time 0: no address is ever learnt, so unicast reaches every port as on a hub.
  // IPv6 of the bridge itself is switched off: it would only add chatter to every capture.
  await needs('a bridge', ['ip', '-n', wire, 'link', 'add', 'br0', 'type', 'bridge', 'ageing_time', '0', 'mcast_snooping', '0']);
  await run(['ip', 'netns', 'exec', wire, 'sh', '-c', 'echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6 2>/dev/null']);
  await run(['ip', 'netns', 'exec', wire, 'sh', '-c', 'echo 1 >/proc/sys/net/ipv6/conf/br0/disable_ipv6 2>/dev/null']);
  const onWire = ['link set br0 up'];
  for (const [index, port] of ports(hosts).entries()) {
    onWire.push(`link add port${index} type veth peer name ${port.interface.name} netns ${prefix}${port.host}`);
    onWire.push(`link set port${index} master br0 up`);
  }
  await needs('veth interfaces', ['ip', '-n', wire, '-batch', '-'], onWire.join('\n'));
  for (const host of hosts) {
    const lines = ['link set lo up'];
    for (const i of host.interfaces) {
      for (const address of i.addresses) lines.push(`address add ${address} broadcast + dev ${i.name}`);
      lines.push(`link set ${i.name} up`);
    }
    await runOrThrow(['ip', '-n', prefix + host.name, '-batch', '-'], { input: lines.join('\n') });
  }
}

async function needs(what: string, argv: readonly string[], input = ''): Promise<void> {
  const { status, stderr } = await run(argv, { input });
  if (status !== 0)
    throw new Error(`${what} cannot be made here (${stderr.trim() || `status ${status}`}): the kernel or the container lacks it`);
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isAlive(pid: number): boolean {
  try {
    // A zombie holds nothing: what it made is left over.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // already gone
  }
}

/** The last resort when the process leaves without destroy(): the kernel ends the hosts' processes, the names we remove. */
function removeStanding(): void {
  for (const name of standing) spawnSync('ip', ['netns', 'delete', name], { stdio: 'ignore' });
}
