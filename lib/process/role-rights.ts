// SPDX-License-Identifier: MIT
// What each process of a daemon is left of its capabilities: what its keywords need, what it needs whatever is configured, and
// nothing else (docs/decisions/0029-rights-of-each-process.md).

import type { Config } from '../config/model.ts';
import type { NativeAddon } from '../native/surface.ts';
import type { Role } from './messages.ts';
import { type Capability, capabilityNumbers, keywordsOf } from './rights.ts';

/** Real-time threads and locked memory. */
const scheduling: readonly Capability[] = ['CAP_SYS_NICE', 'CAP_IPC_LOCK'];
/** Scripts as anybody, root as usual among them; FIFOs and files that belong to others. */
const programs: readonly Capability[] = [
  'CAP_SETPCAP',
  'CAP_SETUID',
  'CAP_SETGID',
  'CAP_KILL',
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
];

const always: Readonly<Record<Role, readonly Capability[]>> = {
  vrrp: ['CAP_NET_ADMIN', 'CAP_NET_RAW', ...scheduling, ...programs],
  checkers: ['CAP_NET_ADMIN', ...scheduling, ...programs],
  bfd: scheduling,
};

/** `config`: as the process of this role gets it; `uid`: whom it runs as. In the order of their numbers. */
export function rightsOf(role: Role, config: Config, uid: number): readonly Capability[] {
  const needs = keywordsOf(config, { vrrp: role === 'vrrp', checkers: role === 'checkers', bfd: role === 'bfd' }, uid);
  const wanted = new Set([...always[role], ...(role === 'vrrp' && config.vrrp_track_process.length > 0 ? otherProcesses : [])]);
  return (Object.keys(capabilityNumbers) as Capability[]).filter((one) => wanted.has(one) || (role !== 'bfd' && needs[one]?.length));
}

/** Of a configuration that needs nothing in particular. */
export function usualRights(role: Role): readonly Capability[] {
  return (Object.keys(capabilityNumbers) as Capability[]).filter((one) => always[role].includes(one));
}

/** What `start` starts, with these rights at most where the system lets us. */
export function startedWith<T>(native: Pick<NativeAddon, 'withLesserRights'>, rights: readonly Capability[], start: () => T): T {
  let started: { readonly it: T } | null = null;
  native.withLesserRights(
    rights.map((name) => capabilityNumbers[name]),
    () => {
      started = { it: start() };
    },
  );
  return (started as unknown as { readonly it: T }).it;
}

/** Their events are told in the namespace of process 1 alone, and /proc may be mounted with hidepid. */
const otherProcesses: readonly Capability[] = ['CAP_SYS_PTRACE', 'CAP_SYS_ADMIN'];
