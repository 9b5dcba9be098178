// SPDX-License-Identifier: MIT
// The firewall's plan in the language of nft(8): keepalived's tables, chains and sets (reference: VRRP document, section
// 10.5). A change of elements leaves chains and counters alone; anything else writes the tables anew, in one transaction.

import type { FirewallSettings } from '../../config/model.ts';
import type { FirewallPlan, OnLink, Vmac } from './firewall-plan.ts';

export interface NftSettings extends Pick<FirewallSettings, 'nftables_priority' | 'nftables_ifindex' | 'nftables_counters'> {
  readonly table: string;
  /** IGMP of virtual MACs is stopped by the kernel itself. */
  readonly withoutIgmp: boolean;
}

/** One table: everything but the elements, and the elements of each set and map. */
interface Table {
  readonly family: 'ip' | 'ip6';
  readonly sets: readonly SetOf[];
  readonly chains: string;
}

interface SetOf {
  readonly name: string;
  readonly kind: 'set' | 'map';
  /** Type and flags. */
  readonly type: string;
  readonly elements: readonly string[];
}

/** Commands that turn the tables of `before` (null: whatever is there) into those of `plan`; '' when nothing is to be done. */
export function nftCommands(plan: FirewallPlan, before: FirewallPlan | null, settings: NftSettings): string {
  const now = tablesOf(plan, settings);
  const old = before && tablesOf(before, settings);
  return (['ip', 'ip6'] as const)
    .map((family) => {
      const table = now.find((t) => t.family === family);
      const known = old?.find((t) => t.family === family);
      if (old && table && known && shapeOf(table) === shapeOf(known)) return elementChanges(table, known, settings.table);
      if (old && !table && !known) return '';
      const name = `${family} ${quoted(settings.table)}`;
      // `add` first, so that `delete` finds it whether it was there or not.
      return `add table ${name}\ndelete table ${name}\n${table ? tableText(table, settings.table) : ''}`;
    })
    .join('');
}

function tablesOf(plan: FirewallPlan, settings: NftSettings): Table[] {
  return [ipTable(plan, settings), ip6Table(plan, settings)].filter((t) => t.chains !== '');
}

function ipTable(plan: FirewallPlan, settings: NftSettings): Table {
  const counter = settings.nftables_counters ? 'counter ' : '';
  const vmacs = settings.withoutIgmp ? [] : plan.vmacs4;
  const sets: SetOf[] = [];
  const out: string[] = [];
  const input: string[] = [];
  if (vmacs.length > 0) {
    sets.push(mapOf(vmacs));
    out.push(`ip protocol igmp meta oifkind "macvlan" dup to ip daddr device oif map @vmac_map ${counter}drop`);
  }
  if (plan.drop4.length > 0) {
    sets.push({ name: 'vips', kind: 'set', type: 'type ipv4_addr', elements: plan.drop4 });
    out.push(`ip saddr @vips ${counter}drop`);
    input.push(`ip daddr @vips ${counter}drop`);
  }
  return { family: 'ip', sets, chains: chains({ out, in: input }, settings) };
}

