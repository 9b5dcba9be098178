// What /proc and /sys say about multicast, reverse paths and bridges.

import { readFileSync } from 'node:fs';
import { type Ip, ipBytes } from '../../base/address.ts';

/** '' when it cannot be read. */
export function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Some socket of this namespace has joined the group on the interface. */
export function isMember(group: Ip, ifname: string, family: 4 | 6): boolean {
  if (family === 6) {
    const wanted = Buffer.from(ipBytes(group)).toString('hex');
    return textOf('/proc/net/igmp6')
      .split('\n')
      .some((line) => line.split(/\s+/).filter(Boolean)[1] === ifname && line.includes(wanted));
  }
  // As the kernel prints it: a number in the order of this machine, which for all that run us is the small end first.
  const wanted = Buffer.from(ipBytes(group).slice().reverse()).toString('hex').toUpperCase();
  let device = '';
  for (const line of textOf('/proc/net/igmp').split('\n')) {
    const [, name] = /^\d+\s+(\S+?)\s*:/.exec(line) ?? [];
    if (name !== undefined) device = name;
    else if (device === ifname && line.trim().startsWith(wanted)) return true;
  }
  return false;
}

/** A value of net.ipv4.conf; null: no such interface. */
export function setting(ifname: string, key: string): number | null {
  if (ifname.includes('/')) return null;
  const text = textOf(`/proc/sys/net/ipv4/conf/${ifname}/${key}`);
  return text === '' ? null : Number.parseInt(text, 10);
}

/** Packets the reverse-path filter of this namespace has dropped so far. */
export function reversePathDrops(): number {
  const [names, values] = textOf('/proc/net/netstat')
    .split('\n')
    .filter((line) => line.startsWith('TcpExt:'))
    .map((line) => line.split(' '));
  return Number(values?.[names?.indexOf('IPReversePathFilter') ?? -1] ?? 0);
}

export function bridgeSettings(name: string): { readonly snooping: boolean; readonly querier: boolean } {
  const read = (key: string) => textOf(`/sys/class/net/${name}/bridge/${key}`).trim() === '1';
  return { snooping: read('multicast_snooping'), querier: read('multicast_querier') };
}
