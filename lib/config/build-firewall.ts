// SPDX-License-Identifier: MIT
// nftables, vrrp_iptables and vrrp_ipsets → FirewallSettings (reference/vrrp-protocol.md sections 10.4 to 10.6).

import type { Block, Setting } from './keyword.ts';
import type { globalDefs } from './keywords/global-defs.ts';
import type { FirewallSettings, IpsetNames } from './model.ts';

type Globals = Block<typeof globalDefs>;

const priority = -1;

export function buildFirewall(block: Globals | null): FirewallSettings {
  const settings: Partial<Globals['settings']> = block?.settings ?? {};
  const chains = settings.vrrp_iptables?.value;
  return {
    nftables: settings.nftables ? (settings.nftables.value[0] ?? 'keepalived') : null,
    nftables_priority: isReset(settings.nftables_priority, settings.nftables) ? priority : (settings.nftables_priority?.value ?? priority),
    nftables_ifindex: settings.nftables_ifindex !== undefined,
    nftables_counters: settings.nftables_counters !== undefined,
    vrrp_iptables: chains ? chainsOf(chains) : null,
    vrrp_ipsets: settings.vrrp_ipsets ? ipsetsOf(settings.vrrp_ipsets.value) : chains ? ipsetsOf(['keepalived']) : null,
  };
}

/** The line `nftables` takes back a priority that was set before it. */
export function isReset(value: Setting<unknown> | undefined, by: Setting<unknown> | undefined): boolean {
  return value !== undefined && by !== undefined && value.place.file === by.place.file && value.place.line < by.place.line;
}

/** One name alone is the input chain; without output chain nothing is written there. */
function chainsOf([input, output]: readonly string[]): FirewallSettings['vrrp_iptables'] {
  return { input: input ?? 'INPUT', output: output ?? (input === undefined ? 'OUTPUT' : '') };
}

/** No names: sets are off. Missing names are made from the first. */
function ipsetsOf(names: readonly string[]): IpsetNames | null {
  const [address4, address6, linkLocal, igmp, mld, nd] = names;
  if (address4 === undefined) return null;
  return {
    address4,
    address6: address6 ?? `${address4}6`,
    linkLocal: linkLocal ?? `${address4}_if6`,
    igmp: igmp ?? `${address4}_igmp`,
    mld: mld ?? `${address4}_mld`,
    nd: nd ?? `${address4}_nd`,
  };
}
