// SPDX-License-Identifier: MIT
// The children that a daemon can have, in the order in which keepalived starts them: what each is for, and what it gets to
// know of the configuration (reference/cli-and-process.md section 2).

import type { Config } from '../config/model.ts';
import type { Role } from './messages.ts';

export interface ChildKind {
  readonly role: Role;
  /** As in `Starting VRRP child process`. */
  readonly label: string;
  readonly pidFile: string;
  /** There are counters to show and to clear. */
  readonly hasStatistics: boolean;
  /** The configuration or an option asks for it. */
  isWanted(config: Config): boolean;
  /** What it needs of a configuration: thousands of objects must not cross to a child that never looks at them. */
  share(config: Config): Config;
}

export interface KindSettings {
  readonly runVrrp: boolean;
  readonly runCheckers: boolean;
  readonly runBfd: boolean;
  readonly runAll: boolean;
  readonly vrrpPidFile: string;
  readonly checkersPidFile: string;
  readonly bfdPidFile: string;
}

export function childKinds(settings: KindSettings): readonly ChildKind[] {
  const wantsCheckers = (c: Config) => settings.runCheckers && (settings.runAll || c.virtual_server.length > 0);
  return [
    {
      role: 'checkers',
      label: 'Healthcheck',
      pidFile: settings.checkersPidFile,
      hasStatistics: false,
      isWanted: wantsCheckers,
      share: withoutVrrp,
    },
    {
      role: 'vrrp',
      label: 'VRRP',
      pidFile: settings.vrrpPidFile,
      hasStatistics: true,
      isWanted: (c) => settings.runVrrp && (settings.runAll || c.vrrp_instance.length > 0 || hasStatics(c)),
      share: (c) => withoutServers(c, wantsCheckers(c)),
    },
    {
      role: 'bfd',
      label: 'BFD',
      pidFile: settings.bfdPidFile,
      hasStatistics: false,
      isWanted: (c) => settings.runBfd && c.bfd_instance.length > 0,
      share: (c) => withoutVrrp(withoutServers(c, false)),
    },
  ];
}

/** The VRRP process keeps static objects too. */
function hasStatics(c: Config): boolean {
  return c.static_ipaddress.length + c.static_routes.length + c.static_rules.length > 0;
}

/** The script of the FIFO for all events runs once: beside the checks, where there are any. */
function withoutServers(c: Config, besideCheckers: boolean): Config {
  const global_defs = besideCheckers ? { ...c.global_defs, notify_fifo_script: null } : c.global_defs;
  return { ...c, global_defs, virtual_server: [], virtual_server_group: [] };
}

function withoutVrrp(c: Config): Config {
  return {
    ...c,
    vrrp_script: [],
    vrrp_track_process: [],
    interface_up_down_delays: [],
    linkbeat_interfaces: [],
    vrrp_instance: [],
    garp_group: [],
    vrrp_sync_group: [],
    track_group: [],
    static_ipaddress: [],
    static_routes: [],
    static_rules: [],
  };
}
