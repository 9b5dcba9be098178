// SPDX-License-Identifier: MIT
// keepalived_bfd.data, and the lines that -d logs in the BFD process.

import type { BfdRefused, BfdSessionView } from '../ports/bfd.ts';

const yes = (value: boolean): string => (value ? 'yes' : 'no');

export function bfdDataLines(sessions: readonly BfdSessionView[], refused: BfdRefused): string[] {
  return ['------< BFD Data >------', ...refusedLines(refused), '------< BFD Topology >------', ...sessions.flatMap(sessionLines)];
}

function refusedLines(refused: BfdRefused): string[] {
  return [
    ' Packets refused :',
    `   Malformed = ${refused.malformed}`,
    `   Of no session = ${refused.unknown}`,
    `   TTL or hop limit too low = ${refused.ttl}`,
    `   Authenticated = ${refused.authenticated}`,
  ];
}

function sessionLines({ config: c, ...s }: BfdSessionView): string[] {
  const hex = (n: number) => `0x${n.toString(16).padStart(8, '0')}`;
  return [
    ` BFD Instance = ${c.name}`,
    ...[
      `Neighbor IP = ${c.neighbor_ip}`,
      ...(c.source_ip === null ? [] : [`Source IP = ${c.source_ip}`]),
      `Required min RX interval = ${c.min_rx / 1000} ms`,
      `Desired min TX interval = ${c.min_tx / 1000} ms`,
      `Desired idle TX interval = ${c.idle_tx / 1000} ms`,
      `Detection multiplier = ${c.multiplier}`,
      `Passive = ${yes(c.passive)}`,
      `${c.neighbor_ip.includes(':') ? 'Hop limit' : 'TTL'} = ${c.ttl}`,
      `Max hops = ${c.max_hops === 255 ? 'any' : c.max_hops}`,
      `Multihop = ${yes(c.multihop)}`,
      `Send events to VRRP process = ${yes(c.vrrp || !c.checker)}`,
      `Send events to checker process = ${yes(c.checker || !c.vrrp)}`,
      `State = ${s.state}`,
      `Local discriminator = ${hex(s.discriminator)}`,
      `Remote discriminator = ${hex(s.remote.discriminator)}`,
      `Local diagnostic = ${s.diagnostic}`,
      `Remote diagnostic = ${s.remote.diagnostic}`,
      `Remote state = ${s.remote.state}`,
      `Remote min TX interval = ${s.remote.minTx / 1000} ms`,
      `Remote min RX interval = ${s.remote.minRx / 1000} ms`,
      `Remote detection multiplier = ${s.remote.multiplier}`,
      `TX interval = ${s.every / 1000} ms`,
      `Detection time = ${s.detection / 1000} ms`,
      `Polling = ${yes(s.polling)}`,
    ].map((line) => `   ${line}`),
  ];
}
