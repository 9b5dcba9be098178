// SPDX-License-Identifier: MIT
// keepalived's words for what IPVS refuses.

import { errnoText } from './errno.ts';

const ENOENT = 2;
const ESRCH = 3;
const EEXIST = 17;

/** Commands by the names and numbers of the older interface, which messages have kept. */
const commands: Readonly<Record<string, readonly [name: string, meanings: Readonly<Record<number, string>>]>> = {
  new_service: ['ADD(1154)', { [EEXIST]: 'Service already exists', [ENOENT]: 'Scheduler or persistence engine not found' }],
  set_service: ['EDIT(1155)', { [ESRCH]: 'No such service', [ENOENT]: 'Scheduler or persistence engine not found' }],
  delete_service: ['DEL(1156)', { [ESRCH]: 'No such service' }],
  flush: ['FLUSH(1157)', {}],
  new_destination: ['ADDDEST(1159)', { [ESRCH]: 'No such service', [EEXIST]: 'Destination already exists' }],
  delete_destination: ['DELDEST(1160)', { [ESRCH]: 'No such service', [ENOENT]: 'No such destination' }],
  set_destination: ['EDITDEST(1161)', { [ESRCH]: 'No such service', [ENOENT]: 'No such destination' }],
  set_timeouts: ['TIMEOUT(1162)', {}],
  new_daemon: ['STARTDAEMON(1163)', { [EEXIST]: 'Daemon has already run' }],
  delete_daemon: ['STOPDAEMON(1164)', { [ESRCH]: 'No daemon is running' }],
  zero_service: ['ZERO(1167)', { [ESRCH]: 'No such service' }],
  zero_all: ['ZERO(1167)', {}],
};

/** `command`: of IpvsMessage; `about`: what it was about, '' for nothing that has a name. */
export function ipvsFailure(command: string, errno: number, about: string): string {
  const [name, meanings] = commands[command] ?? [command, {}];
  const where = about === '' ? '' : ` (${about})`;
  return `IPVS cmd IP_VS_SO_SET_${name} error: ${meanings[errno] ?? errnoText(errno)}(${errno})${where}`;
}
