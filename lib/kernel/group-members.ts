// SPDX-License-Identifier: MIT
// Who has joined a multicast group: /proc/net/igmp and /proc/net/igmp6.

import { readFileSync } from 'node:fs';
import { type Ip, ipBytes } from '../base/address.ts';

/** Some socket of this namespace has joined the group on the interface; true where the kernel does not tell. */
export function isGroupMember(group: Ip, ifname: string, family: 4 | 6): boolean {
  let text: string;
  try {
    text = readFileSync(family === 6 ? '/proc/net/igmp6' : '/proc/net/igmp', 'utf8');
  } catch {
    return true;
  }
  const bytes = Buffer.from(ipBytes(group));
  if (family === 6) {
    const wanted = bytes.toString('hex');
    return text.split('\n').some((line) => line.split(/\s+/).filter(Boolean)[1] === ifname && line.includes(wanted));
  }
  // As the kernel prints it: a number in the order of this machine, which for all that run us is the small end first.
  const wanted = bytes.reverse().toString('hex').toUpperCase();
  let device = '';
  for (const line of text.split('\n')) {
    const [, name] = /^\d+\s+(\S+?)\s*:/.exec(line) ?? [];
    if (name !== undefined) device = name;
    else if (device === ifname && line.trim().startsWith(wanted)) return true;
  }
  return false;
}
