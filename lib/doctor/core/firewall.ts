// SPDX-License-Identifier: MIT
// What a host's packet filter does with one packet, as far as its rules can be read from outside. Three answers to a rule:
// it fits, it does not, nobody can tell (a match that depends on state or on a module we do not know).

import { ipBytes, parseIp } from '../../base/address.ts';
/** An address prefix, a word or a number as a rule names it. */
export type RuleValue = string | number;

export interface Rule {
  /** As `nft` or `iptables-save` would write it, for the reader. */
  readonly text: string;
  readonly handle: number | null;
  readonly matches: readonly Match[];
  readonly verdict: Verdict;
}

export type Verdict =
  | { readonly kind: 'accept' | 'drop' | 'return' | 'none' }
  /** goto: does not come back. */
  | { readonly kind: 'jump' | 'goto'; readonly chain: string };

export type Match =
  | { readonly kind: 'field'; readonly field: Field; readonly negated: boolean; readonly values: readonly RuleRange[] }
  /** Fits no VRRP packet: ports, for one. */
  | { readonly kind: 'never' }
  | { readonly kind: 'unknown' };

export type Field = 'family' | 'protocol' | 'source' | 'destination' | 'in' | 'out' | 'destinationType' | 'state' | 'ttl';

export type RuleRange =
  | { readonly kind: 'value'; readonly value: RuleValue }
  | { readonly kind: 'prefix'; readonly address: string; readonly length: number }
  | { readonly kind: 'range'; readonly from: RuleValue; readonly to: RuleValue };

export interface Chain {
  readonly family: 'ip' | 'ip6' | 'inet' | 'bridge' | 'netdev';
  readonly table: string;
  readonly name: string;
  /** null: only jumped to. */
  readonly hook: string | null;
  readonly priority: number;
  /** Of a netdev chain. */
  readonly device: string | null;
  readonly policy: 'accept' | 'drop';
  readonly rules: readonly Rule[];
  /** Which program to change it with. */
  readonly tool: 'nft' | 'iptables';
}

/** A VRRP packet as a hook sees it. */
export interface FilteredPacket {
  readonly family: 4 | 6;
  readonly protocol: 112 | 51;
  readonly source: string;
  readonly destination: string;
  readonly multicast: boolean;
  /** The interface it came in by, or leaves by; '' for the other one. */
  readonly in: string;
  readonly out: string;
}

export interface Judgement {
  readonly verdict: 'accept' | 'drop';
  /** false: it hangs on something that cannot be read from outside. */
  readonly sure: boolean;
  /** Who drops; null for an accepted packet. */
  readonly by: { readonly chain: Chain; readonly rule: Rule | null } | null;
}

const accepted: Judgement = { verdict: 'accept', sure: true, by: null };
/** Chains may not be nested deeper (NFT_JUMP_STACK_SIZE), so a loop ends. */
const deepest = 16;

/** What becomes of a packet on its way in (prerouting, input) or out. */
export function judgePacket(chains: readonly Chain[], packet: FilteredPacket, way: 'in' | 'out'): Judgement {
  const hooks = way === 'in' ? ['ingress', 'prerouting', 'input'] : ['output', 'postrouting', 'egress'];
  let perhaps: Judgement | null = null;
  for (const hook of hooks)
    for (const chain of chains.filter((c) => c.hook === hook && concerns(c, packet)).sort((a, b) => a.priority - b.priority)) {
      const judgement = judgeChain(chain, chains, packet);
      if (judgement.verdict === 'drop' && judgement.sure) return judgement;
      if (judgement.verdict === 'drop') perhaps ??= judgement;
    }
  return perhaps ?? accepted;
}

function concerns(chain: Chain, packet: FilteredPacket): boolean {
  if (chain.family === 'netdev') return chain.device === null || chain.device === (packet.in || packet.out);
  if (chain.family === 'bridge') return false;
  return chain.family === 'inet' || chain.family === (packet.family === 4 ? 'ip' : 'ip6');
}

type Walk =
  | { readonly kind: 'fell' }
  | { readonly kind: 'accept' | 'drop'; readonly chain: Chain; readonly rule: Rule | null }
  | { readonly kind: 'left' };

function judgeChain(base: Chain, chains: readonly Chain[], packet: FilteredPacket): Judgement {
  // Somebody may have accepted it before the rule that drops it, or dropped it before the one that accepts.
  let mayBeAccepted = false;
  let mayBeDropped: Judgement['by'] = null;

  const walk = (chain: Chain, certain: boolean, depth: number): Walk => {
    for (const rule of chain.rules) {
      const fits = matchAll(rule.matches, packet);
      if (fits === 'no' || rule.verdict.kind === 'none') continue;
      const sure = certain && fits === 'yes';
      if (rule.verdict.kind === 'return') {
        if (sure) return { kind: 'fell' };
        continue;
      }
      let end: Walk;
      if (rule.verdict.kind === 'jump' || rule.verdict.kind === 'goto') {
        const { chain: name, kind } = rule.verdict;
        const target = chains.find((c) => c.family === base.family && c.table === base.table && c.name === name && c.tool === base.tool);
        end = target && depth < deepest ? walk(target, sure, depth + 1) : { kind: 'fell' };
        if (end.kind === 'fell' && kind === 'goto') end = { kind: 'left' };
      } else end = { kind: rule.verdict.kind, chain, rule };
      if (end.kind === 'fell') continue;
      if (sure) return end;
      if (end.kind === 'accept') mayBeAccepted = true;
      if (end.kind === 'drop') mayBeDropped ??= { chain: end.chain, rule: end.rule };
    }
    return { kind: 'fell' };
  };

  const end = walk(base, true, 0);
  const drops = end.kind === 'drop' || (end.kind !== 'accept' && base.policy === 'drop');
  if (drops) return { verdict: 'drop', sure: !mayBeAccepted, by: end.kind === 'drop' ? end : { chain: base, rule: null } };
  return mayBeDropped ? { verdict: 'drop', sure: false, by: mayBeDropped } : accepted;
}

