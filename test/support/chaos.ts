// SPDX-License-Identifier: MIT
// Real daemons on a LAN of namespaces, and what happens to them by the dice of a seed. One round: a few faults at once, then peace,
// then everything must be as it should within a bounded time.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { processTree } from '../../lib/lab/host.ts';
import { run, runOrThrow } from '../../lib/lab/run.ts';
import { dice } from './dice.ts';
import { createLan, type Lan, type Router } from './lan.ts';
import { type MemoryGroup, memoryGroup } from './memory-group.ts';
import { until } from './until.ts';

const vip = '192.0.2.100';
/** The first one is the best. */
const names = ['one', 'two', 'three'] as const;
type Name = (typeof names)[number];
/** Of a daemon; one more and the next respawn waits for longer than a round. */
const mostKills = 2;
/** All is well again so soon after the last fault, in milliseconds, on a busy machine too. */
const patience = 15_000;

function configuration(n: number): string {
  // A small buffer, for it to be overrun.
  return `global_defs {
    vrrp_netlink_monitor_rcv_bufs 20000
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    version 3
    priority ${200 - 50 * n}
    advert_int 0.1
    ${n === 1 ? 'use_vmac' : ''}
    virtual_ipaddress {
        ${vip}/24
    }
}
`;
}

const addressOf = (n: number) => `192.0.2.${11 + n}/24`;

/** One that came, and how it goes: healed at the end of the faults. */
type Heal = () => unknown;

export interface Chaos {
  /** One round. Throws AssertionError with everything that happened in it. */
  round(): Promise<readonly string[]>;
  /** How often each kind of fault came, and what came of some. */
  tally(): string;
  /** What each process has more than after the first round: descriptors, and KiB of memory. */
  growth(): readonly { readonly what: string; readonly descriptors: number; readonly kibibytes: number }[];
  destroy(): Promise<void>;
}

export async function createChaos(seed: number): Promise<Chaos> {
  const roll = dice(seed);
  const lan = await createLan({
    ifname: 'eth0',
    client: '192.0.2.50/24',
    routers: names.map((name, n) => ({ name, kind: 'ka-ts' as const, address: addressOf(n), configuration: configuration(n) })),
  });
  try {
    return await prepared(lan, roll);
  } catch (error) {
    await lan.destroy();
    throw error;
  }
}

