// SPDX-License-Identifier: MIT
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

export interface ScaleSpec {
  /** Virtual routers on each link, 1..255. */
  readonly instances: number;
  /** Seconds; below one it is version 3 that allows it. */
  readonly interval: number;
  readonly priority: number;
  /** Interfaces. */
  readonly links: readonly string[];
  /** More lines of global_defs. */
  readonly globals?: readonly string[];
  /** Others than the one address of each. */
  readonly addresses?: (vrid: number, link: number) => readonly string[];
}

/** A virtual address of a router, with its prefix length. */
export function scaleAddress(vrid: number, link = 0): string {
  return `10.${100 + link}.${vrid}.1/32`;
}

/** Many small version 3 routers: what a big machine has. One burst of one announcement each: adverts are what is measured. */
export function scaleConfiguration({ instances, interval, priority, links, globals = [], addresses }: ScaleSpec): string {
  const one = (link: number, name: string, vrid: number) => [
    `vrrp_instance VI_${link}_${vrid} {`,
    `  state ${priority === 255 ? 'MASTER' : 'BACKUP'}`,
    `  interface ${name}`,
    `  virtual_router_id ${vrid}`,
    '  version 3',
    `  priority ${priority}`,
    `  advert_int ${interval}`,
    '  garp_master_repeat 1',
    '  garp_master_delay 1',
    '  virtual_ipaddress {',
    ...(addresses?.(vrid, link) ?? [scaleAddress(vrid, link)]).map((address) => `    ${address}`),
    '  }',
    '}',
  ];
  const routers = links.flatMap((name, link) => Array.from({ length: instances }, (_, i) => one(link, name, i + 1)).flat());
  return ['global_defs {', '  router_id bench', ...globals.map((line) => `  ${line}`), '}', ...routers, ''].join('\n');
}
