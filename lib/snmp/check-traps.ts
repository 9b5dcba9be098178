// SPDX-License-Identifier: MIT
// Traps on real servers and quorums, as keepalived sends them: the objects without a row in their identifiers (reference:
// notifications document, section 5).

import type { RealServer, VirtualServer } from '../config/model-lvs.ts';
import type { QuorumWord } from '../ports/pool-notifier.ts';
import type { Oid } from './core/oid.ts';
import { gauge, inetAddress, integer, text, type Value, type VarBind } from './core/value.ts';
import { keepalived } from './mibs/globals.ts';
import { checkRoot } from './mibs/services.ts';
import { addressType } from './mibs/words.ts';
import { trap } from './traps.ts';

type Binding = readonly [Oid, Value];

const service = (column: number): Oid => [...checkRoot, 3, 1, column];
const server = (column: number): Oid => [...checkRoot, 4, 1, column];
const quorumNumber: Record<QuorumWord, number> = { met: 1, 'not met': 2, shutdown: 3 };

export function serverTrap(vs: VirtualServer, rs: RealServer, up: boolean, serversUp: number, routerId: Value): VarBind[] {
  return trap(
    [...checkRoot, 5, 0, 1],
    [server(3), addressType(rs.ip)],
    [server(4), inetAddress(rs.ip)],
    [server(5), gauge(rs.port)],
    [server(6), integer(up ? 1 : 2)],
    ...serviceBindings(vs),
    ...closing(vs, serversUp, routerId),
  );
}

export function quorumTrap(vs: VirtualServer, quorum: QuorumWord, serversUp: number, routerId: Value): VarBind[] {
  return trap(
    [...checkRoot, 5, 0, 2],
    ...serviceBindings(vs),
    [service(23), integer(quorumNumber[quorum])],
    [service(22), gauge(vs.quorum)],
    ...closing(vs, serversUp, routerId),
  );
}

function serviceBindings({ key }: VirtualServer): Binding[] {
  const tcp = key.kind !== 'fwmark' && key.protocol === 'TCP';
  return [...placeOf(key), [service(8), integer(tcp ? 1 : 2)]];
}

function placeOf(key: VirtualServer['key']): Binding[] {
  switch (key.kind) {
    case 'fwmark':
      return [
        [service(2), integer(1)],
        [service(4), gauge(key.mark)],
      ];
    case 'address':
      return [
        [service(2), integer(2)],
        [service(5), addressType(key.ip)],
        [service(6), inetAddress(key.ip)],
        [service(7), gauge(key.port)],
      ];
    case 'group':
      return [
        [service(2), integer(3)],
        [service(3), text(key.group)],
      ];
  }
}

function closing(vs: VirtualServer, serversUp: number, routerId: Value): Binding[] {
  return [
    [service(21), gauge(serversUp)],
    [service(20), gauge(vs.real_server.length)],
    [[...keepalived, 1, 2, 0], routerId],
  ];
}
