// SPDX-License-Identifier: MIT
// FRR's vrrpd as a peer: an independent implementation of VRRPv3 for both families, and of VRRPv2. It wants an interface with
// the virtual MAC for each router and family, and zebra beside it to tell it about interfaces.

import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Host } from '../../lib/lab/host.ts';
import { runOrThrow } from '../../lib/lab/run.ts';
import { until } from './until.ts';

const folder = '/usr/lib/frr';

export interface FrrRouter {
  readonly vrid: number;
  readonly version: 2 | 3;
  readonly priority: number;
  readonly preempt: boolean;
  /** Seconds. */
  readonly interval: number;
  /** With prefix lengths; the first IPv6 one is link-local. */
  readonly ipv4: readonly string[];
  readonly ipv6: readonly string[];
}

export interface FrrSpec {
  readonly ifname: string;
  readonly routers: readonly FrrRouter[];
}

export interface Frr {
  /** Starts zebra and vrrpd; again after stop() or kill(). */
  start(): Promise<void>;
  /** SIGTERM: vrrpd says farewell. */
  stop(): Promise<void>;
  /** SIGKILL: nobody says farewell. */
  kill(): Promise<void>;
}

/** Prepares a host for FRR, with everything it leaves in `directory`. Throws with what to install. */
export async function prepareFrr(host: Host, directory: string, spec: FrrSpec): Promise<Frr> {
  if (!existsSync(join(folder, 'vrrpd'))) throw new Error('FRR is needed for this test: sh test/support/install-system.sh test');
  const home = join(directory, `frr-${host.name}`);
  mkdirSync(home);
  for (const router of spec.routers) {
    if (router.ipv4.length > 0) await addVirtualInterface(host, spec.ifname, router, 4);
    if (router.ipv6.length > 0) await addVirtualInterface(host, spec.ifname, router, 6);
  }
  writeFileSync(join(home, 'zebra.conf'), '');
  writeFileSync(join(home, 'vrrpd.conf'), configuration(spec));
  // FRR gives up root's rights and will not keep them: its user has to reach its own folder through the test's.
  chmodSync(directory, 0o711);
  await runOrThrow(['chown', '-R', 'frr:frr', home]);
  const socket = join(home, 'zebra.sock');
  const start = (program: string) => {
    // Its own sockets and pid file: nothing of an installed FRR is touched. Port 0: no telnet.
    const paths = ['-f', join(home, `${program}.conf`), '-i', join(home, `${program}.pid`), '-z', socket, '--vty_socket', home, '-P', '0'];
    return host.spawn([join(folder, program), ...paths], { stdio: 'ignore', detached: true });
  };
  // By name, but only on this host: its processes live in a pid namespace of their own.
  const end = async (signal: string) => {
    await runOrThrow(host.command(['killall', signal, 'vrrpd', 'zebra']));
    await until('FRR has ended', async () => (await host.run(['pgrep', '-r', 'D,R,S', '-x', 'vrrpd|zebra'])).stdout === '');
  };
  return {
    start: async () => {
      rmSync(socket, { force: true });
      start('zebra');
      await until('zebra listens', () => existsSync(socket));
      start('vrrpd');
    },
    stop: () => end('-TERM'),
    kill: () => end('-KILL'),
  };
}

/** zebra and bfdd on a host, with bfdd's configuration. They end with the host, or by the function that comes back. */
export async function startBfdd(host: Host, directory: string, configuration: string): Promise<() => Promise<void>> {
  if (!existsSync(join(folder, 'bfdd'))) throw new Error('FRR is needed for this test: sh test/support/install-system.sh test');
  const home = join(directory, `frr-${host.name}`);
  mkdirSync(home);
  writeFileSync(join(home, 'zebra.conf'), '');
  writeFileSync(join(home, 'bfdd.conf'), configuration);
  chmodSync(directory, 0o711);
  await runOrThrow(['chown', '-R', 'frr:frr', home]);
  const socket = join(home, 'zebra.sock');
  const start = (program: string, more: readonly string[]) => {
    const paths = ['-f', join(home, `${program}.conf`), '-i', join(home, `${program}.pid`), '-z', socket, '--vty_socket', home, '-P', '0'];
    return host.spawn([join(folder, program), ...paths, ...more], { stdio: 'ignore', detached: true });
  };
  start('zebra', []);
  await until('zebra listens', () => existsSync(socket));
  start('bfdd', ['--bfdctl', join(home, 'bfdd.sock')]);
  return async () => {
    await runOrThrow(host.command(['killall', '-KILL', 'bfdd']));
  };
}

async function addVirtualInterface(host: Host, ifname: string, router: FrrRouter, family: 4 | 6): Promise<void> {
  const name = `vrrp${family}-${router.vrid}`;
  const mac = `00:00:5e:00:0${family === 4 ? 1 : 2}:${router.vrid.toString(16).padStart(2, '0')}`;
  const lines = [
    `link add ${name} link ${ifname} address ${mac} type macvlan mode bridge`,
    `link set ${name} addrgenmode none`,
    ...(family === 4 ? router.ipv4 : router.ipv6).map((a) => `address add ${a} dev ${name}${family === 6 ? ' nodad' : ''}`),
    `link set ${name} up`,
  ];
  for (const line of lines) await runOrThrow(['ip', '-n', host.netns, ...line.split(' ')]);
}

function configuration(spec: FrrSpec): string {
  const plain = (a: string) => a.split('/')[0];
  const lines = spec.routers.flatMap((r) => [
    `vrrp ${r.vrid} version ${r.version}`,
    `vrrp ${r.vrid} priority ${r.priority}`,
    `vrrp ${r.vrid} advertisement-interval ${Math.round(r.interval * 1000)}`,
    ...(r.preempt ? [] : [`no vrrp ${r.vrid} preempt`]),
    ...r.ipv4.map((a) => `vrrp ${r.vrid} ip ${plain(a)}`),
    ...r.ipv6.map((a) => `vrrp ${r.vrid} ipv6 ${plain(a)}`),
  ]);
  return `interface ${spec.ifname}\n${lines.map((line) => ` ${line}\n`).join('')}`;
}
