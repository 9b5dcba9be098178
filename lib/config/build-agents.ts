// SPDX-License-Identifier: MIT
// global_defs → what it says of SNMP and D-Bus.

import { seconds } from '../base/time.ts';
import { type Block, valueIn } from './keyword.ts';
import { globalDefs } from './keywords/global-defs.ts';
import type { AgentDefs } from './model-agents.ts';

export function buildAgents(block: Block<typeof globalDefs> | null): AgentDefs {
  const get = <K extends keyof typeof globalDefs & string>(key: K) => valueIn(globalDefs, block, key);
  const on = (
    key: 'enable_snmp_vrrp' | 'enable_snmp_rfcv2' | 'enable_snmp_rfcv3' | 'enable_snmp_checker' | 'enable_traps' | 'enable_dbus',
  ) => get(key) ?? false;
  const both = get('enable_snmp_rfc') ?? false;
  const vsInterval = get('snmp_vs_stats_update_interval') ?? seconds(5);
  return {
    enable_snmp_vrrp: on('enable_snmp_vrrp'),
    enable_snmp_rfcv2: both || on('enable_snmp_rfcv2'),
    enable_snmp_rfcv3: both || on('enable_snmp_rfcv3'),
    enable_snmp_checker: on('enable_snmp_checker'),
    snmp_vs_stats_update_interval: vsInterval,
    snmp_rs_stats_update_interval: get('snmp_rs_stats_update_interval') ?? vsInterval,
    enable_traps: on('enable_traps'),
    snmp_socket: get('snmp_socket') ?? null,
    enable_dbus: on('enable_dbus'),
    dbus_service_name: get('dbus_service_name') ?? null,
    dbus_no_interface_name: get('dbus_no_interface_name') ?? null,
  };
}
