// FRR's vrrpd as a peer: an independent implementation of VRRPv3 for both families. It wants an interface with the virtual
// MAC for each family, and zebra beside it to tell it about interfaces.

import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Host } from '../../lib/lab/host.ts';
import { runOrThrow } from '../../lib/lab/run.ts';
import { until } from './until.ts';

const folder = '/usr/lib/frr';

export interface FrrSpec {
  readonly ifname: string;
  readonly vrid: number;
  readonly priority: number;
  /** Seconds. */
  readonly interval: number;
  /** With prefix lengths; the first IPv6 one is link-local. */
  readonly ipv4: readonly string[];
  readonly ipv6: readonly string[];
}

export interface Frr {
  /** SIGKILL: nobody says farewell. */
  kill(): Promise<void>;
}

/** Starts zebra and vrrpd on a host, with everything they leave in `directory`. Throws with what to install. */
export async function startFrr(host: Host, directory: string, spec: FrrSpec): Promise<Frr> {
  if (!existsSync(join(folder, 'vrrpd'))) throw new Error('FRR is needed for this test: sh test/support/install-system.sh test');
  const home = join(directory, `frr-${host.name}`);
  mkdirSync(home);
  await addVirtualInterface(host, spec, 'vrrp4', '01', spec.ipv4);
  await addVirtualInterface(host, spec, 'vrrp6', '02', spec.ipv6);
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
  start('zebra');
  await until('zebra listens', () => existsSync(socket));
  start('vrrpd');
  return {
    // -9 by name, but only on this host: its processes live in a pid namespace of their own.
    kill: async () => {
      await runOrThrow(host.command(['killall', '-9', 'vrrpd', 'zebra']));
    },
  };
}

async function addVirtualInterface(host: Host, spec: FrrSpec, name: string, family: string, addresses: readonly string[]): Promise<void> {
  const mac = `00:00:5e:00:${family}:${spec.vrid.toString(16).padStart(2, '0')}`;
  const lines = [
    `link add ${name} link ${spec.ifname} address ${mac} type macvlan mode bridge`,
    `link set ${name} addrgenmode none`,
    ...addresses.map((a) => `address add ${a} dev ${name}${a.includes(':') ? ' nodad' : ''}`),
    `link set ${name} up`,
  ];
  for (const line of lines) await runOrThrow(['ip', '-n', host.netns, ...line.split(' ')]);
}

function configuration(spec: FrrSpec): string {
  const plain = (a: string) => a.split('/')[0];
  const lines = [
    `vrrp ${spec.vrid} version 3`,
    `vrrp ${spec.vrid} priority ${spec.priority}`,
    `vrrp ${spec.vrid} advertisement-interval ${Math.round(spec.interval * 1000)}`,
    ...spec.ipv4.map((a) => `vrrp ${spec.vrid} ip ${plain(a)}`),
    ...spec.ipv6.map((a) => `vrrp ${spec.vrid} ipv6 ${plain(a)}`),
  ];
  return `interface ${spec.ifname}\n${lines.map((line) => ` ${line}\n`).join('')}`;
}
