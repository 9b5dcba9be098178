// SPDX-License-Identifier: MIT
// Where a master agent listens, as net-snmp's tools write it.

import type { StreamAddress } from '../../ports/streams.ts';

export const usualAddress = 'unix:/var/agentx/master';
/** IANA's port for AgentX. */
const usualPort = 705;

/** `unix:PATH`, `/PATH`, `tcp:HOST:PORT`, `tcp6:[ADDRESS]:PORT`, `HOST:PORT`, `HOST`, `PORT`; null: nothing of that. */
export function masterAddress(spec: string): StreamAddress | null {
  const path = /^(?:unix:)?(\/.+)$/.exec(spec)?.[1];
  if (path !== undefined) return { kind: 'path', path };
  const rest = spec.replace(/^(?:tcp6?|tcpv6|tcpipv6):/i, '');
  const withPort = /^(?:(?:\[([^\]]+)\]|([^:/]+)):)?([0-9]{1,5})$/.exec(rest);
  if (!withPort) return /^[^:/\s]+$/.test(rest) ? { kind: 'tcp', host: rest, port: usualPort } : null;
  const port = Number(withPort[3]);
  return port >= 1 && port <= 65535 ? { kind: 'tcp', host: withPort[1] ?? withPort[2] ?? 'localhost', port } : null;
}
