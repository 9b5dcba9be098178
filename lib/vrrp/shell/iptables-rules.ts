// The firewall's plan as rules in chains that exist, for iptables-restore(8) and ip6tables-restore(8), with or without sets
// of ipset(8) (reference: VRRP document, section 10.6). iptables cannot send a packet out by another interface, so what
// virtual MACs chatter is dropped, not moved to the interface below.

import type { Family } from '../../base/address.ts';
import type { IpsetNames } from '../../config/model.ts';
import type { FirewallPlan } from './firewall-plan.ts';

export interface IptablesSettings {
  /** Chains; '' for none. */
  readonly input: string;
  readonly output: string;
  /** null: a rule for each address. */
  readonly sets: IpsetNames | null;
  readonly withoutIgmp: boolean;
}

export interface ToolCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly input: string;
  /** Removes what may not be there. */
  readonly mayFail?: true;
}

interface Rule {
  readonly family: Family;
  readonly chain: string;
  readonly match: string;
}

/** Runs, in order, that turn the rules of `before` (null: unknown ones of an earlier run) into those of `plan`. */
export function iptablesCommands(plan: FirewallPlan, before: FirewallPlan | null, settings: IptablesSettings): ToolCommand[] {
  const now = rulesOf(plan, settings);
  const old = before ? rulesOf(before, settings) : [];
  const same = (a: Rule, b: Rule): boolean => a.family === b.family && a.chain === b.chain && a.match === b.match;
  const gone = old.filter((o) => !now.some((n) => same(o, n)));
  // Rules are put at the head in order: one new rule puts all of its family in anew.
  const changed = ([4, 6] as const).filter((f) => now.some((n) => n.family === f && !old.some((o) => same(o, n))));
  const anew = now.filter((n) => changed.includes(n.family));
  const removed = [...gone, ...old.filter((o) => changed.includes(o.family) && !gone.includes(o))];
  return [
    ...(before === null ? now.map(removal) : []),
    ...setCommands(plan, settings),
    ...([4, 6] as const).flatMap((family) =>
      restore(family, [
        ...removed.filter((r) => r.family === family).map((r) => `-D ${r.chain} ${r.match}`),
        ...anew
          .filter((r) => r.family === family)
          .reverse()
          .map((r) => `-I ${r.chain} ${r.match}`),
      ]),
    ),
    ...(now.length === 0 ? setRemoval(before, settings) : []),
  ];
}

function rulesOf(plan: FirewallPlan, settings: IptablesSettings): Rule[] {
  const { input, output, sets, withoutIgmp } = settings;
  const rules: Rule[] = [];
  const add = (family: Family, chain: string, match: string): void => {
    if (chain !== '') rules.push({ family, chain, match });
  };
  if (!withoutIgmp) for (const v of plan.vmacs4) add(4, output, `-o ${v.name} -p igmp -j DROP`);
  for (const v of plan.vmacs6) {
    for (const type of [131, 143, 133]) add(6, output, `-o ${v.name} -p icmpv6 --icmpv6-type ${type} -j DROP`);
  }
  for (const e of plan.shared) add(6, output, `-s ${e.ip} -o ${e.ifname} -p icmpv6 --icmpv6-type 136 -j DROP`);
  if (plan.drop6.length + plan.dropLinkLocal.length > 0) {
    for (const chain of [input, output]) for (const type of [135, 136]) add(6, chain, `-p icmpv6 --icmpv6-type ${type} -j ACCEPT`);
  }
  for (const e of plan.dropLinkLocal) {
    add(6, input, `-d ${e.ip} -i ${e.ifname} -j DROP`);
    add(6, output, `-s ${e.ip} -o ${e.ifname} -j DROP`);
  }
  for (const [family, addresses, set] of [
    [4, plan.drop4, sets?.address4],
    [6, plan.drop6, sets?.address6],
  ] as const) {
    const matches = (way: 'src' | 'dst'): string[] => {
      if (addresses.length === 0) return [];
      if (set !== undefined) return [`-m set --match-set ${set} ${way} -j DROP`];
      return addresses.map((ip) => `${way === 'dst' ? '-d' : '-s'} ${ip} -j DROP`);
    };
    for (const match of matches('dst')) add(family, input, match);
    for (const match of matches('src')) add(family, output, match);
  }
  return rules;
}

function restore(family: Family, lines: readonly string[]): ToolCommand[] {
  if (lines.length === 0) return [];
  const program = family === 4 ? 'iptables-restore' : 'ip6tables-restore';
  return [{ program, args: ['--noflush', '--wait', '5'], input: `*filter\n${lines.join('\n')}\nCOMMIT\n` }];
}

function removal(rule: Rule): ToolCommand {
  const program = rule.family === 4 ? 'iptables' : 'ip6tables';
  return { program, args: ['--wait', '5', '-D', rule.chain, ...rule.match.split(' ')], input: '', mayFail: true };
}

/** Sets first: rules refer to them. */
function setCommands(plan: FirewallPlan, { sets }: IptablesSettings): ToolCommand[] {
  if (!sets) return [];
  const lines = [...setLines(sets.address4, 'inet', plan.drop4), ...setLines(sets.address6, 'inet6', plan.drop6)];
  return lines.length === 0 ? [] : [{ program: 'ipset', args: ['-exist', 'restore'], input: `${lines.join('\n')}\n` }];
}

function setLines(name: string, family: 'inet' | 'inet6', addresses: readonly string[]): string[] {
  if (addresses.length === 0) return [];
  return [`create ${name} hash:ip family ${family}`, `flush ${name}`, ...addresses.map((ip) => `add ${name} ${ip}`)];
}

function setRemoval(before: FirewallPlan | null, { sets }: IptablesSettings): ToolCommand[] {
  if (!sets) return [];
  const names = [
    ...(before === null || before.drop4.length > 0 ? [sets.address4] : []),
    ...(before === null || before.drop6.length > 0 ? [sets.address6] : []),
  ];
  return names.map((name) => ({ program: 'ipset', args: ['destroy', name], input: '', mayFail: true }));
}
