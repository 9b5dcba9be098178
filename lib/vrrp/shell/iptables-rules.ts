// SPDX-License-Identifier: MIT
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

/** What iptables-save and ip6tables-save tell of the table filter. */
export type SavedRules = Readonly<Record<Family, string>>;

const same = (a: Rule, b: Rule): boolean => a.family === b.family && a.chain === b.chain && a.match === b.match;

/** Runs, in order, that turn the rules of `before`, or those of `plan` that an earlier run left, into those of `plan`, once each. */
export function iptablesCommands(plan: FirewallPlan, before: FirewallPlan | SavedRules, settings: IptablesSettings): ToolCommand[] {
  const now = rulesOf(plan, settings);
  const isKnown = 'drop4' in before;
  const old = isKnown ? rulesOf(before, settings) : leftovers(before, now);
  const gone = old.filter((o) => !now.some((n) => same(o, n)));
  // Rules are put at the head in order: one new rule puts all of its family in anew.
  const changed = ([4, 6] as const).filter((f) => now.some((n) => n.family === f && !(isKnown && old.some((o) => same(o, n)))));
  const anew = now.filter((n) => changed.includes(n.family));
  const removed = [...gone, ...old.filter((o) => changed.includes(o.family) && !gone.includes(o))];
  return [
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
    ...(now.length === 0 ? setRemoval(isKnown ? before : null, settings) : []),
  ];
}

/** Those of ours that are there, each as often as it is there. */
function leftovers(saved: SavedRules, ours: readonly Rule[]): Rule[] {
  return ([4, 6] as const).flatMap((family) =>
    saved[family].split('\n').flatMap((line) => {
      const [, chain = '', match = ''] = /^-A (\S+) (.*)$/.exec(line) ?? [];
      const rule = { family, chain, match };
      return ours.some((o) => same(o, rule)) ? [rule] : [];
    }),
  );
}

/** In the words of iptables-save, so that they are recognised in what it tells. */
function rulesOf(plan: FirewallPlan, settings: IptablesSettings): Rule[] {
  const { input, output, sets, withoutIgmp } = settings;
  const rules: Rule[] = [];
  const add = (family: Family, chain: string, match: string): void => {
    if (chain !== '') rules.push({ family, chain, match });
  };
  if (!withoutIgmp) for (const v of plan.vmacs4) add(4, output, `-o ${v.name} -p igmp -j DROP`);
  for (const v of plan.vmacs6) {
    for (const type of [131, 143, 133]) add(6, output, `-o ${v.name} ${icmp(type)} -j DROP`);
  }
  for (const e of plan.shared) add(6, output, `-s ${e.ip}/128 -o ${e.ifname} ${icmp(136)} -j DROP`);
  if (plan.drop6.length + plan.dropLinkLocal.length > 0) {
    for (const chain of [input, output]) for (const type of [135, 136]) add(6, chain, `${icmp(type)} -j ACCEPT`);
  }
  for (const e of plan.dropLinkLocal) {
    add(6, input, `-d ${e.ip}/128 -i ${e.ifname} -j DROP`);
    add(6, output, `-s ${e.ip}/128 -o ${e.ifname} -j DROP`);
  }
  for (const [family, addresses, set] of [
    [4, plan.drop4, sets?.address4],
    [6, plan.drop6, sets?.address6],
  ] as const) {
    const matches = (way: 'src' | 'dst'): string[] => {
      if (addresses.length === 0) return [];
      if (set !== undefined) return [`-m set --match-set ${set} ${way} -j DROP`];
      return addresses.map((ip) => `${way === 'dst' ? '-d' : '-s'} ${ip}/${family === 4 ? 32 : 128} -j DROP`);
    };
    for (const match of matches('dst')) add(family, input, match);
    for (const match of matches('src')) add(family, output, match);
  }
  return rules;
}

const icmp = (type: number): string => `-p ipv6-icmp -m icmp6 --icmpv6-type ${type}`;

function restore(family: Family, lines: readonly string[]): ToolCommand[] {
  if (lines.length === 0) return [];
  const program = family === 4 ? 'iptables-restore' : 'ip6tables-restore';
  return [{ program, args: ['--noflush', '--wait', '5'], input: `*filter\n${lines.join('\n')}\nCOMMIT\n` }];
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
