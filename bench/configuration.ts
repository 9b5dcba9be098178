// What the routers are told: the same text for every candidate.

import { ifname } from './stage.ts';

export interface InstanceSpec {
  readonly state: 'MASTER' | 'BACKUP';
  /** 1..255 */
  readonly vrid: number;
  /** 1..254 */
  readonly priority: number;
  /** Seconds, whole ones: version 2. */
  readonly interval: number;
  readonly vip: string;
}

/** Gratuitous ARPs per burst, keepalived's default; written out because the benches wait for exactly so many. */
export const burst = 5;

/** Bursts after a transition: at once, and again a second later instead of the default five. */
export const bursts = 2;

/** A keepalived.conf; `realtime` is vrrp_rt_priority or null for none. */
export function configuration(instances: readonly InstanceSpec[], realtime: number | null): string {
  const globals = ['router_id bench', ...(realtime === null ? [] : [`vrrp_rt_priority ${realtime}`])];
  const lines = instances.flatMap((i) => [
    `vrrp_instance VI_${i.vrid} {`,
    `  state ${i.state}`,
    `  interface ${ifname}`,
    `  virtual_router_id ${i.vrid}`,
    `  priority ${i.priority}`,
    `  advert_int ${i.interval}`,
    `  garp_master_repeat ${burst}`,
    '  garp_master_delay 1',
    '  virtual_ipaddress {',
    `    ${i.vip}`,
    '  }',
    '}',
  ]);
  return ['global_defs {', ...globals.map((line) => `  ${line}`), '}', ...lines, ''].join('\n');
}