function ip6Table(plan: FirewallPlan, settings: NftSettings): Table {
  const counter = settings.nftables_counters ? 'counter ' : '';
  const sets: SetOf[] = [];
  const out: string[] = [];
  const input: string[] = [];
  const rest: Record<string, string[]> = {};
  if (plan.vmacs6.length > 0) {
    sets.push(mapOf(plan.vmacs6));
    sets.push({ name: 'vmac_set', kind: 'set', type: 'type iface_index', elements: plan.vmacs6.map((v) => String(v.ifindex)) });
    sets.push({ name: 'parent_link_local', kind: 'set', type: 'type ipv6_addr . ifname', elements: plan.shared.map(byName) });
    sets.push(constant('mld-report', ['mld-listener-report', 'mld2-listener-report']));
    out.push(
      `icmpv6 type nd-neighbor-advert meta oifkind "macvlan" ip6 saddr . oifname @parent_link_local ${counter}drop`,
      `icmpv6 type @mld-report meta oifkind "macvlan" dup to ip6 daddr device oif map @vmac_map ${counter}drop`,
      `icmpv6 type nd-router-solicit meta oifkind "macvlan" oif @vmac_set ${counter}drop`,
    );
  }
  if (plan.drop6.length > 0 || plan.dropLinkLocal.length > 0) {
    sets.push({ name: 'vips', kind: 'set', type: 'type ipv6_addr', elements: plan.drop6 });
    sets.push(constant('neighbor-discovery', ['nd-neighbor-solicit', 'nd-neighbor-advert']));
    const name = settings.nftables_ifindex ? 'vips_link_local' : 'vips_link_local_name';
    const [type, element] = settings.nftables_ifindex ? ['iface_index', byIndex] : ['ifname', byName];
    sets.push({ name, kind: 'set', type: `type ipv6_addr . ${type}`, elements: plan.dropLinkLocal.map(element) });
    const [iif, oif] = settings.nftables_ifindex ? ['iif', 'oif'] : ['iifname', 'oifname'];
    const nd = `icmpv6 type @neighbor-discovery ${counter}accept`;
    out.push(nd, `ip6 saddr fe80::/10 ${counter}goto out_link_local`, `ip6 saddr @vips ${counter}drop`);
    input.push(nd, `ip6 daddr fe80::/10 ${counter}goto in_link_local`, `ip6 daddr @vips ${counter}drop`);
    rest.in_link_local = [`ip6 daddr . ${iif} @${name} ${counter}drop`];
    rest.out_link_local = [`ip6 saddr . ${oif} @${name} ${counter}drop`];
  }
  return { family: 'ip6', sets, chains: chains({ out, in: input, ...rest }, settings) };
}

const byName = (e: OnLink): string => `${e.ip} . ${quoted(e.ifname)}`;
const byIndex = (e: OnLink): string => `${e.ip} . ${e.ifindex}`;

function mapOf(vmacs: readonly Vmac[]): SetOf {
  const elements = vmacs.map((v) => `${v.ifindex} : ${v.base}`);
  return { name: 'vmac_map', kind: 'map', type: 'type iface_index : iface_index', elements };
}

function constant(name: string, elements: readonly string[]): SetOf {
  return { name, kind: 'set', type: 'type icmpv6_type; flags constant', elements };
}

function chains(rules: Readonly<Record<string, readonly string[]>>, settings: NftSettings): string {
  return Object.entries(rules)
    .filter(([, lines]) => lines.length > 0)
    .map(([name, lines]) => {
      const hook = name === 'in' ? 'input' : name === 'out' ? 'output' : null;
      const head = hook === null ? [] : [`type filter hook ${hook} priority ${settings.nftables_priority}; policy accept;`];
      return `  chain ${name} {\n${[...head, ...lines].map((line) => `    ${line}\n`).join('')}  }\n`;
    })
    .join('');
}

function tableText(table: Table, name: string): string {
  const sets = table.sets.map(({ kind, name: set, type, elements }) => {
    const list = elements.length > 0 ? ` elements = { ${elements.join(', ')} }` : '';
    return `  ${kind} ${set} { ${type};${list}\n  }\n`;
  });
  return `table ${table.family} ${quoted(name)} {\n${sets.join('')}${table.chains}}\n`;
}

/** What a change of elements leaves as it is. */
function shapeOf(table: Table): string {
  const sets = table.sets.map((s) => (s.type.includes('constant') ? s : { ...s, elements: [] }));
  return JSON.stringify({ sets, chains: table.chains });
}

function elementChanges(table: Table, before: Table, name: string): string {
  return table.sets
    .map((set, n) => {
      const old = before.sets[n]?.elements ?? [];
      if (old.join() === set.elements.join()) return '';
      const path = `${table.family} ${quoted(name)} ${set.name}`;
      const add = set.elements.length > 0 ? `add element ${path} { ${set.elements.join(', ')} }\n` : '';
      return `flush ${set.kind} ${path}\n${add}`;
    })
    .join('');
}

function quoted(word: string): string {
  return /^[A-Za-z_][A-Za-z0-9_./-]*$/.test(word) ? word : `"${word.replace(/["\\]/g, '')}"`;
}
