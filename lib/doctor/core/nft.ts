// SPDX-License-Identifier: MIT
// `nft -j list ruleset` as chains (core/firewall.ts). What it says beyond our understanding becomes a match nobody can tell.

import type { Chain, Field, Match, Rule, RuleRange, Verdict } from './firewall.ts';

type Json = unknown;
type Bag = Readonly<Record<string, Json>>;

/** `text`: what nft printed. Throws SyntaxError when that is no JSON. */
export function readNft(text: string): Chain[] {
  const items = list(bag(JSON.parse(text)).nftables).map(bag);
  const sets = new Map<string, readonly Json[]>();
  for (const { set } of items) {
    const { family, table, name, elem } = bag(set);
    if (name !== undefined) sets.set(`${family} ${table} ${name}`, list(elem));
  }
  const rules = items.flatMap(({ rule }) => (rule === undefined ? [] : [bag(rule)]));
  return items.flatMap(({ chain }) => {
    if (chain === undefined) return [];
    const { family, table, name, hook, prio, policy, dev } = bag(chain);
    const own = rules.filter((r) => r.family === family && r.table === table && r.chain === name);
    return [
      {
        family: family as Chain['family'],
        table: String(table),
        name: String(name),
        hook: typeof hook === 'string' ? hook : null,
        priority: typeof prio === 'number' ? prio : 0,
        device: typeof dev === 'string' ? dev : null,
        policy: policy === 'drop' ? 'drop' : 'accept',
        rules: own.map((r) => readRule(r, (set) => sets.get(`${family} ${table} ${set}`) ?? null)),
        tool: 'nft',
      } satisfies Chain,
    ];
  });
}

type FindSet = (name: string) => readonly Json[] | null;

function readRule(rule: Bag, findSet: FindSet): Rule {
  const matches: Match[] = [];
  let verdict: Verdict = { kind: 'none' };
  const words: string[] = [];
  for (const statement of list(rule.expr).map(bag)) {
    const [name = '', body] = Object.entries(statement)[0] ?? [];
    words.push(statementText(name, body));
    if (name === 'match') matches.push(readMatch(bag(body), findSet));
    else if (name === 'limit' || name === 'xt' || name === 'vmap') matches.push({ kind: 'unknown' });
    if (name === 'accept' || name === 'return') verdict = { kind: name };
    else if (name === 'drop' || name === 'reject') verdict = { kind: 'drop' };
    else if (name === 'jump' || name === 'goto') verdict = { kind: name, chain: String(bag(body).target) };
    // Where a map sends VRRP cannot be told here; that it may be dropped, can.
    else if (name === 'vmap' && JSON.stringify(body).includes('"drop"')) verdict = { kind: 'drop' };
  }
  return { text: words.filter(Boolean).join(' '), handle: typeof rule.handle === 'number' ? rule.handle : null, matches, verdict };
}

const payloads: Readonly<Record<string, Field>> = {
  'ip protocol': 'protocol',
  'ip6 nexthdr': 'protocol',
  'ip saddr': 'source',
  'ip6 saddr': 'source',
  'ip daddr': 'destination',
  'ip6 daddr': 'destination',
  'ip ttl': 'ttl',
  'ip6 hoplimit': 'ttl',
};
const metas: Readonly<Record<string, Field>> = {
  l4proto: 'protocol',
  nfproto: 'family',
  protocol: 'family',
  iifname: 'in',
  iif: 'in',
  oifname: 'out',
  oif: 'out',
};
const foreign = new Set(['tcp', 'udp', 'udplite', 'sctp', 'dccp', 'icmp', 'icmpv6', 'igmp', 'esp', 'th', 'comp']);

function readMatch({ op, left, right }: Bag, findSet: FindSet): Match {
  const { payload, meta, ct, fib } = bag(left);
  let field: Field | undefined;
  if (payload !== undefined) {
    const { protocol, field: name } = bag(payload);
    if (foreign.has(String(protocol))) return { kind: 'never' };
    field = payloads[`${protocol} ${name}`];
  } else if (meta !== undefined) field = metas[String(bag(meta).key)];
  else if (ct !== undefined && bag(ct).key === 'state') field = 'state';
  else if (fib !== undefined && bag(fib).result === 'type' && String(bag(fib).flags) === 'daddr') field = 'destinationType';
  if (field === undefined || !['==', '!=', 'in'].includes(String(op))) return { kind: 'unknown' };
  const values = valuesOf(right, findSet);
  return values === null ? { kind: 'unknown' } : { kind: 'field', field, negated: op === '!=', values };
}

function valuesOf(right: Json, findSet: FindSet): RuleRange[] | null {
  if (typeof right === 'number') return [{ kind: 'value', value: right }];
  if (typeof right === 'string') {
    if (!right.startsWith('@')) return [{ kind: 'value', value: right }];
    const elements = findSet(right.slice(1));
    return elements && valuesOf(elements, findSet);
  }
  if (Array.isArray(right)) {
    const each = right.map((r) => valuesOf(r, findSet));
    return each.some((e) => e === null) ? null : each.flatMap((e) => e ?? []);
  }
  const { set, prefix, range, elem } = bag(right);
  if (set !== undefined) return valuesOf(set, findSet);
  if (elem !== undefined) return valuesOf(bag(elem).val, findSet);
  if (prefix !== undefined) return [{ kind: 'prefix', address: String(bag(prefix).addr), length: Number(bag(prefix).len) }];
  const [from, to] = list(range);
  const simple = (v: Json): v is string | number => typeof v === 'string' || typeof v === 'number';
  return simple(from) && simple(to) ? [{ kind: 'range', from, to }] : null;
}

/** Close to what nft itself writes; the handle finds the rule in any case. */
function statementText(name: string, body: Json): string {
  if (name === 'counter' || name === 'log') return name;
  if (name === 'jump' || name === 'goto') return `${name} ${bag(body).target}`;
  if (name !== 'match') return name === 'accept' || name === 'drop' || name === 'return' || name === 'reject' ? name : `(${name})`;
  const { op, left, right } = bag(body);
  const { payload, meta, ct, fib } = bag(left);
  const leftText = payload
    ? `${bag(payload).protocol} ${bag(payload).field}`
    : meta
      ? (['iifname', 'oifname', 'iif', 'oif'].includes(String(bag(meta).key)) ? '' : 'meta ') + bag(meta).key
      : ct
        ? `ct ${bag(ct).key}`
        : fib
          ? `fib ${bag(fib).flags} ${bag(fib).result}`
          : '…';
  return `${leftText} ${op === '!=' ? '!= ' : ''}${valueText(right)}`;
}

function valueText(right: Json): string {
  if (typeof right === 'string' || typeof right === 'number')
    return typeof right === 'string' && /[*\s]/.test(right) ? `"${right}"` : String(right);
  if (Array.isArray(right)) return right.map(valueText).join(',');
  const { set, prefix, range, elem } = bag(right);
  if (set !== undefined) return `{ ${list(set).map(valueText).join(', ')} }`;
  if (elem !== undefined) return valueText(bag(elem).val);
  if (prefix !== undefined) return `${bag(prefix).addr}/${bag(prefix).len}`;
  return range === undefined ? '…' : list(range).map(valueText).join('-');
}

function bag(value: Json): Bag {
  return typeof value === 'object' && value !== null ? (value as Bag) : {};
}

function list(value: Json): readonly Json[] {
  return Array.isArray(value) ? value : [];
}
