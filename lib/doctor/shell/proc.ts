// SPDX-License-Identifier: MIT
// What /proc and /sys say about multicast, reverse paths and bridges.

import { readFileSync } from 'node:fs';

/** '' when it cannot be read. */
export function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
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