type Fit = 'yes' | 'no' | 'perhaps';

function matchAll(matches: readonly Match[], packet: FilteredPacket): Fit {
  let all: Fit = 'yes';
  for (const match of matches) {
    const one = fitOne(match, packet);
    if (one === 'no') return 'no';
    if (one === 'perhaps') all = 'perhaps';
  }
  return all;
}

function fitOne(match: Match, packet: FilteredPacket): Fit {
  if (match.kind === 'never') return 'no';
  if (match.kind === 'unknown') return 'perhaps';
  const held = match.values.map((value) => holds(match.field, value, packet));
  const any: Fit = held.includes('yes') ? 'yes' : held.includes('perhaps') ? 'perhaps' : 'no';
  if (!match.negated || any === 'perhaps') return any;
  return any === 'yes' ? 'no' : 'yes';
}

const protocols: Readonly<Record<number, readonly string[]>> = { 112: ['112', 'vrrp'], 51: ['51', 'ah'] };

function holds(field: Field, range: RuleRange, packet: FilteredPacket): Fit {
  const yes = (is: boolean): Fit => (is ? 'yes' : 'no');
  if (field === 'source' || field === 'destination') {
    const address = bits(packet[field]);
    if (address === null) return 'perhaps';
    const [from, to] = boundsOf(range);
    return from === null || to === null ? 'perhaps' : yes(address.length === from.length && address >= from && address <= to);
  }
  if (range.kind !== 'value') {
    if (range.kind === 'range' && field === 'protocol')
      return yes(Number(range.from) <= packet.protocol && packet.protocol <= Number(range.to));
    return field === 'ttl' && range.kind === 'range' ? yes(Number(range.from) <= 255 && 255 <= Number(range.to)) : 'perhaps';
  }
  const word = String(range.value);
  switch (field) {
    case 'family':
      return yes(word === (packet.family === 4 ? 'ip' : 'ip6') || word === (packet.family === 4 ? 'ipv4' : 'ipv6'));
    case 'protocol':
      return yes(protocols[packet.protocol]?.includes(word) ?? false);
    case 'in':
    case 'out': {
      const name = packet[field];
      if (name === '') return 'no';
      return yes(word.endsWith('*') ? name.startsWith(word.slice(0, -1)) : name === word);
    }
    case 'destinationType':
      return yes(word === (packet.multicast ? 'multicast' : packet.in === '' ? 'unicast' : 'local'));
    case 'state':
      // Nobody answers a multicast packet, so its flow stays new; that of two unicast peers is established once both have spoken.
      if (word === 'new') return packet.multicast ? 'yes' : 'perhaps';
      return word === 'established' && !packet.multicast ? 'perhaps' : 'no';
    case 'ttl':
      return yes(word === '255');
  }
}

/** First and last address as binary text, which compares as the addresses do. */
function boundsOf(range: RuleRange): readonly [string | null, string | null] {
  if (range.kind === 'range') return [bits(String(range.from)), bits(String(range.to))];
  if (range.kind === 'value') return [bits(String(range.value)), bits(String(range.value))];
  const whole = bits(range.address);
  if (whole === null) return [null, null];
  const kept = whole.slice(0, range.length);
  return [kept.padEnd(whole.length, '0'), kept.padEnd(whole.length, '1')];
}

function bits(text: string): string | null {
  const parsed = parseIp(text);
  return parsed.ok ? Array.from(ipBytes(parsed.value), (byte) => byte.toString(2).padStart(8, '0')).join('') : null;
}

/** Where a rule stands, and what lets VRRP pass before it. */
export function mendFilter({ chain, rule }: NonNullable<Judgement['by']>, packet: FilteredPacket, way: 'in' | 'out'): string[] {
  if (chain.table === 'firewalld')
    return [`firewall-cmd --permanent --add-protocol=${packet.protocol === 112 ? 'vrrp' : 'ah'}`, 'firewall-cmd --reload'];
  if (chain.tool === 'iptables' || (isIptablesName(chain.name) && chain.table === 'filter' && chain.family !== 'inet')) {
    const program = packet.family === 4 ? 'iptables' : 'ip6tables';
    const name = isIptablesName(chain.name) ? chain.name : way === 'in' ? 'INPUT' : 'OUTPUT';
    return [`${program} -I ${name} -p ${packet.protocol} -j ACCEPT`];
  }
  const word = packet.protocol === 112 ? 'vrrp' : 'ah';
  const match = packet.family === 4 ? `ip protocol ${word}` : `meta l4proto ${word}`;
  const insert = `nft insert rule ${chain.family} ${chain.table} ${chain.name} ${match} accept`;
  return rule?.handle == null
    ? [insert]
    : [insert, `or remove it: nft delete rule ${chain.family} ${chain.table} ${chain.name} handle ${rule.handle}`];
}

function isIptablesName(name: string): boolean {
  return ['INPUT', 'OUTPUT', 'PREROUTING', 'POSTROUTING'].includes(name);
}

/** `rule "ip protocol vrrp drop" of chain input, table inet filter`, or its policy. */
export function filterText({ chain, rule }: NonNullable<Judgement['by']>): string {
  const place = `chain ${chain.name}, table ${chain.family} ${chain.table}`;
  return rule ? `rule "${rule.text}" of ${place}` : `policy drop of ${place}: no rule accepts VRRP`;
}
