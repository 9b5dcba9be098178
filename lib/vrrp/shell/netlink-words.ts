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

const ERRNO_TEXT: Readonly<Record<number, string>> = {
  1: 'Operation not permitted',
  2: 'No such file or directory',
  3: 'No such process',
  12: 'Cannot allocate memory',
  13: 'Permission denied',
  16: 'Device or resource busy',
  17: 'File exists',
  19: 'No such device',
  22: 'Invalid argument',
  34: 'Numerical result out of range',
  93: 'Protocol not supported',
  95: 'Operation not supported',
  97: 'Address family not supported by protocol',
  99: 'Cannot assign requested address',
  100: 'Network is down',
  101: 'Network is unreachable',
  105: 'No buffer space available',
  113: 'No route to host',
};

/** strerror for the numbers netlink and raw sockets answer with. */
export function errnoText(errno: number): string {
  return ERRNO_TEXT[errno] ?? `error ${errno}`;
}
