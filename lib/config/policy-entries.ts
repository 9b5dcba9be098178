// SPDX-License-Identifier: MIT
// Route and Rule back into entries, for the text of the configuration: reading it gives the same values again.

import { routeTypes } from './build-routes.ts';
import type { Encap, Prefix, Route, RouteHop, Rule } from './model.ts';
import type { RuleEntry } from './policy-rules.ts';
import type { Nexthop, RouteEntry } from './routes.ts';

type Options = Record<string, string>;

export function routeEntryOf(r: Route): RouteEntry {
  const o: Options = {};
  put(o, 'src', r.src);
  put(o, 'from', r.from && prefixText(r.from));
  put(o, 'tos', r.tos || null);
  put(o, 'vrf', r.vrf);
  put(o, 'table', r.vrf === null && r.table !== 254 ? r.table : null);
  put(o, 'protocol', r.protocol);
  put(o, 'scope', r.scope || null);
  put(o, 'metric', r.metric);
  put(o, 'expires', r.expires);
  put(o, 'pref', r.pref);
  put(o, 'ttl-propagate', r.ttl_propagate === null ? null : r.ttl_propagate ? 'enabled' : 'disabled');
  for (const m of r.metrics) put(o, m.name, m.name === 'features' ? 'ecn' : m.value);
  put(o, 'congctl', r.congctl?.name ?? null);
  const [only] = r.hops;
  const plain = r.hops.length === 1 && only?.weight === 1 ? only : undefined;
  if (plain) Object.assign(o, hopOptions(plain));
  o[r.mode] = '';
  if (r.no_track) o.no_track = '';
  put(o, 'track_group', r.track_group);
  return {
    family: r.family,
    type: Object.entries(routeTypes).find(([, number]) => number === r.type)?.[0] ?? String(r.type),
    destination: prefixText(r.destination),
    options: o,
    locked: [...r.metrics.filter((m) => m.lock).map((m) => m.name), ...(r.congctl?.lock ? ['congctl'] : [])],
    encap: plain ? encapWords(plain.encap) : [],
    nexthops: plain ? [] : r.hops.map(nexthopOf),
  };
}

function nexthopOf(hop: RouteHop): Nexthop {
  return { options: { ...hopOptions(hop), ...(hop.weight === 1 ? {} : { weight: String(hop.weight) }) }, encap: encapWords(hop.encap) };
}

function hopOptions(hop: RouteHop): Options {
  const o: Options = {};
  put(o, 'via', hop.via);
  put(o, 'dev', hop.dev);
  put(o, 'realms', hop.realms === null ? null : realmsText(hop.realms));
  if (hop.onlink) o.onlink = '';
  return o;
}

function encapWords(e: Encap | null): string[] {
  if (!e) return [];
  if (e.tunnel === 'mpls') return ['mpls', e.labels.join('/')];
  if (e.tunnel === 'ila') return ['ila', (e.locator ?? '').match(/.{4}/g)?.join(':') ?? ''];
  const six = e.tunnel === 'ip6';
  const o: Options = {};
  put(o, 'id', e.id);
  put(o, 'dst', e.destination);
  put(o, 'src', e.source);
  put(o, six ? 'tc' : 'tos', e.tos);
  put(o, six ? 'hoplimit' : 'ttl', e.ttl);
  put(o, 'flags', e.flags);
  return [e.tunnel, ...Object.entries(o).flat()];
}

export function ruleEntryOf(r: Rule): RuleEntry {
  const o: Options = {};
  if (r.not) o.not = '';
  put(o, 'from', r.from && destText(r.from));
  put(o, 'to', r.to && destText(r.to));
  put(o, 'preference', r.preference);
  put(o, 'tos', r.tos || null);
  put(o, 'fwmark', r.fwmark && [r.fwmark.mark, ...(r.fwmark.mask === null ? [] : [r.fwmark.mask])].join('/'));
  put(o, 'realms', r.realms === null ? null : realmsText(r.realms));
  put(o, 'suppress_prefixlength', r.suppress_prefixlength);
  put(o, 'suppress_ifgroup', r.suppress_ifgroup);
  put(o, 'iif', r.iif);
  put(o, 'oif', r.oif);
  put(o, 'tunnel-id', r.tunnel_id);
  put(o, 'uidrange', r.uidrange?.join('-') ?? null);
  put(o, 'protocol', r.protocol);
  put(o, 'ipproto', r.ipproto);
  put(o, 'sport', r.sport?.join('-') ?? null);
  put(o, 'dport', r.dport?.join('-') ?? null);
  o[r.action] = r.action === 'table' ? String(r.table) : r.action === 'goto' ? String(r.goto) : '';
  if (r.no_track) o.no_track = '';
  put(o, 'track_group', r.track_group);
  return { family: r.family, options: o, action: r.action };
}

function put(into: Options, word: string, value: string | number | null): void {
  if (value !== null) into[word] = String(value);
}

function prefixText({ address, length }: Prefix): string {
  return `${address}/${length}`;
}

function destText(prefix: Prefix): string {
  return prefix.length === 0 ? 'all' : prefixText(prefix);
}

function realmsText(realms: number): string {
  return `${Math.floor(realms / 0x10000)}/${realms % 0x10000}`;
}
