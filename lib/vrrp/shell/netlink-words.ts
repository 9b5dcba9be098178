// SPDX-License-Identifier: MIT
// Names and meanings of what rtnetlink answers.

import type { KernelObject, Operation } from './kernel-objects.ts';

const ENOENT = 2;
const ESRCH = 3;
const EEXIST = 17;
const ENODEV = 19;
const EADDRNOTAVAIL = 99;

/** Already there, or already gone, with its interface or without: the wanted state is reached. */
export function reached(operation: Operation, kind: KernelObject['kind'], errno: number): boolean {
  if (operation !== 'delete') return errno === EEXIST;
  const gone = { address: EADDRNOTAVAIL, route: ESRCH, rule: ENOENT }[kind];
  return errno === gone || errno === ENODEV;
}

export function messageName(operation: Operation, kind: KernelObject['kind']): string {
  const names = {
    address: ['RTM_NEWADDR(20)', 'RTM_DELADDR(21)'],
    route: ['RTM_NEWROUTE(24)', 'RTM_DELROUTE(25)'],
    rule: ['RTM_NEWRULE(32)', 'RTM_DELRULE(33)'],
  } as const;
  return names[kind][operation === 'delete' ? 1 : 0];
}
