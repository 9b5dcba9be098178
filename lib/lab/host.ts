// SPDX-License-Identifier: MIT
// A host: a network namespace with a process, mount and (through it) file view of its own. Everything on a host is a
// descendant of its first process, which the kernel ends together with us: nothing can outlive the lab or a test.

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { type Finished, type RunOptions, run, runOrThrow } from './run.ts';

export interface Host {
  readonly name: string;
  /** Name in /run/netns. */
  readonly netns: string;
  /** Process 1 of the host, as seen from outside. */
  readonly firstPid: number;
  /** The words that run a command on this host. */
  command(argv: readonly string[]): string[];
  run(argv: readonly string[], options?: RunOptions): Promise<Finished>;
  spawn(argv: readonly string[], options?: SpawnOptions): ChildProcess;
  /** Addresses of an interface with their prefix lengths, as `ip` shows them; all families, no link-locals. */
  addresses(ifname: string): Promise<string[]>;
  /** Ends every process of the host with SIGKILL and waits for it. The namespace stays. */
  halt(): Promise<void>;
}

export interface FirstProcess {
  /** `source` appears as `target` on this host only; both must exist. */
  readonly binds?: readonly { readonly source: string; readonly target: string }[];
}

/** Throws when a name in /run/netns stands for the namespace this machine's own network lives in. */
export function refuseOwnNamespace(netns: string): void {
  const theirs = inode(`/run/netns/${netns}`);
  // Process 1 may be closed to us in a container; what we ourselves live in never is.
  if (theirs !== undefined && theirs !== inode('/proc/self/ns/net') && theirs !== inode('/proc/1/ns/net')) return;
  throw new Error(`${netns} is this machine's own network namespace or none at all: refusing to start anything in it`);
}

/** Starts the first process of a host in a namespace that exists. Throws Error when the kernel or our rights do not allow it. */
export async function bootHost(name: string, netns: string, options: FirstProcess = {}): Promise<Host> {
  refuseOwnNamespace(netns);
  const binds = (options.binds ?? []).flatMap((b) => [b.source, b.target]);
  // A host has no system log, and daemons told to log to the console would write to that of this machine: a serial line keeps a
  // processor in its interrupt for tens of milliseconds a page, which each daemon in the lab would feel.
  const script =
    '[ ! -c /dev/console ] || mount --bind /dev/null /dev/console || exit 1; ' +
    'while [ $# -gt 1 ]; do mount --bind "$1" "$2" || exit 1; shift 2; done; echo up; exec sleep infinity';
  const parent = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', 'ip', 'netns', 'exec', netns]
      .concat(['unshare', '--pid', '--fork', '--kill-child=KILL', '--mount-proc', '--mount', '--propagation', 'private'])
      .concat(['sh', '-c', script, 'host', ...binds]),
    // A process group of its own keeps the terminal's Ctrl-C away from it: the lab ends its hosts itself, in order.
    { stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  );
  const gone = once(parent, 'exit');
  await untilUp(parent, name);
  const firstPid = childrenOf(parent.pid ?? 0)[0];
  if (firstPid === undefined) throw new Error(`${name}: its first process is not there`);

  const command = (argv: readonly string[]): string[] => ['nsenter', `--target=${firstPid}`, '--net', '--pid', '--mount', '--', ...argv];
  return {
    name,
    netns,
    firstPid,
    command,
    run: (argv, runOptions) => run(command(argv), runOptions),
    spawn: (argv, spawnOptions) => {
      // A killed host's pid could be somebody else's by now: nsenter must never reach a process that is not on a host of ours.
      if (parent.exitCode !== null || parent.signalCode !== null) throw new Error(`${name} is down`);
      refuseOwnNamespace(netns);
      const [program = '', ...rest] = command(argv);
      return spawn(program, rest, spawnOptions ?? {});
    },
    addresses: (ifname) => addressesOf(netns, ifname),
    halt: async () => {
      parent.kill('SIGKILL');
      await gone;
    },
  };
}

/** Direct children of a process; empty when it is gone. */
export function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

/** A process and all that descend from it, parents first. */
export function processTree(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(processTree)];
}

function inode(path: string): number | undefined {
  try {
    return statSync(path).ino;
  } catch {
    return undefined;
  }
}

function untilUp(parent: ChildProcess, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const complaints: string[] = [];
    parent.stderr?.setEncoding('utf8').on('data', (text: string) => complaints.push(text));
    parent.stdout?.once('data', () => resolve());
    parent.once('error', reject);
    parent.once('exit', () => reject(new Error(`${name} did not start: ${complaints.join('').trim()}`)));
  });
}

async function addressesOf(netns: string, ifname: string): Promise<string[]> {
  type Shown = { readonly addr_info?: readonly { readonly local: string; readonly prefixlen: number; readonly scope: string }[] };
  const shown = JSON.parse(await runOrThrow(['ip', '-n', netns, '-j', 'address', 'show', 'dev', ifname])) as Shown[];
  return shown
    .flatMap((link) => link.addr_info ?? [])
    .filter((a) => a.scope !== 'link')
    .map((a) => `${a.local}/${a.prefixlen}`);
}
