// SPDX-License-Identifier: MIT
// Which capabilities(7) a configuration needs, and what does not work without: said at the start with the keywords, instead of by
// the first system call that fails. A router that could advertise but not set its addresses would be a black hole, so what is
// indispensable is refused before any child starts.

import type { Config } from '../config/model.ts';

/** Numbers of the kernel (linux/capability.h). */
export const capabilityNumbers = {
  CAP_CHOWN: 0,
  CAP_DAC_OVERRIDE: 1,
  CAP_FOWNER: 3,
  CAP_KILL: 5,
  CAP_SETGID: 6,
  CAP_SETUID: 7,
  CAP_SETPCAP: 8,
  CAP_NET_BIND_SERVICE: 10,
  CAP_NET_ADMIN: 12,
  CAP_NET_RAW: 13,
  CAP_IPC_LOCK: 14,
  CAP_SYS_PTRACE: 19,
  CAP_SYS_ADMIN: 21,
  CAP_SYS_NICE: 23,
} as const;
export type Capability = keyof typeof capabilityNumbers;

export interface Lack {
  readonly capability: Capability;
  /** Keywords that do not work without it, as they are written. */
  readonly keywords: readonly string[];
  /** Nothing useful is left without it. */
  readonly indispensable: boolean;
}

export interface Runs {
  readonly vrrp: boolean;
  readonly checkers: boolean;
  readonly bfd: boolean;
}

/** `effective`: one bit a capability, as CapEff in /proc/PID/status; `uid`: whom the daemon runs as. */
export function lackingRights(config: Config, runs: Runs, effective: bigint, uid: number): readonly Lack[] {
  const keywords = keywordsOf(config, runs, uid);
  return (Object.keys(capabilityNumbers) as Capability[]).flatMap((capability) => {
    const needed = [...new Set(keywords[capability])];
    if (needed.length === 0 || (effective & (1n << BigInt(capabilityNumbers[capability]))) !== 0n) return [];
    return [{ capability, keywords: needed, indispensable: needed.some((k) => indispensable.has(k)) }];
  });
}

/** The keywords of a configuration that need each capability; absent: none does. */
export type Needs = Readonly<Partial<Record<Capability, readonly string[]>>>;

const indispensable: ReadonlySet<string> = new Set(['vrrp_instance', 'virtual_server', 'static objects', 'net_namespace']);

export function keywordsOf(config: Config, runs: Runs, uid: number): Needs {
  const defs = config.global_defs;
  const when = (wanted: boolean, ...words: string[]): string[] => (wanted ? words : []);
  const routers = runs.vrrp && config.vrrp_instance.length > 0;
  const statics = runs.vrrp && config.static_ipaddress.length + config.static_routes.length + config.static_rules.length > 0;
  const services = runs.checkers && config.virtual_server.length > 0;
  const targets = runs.checkers ? targetsOf(config) : [];
  const strangers = hasOtherUser(config, uid);
  const scripts = when(strangers, 'script_user', 'user of scripts');
  return {
    CAP_NET_RAW: [
      ...when(routers, 'vrrp_instance'),
      ...when(
        targets.some((t) => t.bind_if !== null),
        'bind_if',
      ),
    ],
    CAP_NET_ADMIN: [
      ...when(routers, 'vrrp_instance', 'virtual_ipaddress'),
      ...when(statics, 'static objects'),
      ...when(services, 'virtual_server'),
      ...when(
        targets.some((t) => t.fwmark !== 0),
        'fwmark',
      ),
    ],
    CAP_NET_BIND_SERVICE: when(
      targets.some((t) => t.bind_port !== null && t.bind_port > 0 && t.bind_port < 1024),
      'bind_port',
    ),
    CAP_SETUID: scripts,
    CAP_SETGID: scripts,
    CAP_KILL: when(strangers, 'timeout of scripts', 'init_fail'),
    CAP_SYS_NICE: [
      ...when(runs.vrrp && (defs.vrrp_rt_priority ?? 0) > 0, 'vrrp_rt_priority'),
      ...when(runs.vrrp && defs.vrrp_priority < 0, 'vrrp_priority'),
      ...when(runs.checkers && (defs.checker_rt_priority ?? 0) > 0, 'checker_rt_priority'),
      ...when(runs.checkers && defs.checker_priority < 0, 'checker_priority'),
      ...when(runs.bfd && (defs.bfd_rt_priority ?? 0) > 0, 'bfd_rt_priority'),
      ...when(runs.bfd && defs.bfd_priority < 0, 'bfd_priority'),
      ...when(defs.max_auto_priority > 0, 'max_auto_priority'),
    ],
    CAP_IPC_LOCK: [
      ...when(runs.vrrp && defs.vrrp_no_swap, 'vrrp_no_swap'),
      ...when(runs.checkers && defs.checker_no_swap, 'checker_no_swap'),
      ...when(runs.bfd && defs.bfd_no_swap, 'bfd_no_swap'),
    ],
    CAP_SYS_ADMIN: when(services && defs.net_namespace_ipvs !== null, 'net_namespace_ipvs'),
  };
}

interface Way {
  readonly bind_if: string | null;
  readonly bind_port: number | null;
  readonly fwmark: number;
}

function targetsOf(config: Config): readonly Way[] {
  return config.virtual_server
    .flatMap((server) => server.real_server.flatMap((real) => real.checkers))
    .flatMap((checker) => ('target' in checker ? [checker.target] : []));
}

/** Somewhere in the configuration a script runs as somebody else. */
function hasOtherUser(value: unknown, uid: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if ('uid' in value && typeof value.uid === 'number' && value.uid !== uid) return true;
  return Object.values(value).some((inner) => hasOtherUser(inner, uid));
}

/** A line for the log. */
export function lackText({ capability, keywords, indispensable: must }: Lack): string {
  return `${capability} is missing: ${keywords.join(', ')} ${must ? 'cannot' : 'will not'} work. Grant it (AmbientCapabilities= of the unit, --cap-add of a container)${must ? '' : ', or leave the keyword out'}`;
}
