// SPDX-License-Identifier: MIT
// `Gratuitous ARP delays` in keepalived.data: which interfaces have a pace, and the same beside each interface.

import type { Config } from '../config/model.ts';
import type { VrrpView } from '../ports/vrrp-view.ts';

interface PaceGroup {
  readonly garp: number;
  readonly gna: number;
  /** Paced together. */
  readonly shared: boolean;
  readonly interfaces: readonly string[];
}

/** Each garp_group, then what has only the global pace. */
function groupsOf(config: Config, names: readonly string[]): PaceGroup[] {
  const groups = config.garp_group.flatMap((g): PaceGroup[] => {
    const pace = { garp: g.garp_interval ?? 0, gna: g.gna_interval ?? 0 };
    const alone = g.interface === null ? [] : [{ ...pace, shared: false, interfaces: [g.interface] }];
    return g.interfaces.length === 0 ? alone : [...alone, { ...pace, shared: true, interfaces: g.interfaces }];
  });
  const { vrrp_garp_interval: garp, vrrp_gna_interval: gna } = config.global_defs;
  if (garp === 0 && gna === 0) return groups;
  const grouped = new Set(groups.flatMap((g) => g.interfaces));
  const rest = names.filter((name) => !grouped.has(name));
  return [...groups, ...rest.map((name) => ({ garp, gna, shared: false, interfaces: [name] }))];
}

function usedInterfaces(config: Config): string[] {
  const names = config.vrrp_instance.flatMap((i) => [
    i.interface,
    ...[...i.virtual_ipaddress, ...i.virtual_ipaddress_excluded].map((a) => a.dev),
  ]);
  return [...new Set(names)].filter((name) => name !== null);
}

export function paceLines({ config }: VrrpView): string[] {
  return groupsOf(config, usedInterfaces(config)).flatMap((group, index) => [
    `------< GARP delay group ${index} >------`,
    ...(group.garp > 0 ? [` GARP interval = ${group.garp / 1e6}`] : []),
    ...(group.gna > 0 ? [` GNA interval = ${group.gna / 1e6}`] : []),
    ' Interfaces',
    ...group.interfaces.map((name) => `  ${name}`),
  ]);
}

/** Lines beside one interface. */
export function paceOfLink(name: string, { config }: VrrpView): string[] {
  const groups = groupsOf(config, usedInterfaces(config));
  const index = groups.findIndex((g) => g.interfaces.includes(name));
  const group = groups[index];
  if (!group) return [];
  return [
    ...(group.garp > 0 ? [`Gratuitous ARP interval ${Math.round(group.garp / 1000)}ms`] : []),
    ...(group.gna > 0 ? [`Gratuitous NA interval ${Math.round(group.gna / 1000)}ms`] : []),
    ...(group.shared ? [`Gratuitous ARP aggregation group ${index}`] : []),
  ];
}
