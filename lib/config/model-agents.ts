// SPDX-License-Identifier: MIT
// What global_defs says of the agents that show and steer the daemon from outside: SNMP and D-Bus.

import type { Micros } from '../base/time.ts';

export interface AgentDefs {
  /** The KEEPALIVED-MIB of the VRRP process. */
  readonly enable_snmp_vrrp: boolean;
  /** RFC 2787. */
  readonly enable_snmp_rfcv2: boolean;
  /** RFC 6527. */
  readonly enable_snmp_rfcv3: boolean;
  /** The KEEPALIVED-MIB of the checker process. */
  readonly enable_snmp_checker: boolean;
  /** How old counters of virtual servers and of real servers may be when somebody asks for them. */
  readonly snmp_vs_stats_update_interval: Micros;
  readonly snmp_rs_stats_update_interval: Micros;
  readonly enable_traps: boolean;
  /** Where the master agent listens, as written; null: the usual place. */
  readonly snmp_socket: string | null;
  readonly enable_dbus: boolean;
  /** Name on the bus; null: org.keepalived.Vrrp1. */
  readonly dbus_service_name: string | null;
  /** In the object path of an instance without interface; null: none. */
  readonly dbus_no_interface_name: string | null;
}
