// SPDX-License-Identifier: MIT
// `iptables-legacy-save` as chains (core/firewall.ts). What iptables-nft makes is seen through nft already.

import type { Chain, Field, Match, Rule, RuleRange, Verdict } from './firewall.ts';

const hooks: Readonly<Record<string, string>> = { PREROUTING: 'prerouting', INPUT: 'input', OUTPUT: 'output', POSTROUTING: 'postrouting' };
const priorities: Readonly<Record<string, number>> = { raw: -300, mangle: -150, nat: -100, filter: 0, security: 50 };

export function readIptables(text: string, family: 4 | 6): Chain[] {
  const chains: (Chain & { readonly rules: Rule[] })[] = [];
  let table = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1).trim();
    const [, name, policy] = /^:(\S+) (\S+)/.exec(line) ?? [];
    if (name !== undefined)
      chains.push({
        family: family === 4 ? 'ip' : 'ip6',
        table,
        name,
        // Addresses are not rewritten for VRRP: nat drops nothing.
        hook: table === 'nat' ? null : (hooks[name] ?? null),
        priority: priorities[table] ?? 0,
        device: null,
        policy: policy === 'DROP' ? 'drop' : 'accept',
        rules: [],
        tool: 'iptables',
      });
    const [, chain, rest] = /^-A (\S+) ?(.*)$/.exec(line) ?? [];
    if (chain !== undefined) chains.find((c) => c.table === table && c.name === chain)?.rules.push(readRule(line, rest ?? ''));
  }
  return chains;
}

const fields: Readonly<Record<string, Field>> = { '-p': 'protocol', '-s': 'source', '-d': 'destination', '-i': 'in', '-o': 'out' };

function readRule(text: string, rest: string): Rule {
  const words = rest.match(/"[^"]*"|\S+/g) ?? [];
  const matches: Match[] = [];
  let verdict: Verdict = { kind: 'none' };
  let negated = false;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    const value = words[i + 1] ?? '';
    const field = fields[word];
    if (word === '!') {
      negated = true;
      continue;
    }
    if (field !== undefined) {
      matches.push({ kind: 'field', field, negated, values: [rangeOf(field, value)] });
      i++;
    } else if (word === '-m') {
      // A comment matches everything; that of a protocol is named by -p already.
      if (value === 'comment') {
        i += 3;
        continue;
      }
      if (!['tcp', 'udp', 'icmp'].includes(value)) matches.push({ kind: 'unknown' });
      i++;
    } else if (word === '-j' || word === '-g') {
      verdict = verdictOf(value, word === '-g');
      i = words.length;
    }
    negated = false;
  }
  return { text: text.trim(), handle: null, matches, verdict };
}

function rangeOf(field: Field, value: string): RuleRange {
  const [address = '', length] = value.split('/');
  if ((field === 'source' || field === 'destination') && length !== undefined && /^\d+$/.test(length))
    return { kind: 'prefix', address, length: Number(length) };
  if (field === 'in' || field === 'out') return { kind: 'value', value: value.replace(/\+$/, '*') };
  return { kind: 'value', value };
}

function verdictOf(target: string, goes: boolean): Verdict {
  if (target === 'ACCEPT') return { kind: 'accept' };
  if (target === 'DROP' || target === 'REJECT') return { kind: 'drop' };
  if (target === 'RETURN') return { kind: 'return' };
  // Extensions in capitals (LOG, MARK, CT …) let the packet go on.
  if (/^[A-Z]+$/.test(target)) return { kind: 'none' };
  return { kind: goes ? 'goto' : 'jump', chain: target };
}
