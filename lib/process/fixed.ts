// SPDX-License-Identifier: MIT
// What a reload cannot change, because processes, sockets or tables are built on it (reference: process document,
// section 7): then the new configuration is refused as a whole.

import type { Config } from '../config/model.ts';

type Fixed = readonly [name: string, value: (config: Config) => unknown];

/** By keepalived's names; a keyword without a field of its own cannot differ. */
const fixed: readonly Fixed[] = [
  ['network namespace', (c) => c.global_defs.net_namespace],
  ['IPVS network namespace', (c) => c.global_defs.net_namespace_ipvs],
  ['instance name', (c) => c.global_defs.instance],
  ['nftables table name', (c) => c.global_defs.firewall.nftables],
  ['IPVS nftables table name', (c) => c.global_defs.nftables_ipvs],
  ['config_directory', (c) => c.global_defs.tmp_config_directory],
  ['disable_local_igmp', (c) => c.global_defs.disable_local_igmp],
];

/** keepalived's line for each; empty: the reload may go on. */
export function unchangeable(old: Config, next: Config): string[] {
  return fixed
    .filter(([, value]) => value(old) !== value(next))
    .map(([name]) => `Cannot change ${name} at a reload - please restart keepalived`);
}
