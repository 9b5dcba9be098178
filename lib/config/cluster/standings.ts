// SPDX-License-Identifier: MIT
// From failed checks to standings: the sums of reference/vrrp-protocol.md section 7.1.

import { clampPriority, contribution } from '../../base/vrrp-arithmetic.ts';
import type { Weight } from '../model.ts';
import type { Check } from './checks-of.ts';
import type { Standing } from './election.ts';
import type { Member } from './nodes.ts';

/** A set of failing checks: bit n is check n of the router. A bigint, since three nodes can have more than 53. */
export type Failing = bigint;

export function bit(check: number): Failing {
  return 1n << BigInt(check);
}

export function fails(failing: Failing, check: number): boolean {
  return (failing & bit(check)) !== 0n;
}

/** The standing of every member while exactly `failing` fail. */
export function standingsOf(members: readonly Member[], checks: readonly Check[], failing: Failing): Standing[] {
  return members.map((m, n) => {
    const own = checks.flatMap((c, i) => (c.member === n ? [{ weight: c.weight, failed: fails(failing, i) }] : []));
    return standing(m, own);
  });
}

/** Sum of configured priority and weights before it is cut to 1..254. */
export function rawSum(m: Member, own: readonly { readonly weight: Weight; readonly failed: boolean }[]): number {
  return own.reduce((sum, { weight, failed }) => sum + contribution(weight, failed ? 'down' : 'up'), m.instance.priority);
}

function standing(m: Member, own: readonly { readonly weight: Weight; readonly failed: boolean }[]): Standing {
  const { instance } = m;
  const faulty = instance.config_faults.length > 0 || own.some(({ weight, failed }) => weight.value === 0 && failed !== weight.reverse);
  if (faulty) return 'fault';
  return instance.priority === 255 ? 255 : clampPriority(rawSum(m, own));
}