async function prepared(lan: Lan, roll: (n: number) => number): Promise<Chaos> {
  const directory = lan.network.directory;
  const shim = join(directory, 'clock.so');
  const clockFile = (name: Name) => join(directory, `${name}.clock`);
  const compiled = spawnSync('cc', ['-shared', '-fPIC', '-O1', '-o', shim, join(import.meta.dirname, 'clock-shim.c'), '-ldl'], {
    encoding: 'utf8',
  });
  assert.equal(compiled.status, 0, compiled.stderr);
  const kills = new Map<Name, number>();
  /** Of whom something is stopped in this round. */
  const still = new Set<Name>();
  const router = (name: Name): Router => lan.router(name);
  const ip = (name: Name, words: string) => router(name).host.run(['ip', ...words.split(' ')]);
  const disk = (name: Name) => join(directory, `${name}.disk`);

  const begin = (name: Name): void => {
    kills.set(name, 0);
    router(name).start({ LD_PRELOAD: shim, KA_CLOCK_FILE: clockFile(name), TMPDIR: disk(name) });
  };
  const setClock = (name: Name, seconds: number): void => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(seconds));
    const fd = openSync(clockFile(name), 'w');
    writeSync(fd, bytes);
    closeSync(fd);
  };
  for (const name of names) {
    writeFileSync(clockFile(name), Buffer.alloc(8));
    mkdirSync(disk(name));
    await runOrThrow(router(name).host.command(['mount', '-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', disk(name)]));
    begin(name);
  }

  const send = (pid: number | undefined, signal: NodeJS.Signals): void => {
    try {
      if (pid !== undefined) process.kill(pid, signal);
    } catch {
      // It has ended meanwhile.
    }
  };
  const filter = async (name: Name, rules: string): Promise<Heal> => {
    await router(name).host.run(['nft', '-f', '-'], { input: rules });
    // Its own rules are the daemon's.
    return () => router(name).host.run(['nft', 'delete', 'table', ...(rules.split(' ').slice(1, 3) as [string, string])]);
  };
  const inbound = (name: Name, rule: string) =>
    filter(
      name,
      `table ip chaos { chain in { type filter hook prerouting priority -300; ip protocol 112 numgen random mod 10 < ${1 + roll(9)} ${rule}; }; }`,
    );

  /** May take memory for so many bytes more; false: nobody can say so here. */
  const starve = (name: Name, pid: number): boolean => {
    const group = memoryGroup(`ka-chaos-${process.pid}-${name}`, 256 * 1024);
    if (group === null) return false;
    groups.set(name, group);
    group.add(pid);
    return true;
  };
  const groups = new Map<Name, MemoryGroup>();
  const counts = new Map<string, number>();
  const count = (what: string) => void counts.set(what, (counts.get(what) ?? 0) + 1);

  /** Each gives what ends it; null: it ends by itself. */
  const faults: Readonly<Record<string, (name: Name) => Promise<Heal | null> | Heal | null>> = {
    'kill the VRRP process': (name) => {
      const count = kills.get(name) ?? 0;
      if (count >= mostKills) return null;
      kills.set(name, count + 1);
      send(router(name).daemon.vrrpPid(), 'SIGKILL');
      return null;
    },
    'kill all': async (name) => {
      await router(name).daemon.kill();
      return () => begin(name);
    },
    'end in order': async (name) => {
      const { daemon } = router(name);
      const inTime = await daemon.stop();
      if (!inTime && !still.has(name))
        assert.fail(
          `${name} did not end:\n${daemon.lines
            .slice(-25)
            .map((l) => `    ${l.text}`)
            .join('\n')}`,
        );
      return () => begin(name);
    },
    'stop the VRRP process': (name) => {
      still.add(name);
      const pid = router(name).daemon.vrrpPid();
      send(pid, 'SIGSTOP');
      return () => send(pid, 'SIGCONT');
    },
    'stop the parent': (name) => {
      still.add(name);
      const [pid] = router(name).daemon.pids();
      if (pid === undefined) return null;
      // nsenter stops itself when it sees its child stopped.
      const outside = Number(/^PPid:\s+(\d+)/m.exec(readStatus(pid))?.[1]);
      send(pid, 'SIGSTOP');
      return () => [pid, outside].map((one) => send(one, 'SIGCONT'));
    },
    'drop adverts': (name) => inbound(name, 'drop'),
    'corrupt adverts': (name) => inbound(name, '@th,16,8 set 255'),
    'change adverts': (name) => inbound(name, `@th,${8 * roll(16)},8 set ${roll(256)}`),
    'delay adverts': async (name) => {
      await router(name).host.run(['tc', 'qdisc', 'add', 'dev', 'eth0', 'root', 'tbf', ...'rate 3kbit burst 200 latency 2s'.split(' ')]);
      return () => router(name).host.run(['tc', 'qdisc', 'del', 'dev', 'eth0', 'root']);
    },
    'reflect adverts': (name) =>
      filter(name, 'table netdev chaos { chain in { type filter hook ingress device eth0 priority 0; ip protocol 112 dup to eth0; }; }'),
    'duplicate adverts': (name) =>
      filter(name, 'table netdev chaos { chain out { type filter hook egress device eth0 priority 0; ip protocol 112 dup to eth0; }; }'),
    'pull the cable': async (name) => {
      // The interface may be gone.
      await lan.cable(name, false).catch(() => {});
      return () => lan.cable(name, true);
    },
    'delete the interface': async (name) => {
      await ip(name, 'link del eth0');
      return async () => {
        const { netns } = router(name).host;
        const n = names.indexOf(name);
        const wire = `${netns.slice(0, -name.length)}wire`;
        const lines = [`link add port${n} type veth peer name eth0 netns ${netns}`, `link set port${n} master br0 up`];
        for (const line of lines) await run(['ip', '-n', wire, ...line.split(' ')]);
        await ip(name, `address add ${addressOf(n)} broadcast + dev eth0`);
        await ip(name, 'link set eth0 up');
      };
    },
    'set the link down': async (name) => {
      await ip(name, 'link set eth0 down');
      return () => ip(name, 'link set eth0 up');
    },
    'delete the address': async (name) => {
      for (const dev of ['eth0', 'vrrp.51']) await ip(name, `address del ${vip}/24 dev ${dev}`);
      return null;
    },
    'delete the virtual MAC': async () => {
      await ip('two', 'link del vrrp.51');
      return null;
    },
    'no descriptors': (name) => {
      const pid = roll(2) === 0 ? router(name).daemon.vrrpPid() : router(name).daemon.pids()[0];
      if (pid === undefined) return null;
      spawnSync('prlimit', ['--pid', String(pid), '--nofile=3:4096']);
      router(name).daemon.signal('SIGHUP');
      return () => void spawnSync('prlimit', ['--pid', String(pid), '--nofile=4096:4096']);
    },
    'no memory': (name) => {
      const already = kills.get(name) ?? 0;
      const pid = router(name).daemon.vrrpPid();
      if (already >= mostKills || pid === undefined || groups.has(name)) return null;
      if (!starve(name, pid)) {
        count('no memory: no cgroup can be made here');
        return null;
      }
      for (const signal of ['SIGHUP', 'SIGUSR1'] as const) router(name).daemon.signal(signal);
      return () => {
        const killed = groups.get(name)?.end() ?? 0;
        groups.delete(name);
        // One more and the next respawn waits.
        if (killed > 0) kills.set(name, (kills.get(name) ?? 0) + 1);
        if (killed > 0) count('killed by the kernel for want of memory');
      };
    },
    'no address space': (name) => {
      const already = kills.get(name) ?? 0;
      const pid = router(name).daemon.vrrpPid();
      if (already >= mostKills || pid === undefined) return null;
      const size = 1024 * Number(/^VmSize:\s+(\d+)/m.exec(readStatus(pid))?.[1] ?? 0);
      spawnSync('prlimit', ['--pid', String(pid), `--as=${size}:unlimited`]);
      for (const signal of ['SIGHUP', 'SIGUSR1'] as const) router(name).daemon.signal(signal);
      return () => {
        if (router(name).daemon.running() && router(name).daemon.vrrpPid() !== pid) kills.set(name, already + 1);
        spawnSync('prlimit', ['--pid', String(pid), '--as=unlimited:unlimited']);
      };
    },
    'fill the disk': async (name) => {
      await router(name).host.run(['sh', '-c', 'dd if=/dev/zero of="$1/full" bs=4k count=100', 'sh', disk(name)]);
      for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) router(name).daemon.signal(signal);
      return () => router(name).host.run(['rm', '-f', join(disk(name), 'full')]);
    },
    'set the clock': (name) => {
      setClock(name, (roll(2) === 0 ? -1 : 1) * roll(3600));
      return null;
    },
    'overrun netlink': async (name) => {
      const lines = (verb: string) => Array.from({ length: 600 }, (_, n) => `address ${verb} 198.18.${n >> 8}.${n & 255}/32 dev lo`);
      const heard = () => router(name).daemon.lines.filter((line) => line.text.includes('Receive buffer overrun')).length;
      const before = heard();
      // A moment: nobody takes it for dead.
      const pid = router(name).daemon.vrrpPid();
      if (!still.has(name)) send(pid, 'SIGSTOP');
      await router(name).host.run(['ip', '-batch', '-'], { input: `${[...lines('add'), ...lines('del')].join('\n')}\n` });
      if (!still.has(name)) send(pid, 'SIGCONT');
      return () => {
        if (heard() > before) count('netlink was overrun');
      };
    },
    reload: (name) => {
      router(name).daemon.signal('SIGHUP');
      return null;
    },
  };

  const holders = async (): Promise<string> => {
    const held = await Promise.all(names.map(async (name) => (await ip(name, '-4 -br address show')).stdout.includes(`${vip}/`)));
    return names.filter((_, n) => held[n]).join(' and ') || 'nobody';
  };
  const pidsOf = (name: Name): number[] =>
    router(name)
      .daemon.pids()
      .flatMap(processTree)
      .filter((pid, at, all) => all.indexOf(pid) === at);
  /** What is not as it should be; null: all is well. */
  const wrong = async (): Promise<string | null> => {
    const who = await holders();
    if (who !== names[0]) return `${who} holds the address`;
    for (const name of names) {
      const pids = pidsOf(name);
      const states = pids.map((pid) => /^State:\s+(\w)/m.exec(readStatus(pid))?.[1]);
      if (states.includes('Z')) return `${name} has a zombie`;
      if (pids.length !== 2) return `${name} is ${pids.length} processes`;
    }
    return null;
  };
  const peace = async (story: readonly string[]): Promise<void> => {
    let last: string | null = '';
    let since = 0;
    try {
      await until(
        'peace',
        async () => {
          last = await wrong();
          since = last === null ? since + 1 : 0;
          // And it stays so: three looks, three advert intervals apart.
          return since >= 3;
        },
        { within: patience, every: 150 },
      );
    } catch {
      const tails = names.map(
        (name) =>
          `${name}:\n${router(name)
            .daemon.lines.slice(-12)
            .map((l) => `    ${l.text}`)
            .join('\n')}`,
      );
      assert.fail(`${last}\n${story.join('\n')}\n${tails.join('\n')}`);
    }
  };
  await peace(['start']);

  interface Size {
    readonly descriptors: number;
    readonly kibibytes: number;
  }
  const sizes = () =>
    new Map(names.flatMap((name) => pidsOf(name).map((pid, n) => [`${name} ${n === 0 ? 'parent' : 'VRRP'} ${pid}`, sizeOf(pid)] as const)));
  /** Of each process as it was when it was seen at peace for the second time: at the first it may still be starting. */
  const first = new Map<string, Size>();
  const seen = new Set<string>();
  const remember = () => {
    for (const [what, size] of sizes()) {
      if (seen.has(what) && !first.has(what)) first.set(what, size);
      seen.add(what);
    }
  };
  remember();

  return {
    async round() {
      const story: string[] = [];
      const heals: Heal[] = [];
      const down = new Set<Name>();
      still.clear();
      for (let left = 1 + roll(3); left > 0; left--) {
        const kinds = Object.keys(faults);
        const kind = kinds[roll(kinds.length)] as string;
        const name = names[roll(names.length)] as Name;
        if (down.has(name) || (kind === 'end in order' && still.has(name))) continue;
        if (kind === 'kill all' || kind === 'end in order') down.add(name);
        story.push(`${kind}: ${name}`);
        count(kind);
        const heal = await faults[kind]?.(name);
        // An interface must be there before anything about it can be undone.
        if (heal && kind === 'delete the interface') heals.unshift(heal);
        else if (heal) heals.push(heal);
        await pass(50 + roll(400));
      }
      await pass(100 + roll(900));
      for (const heal of heals) await heal();
      await peace(story);
      remember();
      return story;
    },
    tally: () =>
      [...counts]
        .sort(([, a], [, b]) => b - a)
        .map(([what, n]) => `${what}: ${n}`)
        .join('; '),
    growth() {
      return [...sizes()].flatMap(([what, now]) => {
        const before = first.get(what);
        if (!before) return [];
        return [{ what, descriptors: now.descriptors - before.descriptors, kibibytes: now.kibibytes - before.kibibytes }];
      });
    },
    async destroy() {
      for (const group of groups.values()) group.end();
      for (const name of names) await router(name).daemon.kill();
      await lan.destroy();
      rmSync(shim, { force: true });
    },
  };
}

async function pass(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function readStatus(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}

function sizeOf(pid: number): { descriptors: number; kibibytes: number } {
  let descriptors = 0;
  try {
    descriptors = readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    // It has ended meanwhile.
  }
  return { descriptors, kibibytes: Number(/^VmRSS:\s+(\d+)/m.exec(readStatus(pid))?.[1] ?? 0) };
}
