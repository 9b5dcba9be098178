// SPDX-License-Identifier: MIT
// Traps on transitions, as keepalived sends them: the object that changed, without a row in its identifier (reference:
// notifications document, section 5).

import { type Ip, ip } from '../base/address.ts';
import type { RefusalReason } from '../native/surface.ts';
import type { Notification, NotifyState, Refused } from '../ports/notifier.ts';
import type { StateWord } from '../ports/vrrp-view.ts';
import { type Oid, oid } from './core/oid.ts';
import { inetAddress, integer, ipAddress, text, type Value, type VarBind } from './core/value.ts';
import { keepalived } from './mibs/globals.ts';
import { vrrpRoot } from './mibs/instances.ts';
import { vrrpMib } from './mibs/rfc2787.ts';
import { vrrpv3Mib } from './mibs/rfc6527.ts';
import { stateNumber } from './mibs/words.ts';

const snmpTrapOid = oid('1.3.6.1.6.3.1.1.4.1.0');
const numbers: Record<NotifyState, number> = { MASTER: 2, BACKUP: 1, FAULT: 3, STOP: 5, DELETED: 6 };

/** snmpTrapOID and what it tells. */
export function trap(kind: Oid, ...bindings: (readonly [Oid, Value])[]): VarBind[] {
  return [{ oid: snmpTrapOid, value: { type: 'oid', value: kind } }, ...bindings.map(([oid, value]) => ({ oid, value }))];
}

/** null: nothing that SNMP has a trap for. `initial`: the state an instance begins in. */
export function transitionTrap(n: Notification, initial: StateWord, routerId: Value): VarBind[] | null {
  const number = (numbers as Partial<Record<Notification['state'], number>>)[n.state];
  if (number === undefined) return null;
  const router: [Oid, Value] = [[...keepalived, 1, 2, 0], routerId];
  const at = (...parts: number[]): Oid => [...vrrpRoot, ...parts];
  return n.kind === 'GROUP'
    ? trap(at(10, 0, 1), [at(1, 1, 2), text(n.name)], [at(1, 1, 3), integer(number)], router)
    : trap(at(10, 0, 2), [at(3, 1, 2), text(n.name)], [at(3, 1, 4), integer(number)], [at(3, 1, 5), integer(stateNumber[initial])], router);
}

/** vrrpTrapNewMaster (RFC 2787). */
export function newMasterTrap(master: Ip, ifindex: number, vrid: number): VarBind[] {
  return trap([...vrrpMib, 0, 1], [[...vrrpMib, 1, 3, 1, 7, ifindex, vrid], ipAddress(master)]);
}

/** invalidAuthType, authTypeMismatch, authFailure */
const authErrors: Partial<Record<RefusalReason, number>> = {
  auth_type_invalid: 1,
  auth_type_mismatch: 2,
  ah_header_mismatch: 2,
  auth_failure: 3,
  ah_icv: 3,
  ah_spi: 3,
  ah_sequence: 3,
  ah_next_header: 3,
};

/** vrrpTrapAuthFailure (RFC 2787); null: the reason has nothing to do with authentication. */
export function authFailureTrap({ reason, source }: Refused, ifindex: number, vrid: number): VarBind[] | null {
  const kind = authErrors[reason];
  if (kind === undefined) return null;
  return trap(
    [...vrrpMib, 0, 2],
    [[...vrrpMib, 1, 5, ifindex, vrid], ipAddress(ip(source))],
    [[...vrrpMib, 1, 6, ifindex, vrid], integer(kind)],
  );
}

/** vrrpv3StatisticsProtoErrReason: ipTtlError, versionError, checksumError, vrIdError; 0 for other reasons. */
export function protocolError(reason: RefusalReason): number {
  return { ttl: 1, unicast_ttl: 1, version: 2, checksum: 3, unknown_vrid: 4 }[reason as string] ?? 0;
}

/** vrrpv3ProtoError (RFC 6527). */
export function protocolErrorTrap(kind: number): VarBind[] {
  return trap([...vrrpv3Mib, 0, 2], [[...vrrpv3Mib, 1, 2, 5, 1, 6], integer(kind)]);
}

/** Of a router that was never master. */
export const notMaster = 0;
const reasons = { priority: 1, preempted: 2, masterNoResponse: 3 } as const;

/** vrrpv3StatisticsNewMasterReason (RFC 6527). */
export function newMasterReason({ priority, why }: Pick<Notification, 'priority' | 'why'>): number {
  // An owner has priority 255 and is told as one.
  if (priority === 255) return reasons.priority;
  return why?.cause === 'preempt' ? reasons.preempted : reasons.masterNoResponse;
}

/** vrrpv3NewMaster (RFC 6527). */
export function newMasterTrap3(master: Ip, reason: number): VarBind[] {
  return trap([...vrrpv3Mib, 0, 1], [[...vrrpv3Mib, 1, 1, 1, 1, 3], inetAddress(master)], [[...vrrpv3Mib, 1, 2, 5, 1, 2], integer(reason)]);
}
