// SPDX-License-Identifier: MIT
// Numbers that the MIBs use for what the configuration and the view have words for (reference: notifications document, section 5).

import type { Ip } from '../../base/address.ts';
import { ipFamily } from '../../base/address.ts';
import type { Script } from '../../config/model.ts';
import type { LvsMethod } from '../../config/model-lvs.ts';
import type { StateWord } from '../../ports/vrrp-view.ts';
import { gauge, inetAddress, integer, text, truth, type Value } from '../core/value.ts';

/** VrrpState of the KEEPALIVED-MIB. */
export const stateNumber = { INIT: 0, BACKUP: 1, MASTER: 2, FAULT: 3 } as const satisfies Record<StateWord, number>;
/** What both RFC MIBs call the same states; they know no FAULT. */
export const rfcStateNumber = { INIT: 1, FAULT: 1, BACKUP: 2, MASTER: 3 } as const satisfies Record<StateWord, number>;

/** InetAddressType (RFC 4001): ipv4(1), ipv6(2). */
export function addressType(address: Ip): Value {
  return integer(ipFamily(address) === 4 ? 1 : 2);
}

/** Each word in quotes, the program as the path that is run; no script: null. */
export function command(script: Script | null): Value | null {
  if (!script) return null;
  const words = script.path === null ? script.words : [script.path, ...script.words.slice(1)];
  return text(words.map((word) => `'${word}'`).join(' '));
}

/** Path of the program alone; no script: null. */
export function programOf(script: Script | null): Value | null {
  return script && text(script.path ?? script.words[0] ?? '');
}

export function optionalText(value: string | null): Value | null {
  return value === null ? null : text(value);
}

export function optionalAddress(value: Ip | null): Value | null {
  return value === null ? null : inetAddress(value);
}

/** on(1), off(2), unset(3) */
export function threeWay(value: boolean | null): Value {
  return value === null ? integer(3) : truth(value);
}

const scopes = new Map([
  [0, 14],
  [200, 5],
  [253, 2],
  [254, 1],
]);

/** InetScopeType of an RT_SCOPE_*: global(14), site(5), link(2), host(1); 0 for others. */
export function scope(kernel: number): Value {
  return integer(scopes.get(kernel) ?? 0);
}

export function forwarding({ method }: LvsMethod): Value {
  return integer({ NAT: 1, DR: 2, TUN: 3 }[method]);
}

export function tunnelType({ method, type }: LvsMethod): Value | null {
  return method === 'TUN' ? integer({ ipip: 1, gue: 2, gre: 3 }[type]) : null;
}

export function tunnelPort({ method, type, port }: LvsMethod): Value | null {
  return method === 'TUN' && type === 'gue' ? gauge(port ?? 0) : null;
}

export function tunnelChecksum({ method, type, checksum }: LvsMethod): Value | null {
  return method === 'TUN' && type !== 'ipip' ? integer({ nocsum: 1, csum: 2, remcsum: 3 }[checksum]) : null;
}
