// SPDX-License-Identifier: MIT
// Addresses, routes and rules in keepalived's words, as its dumps and log lines have them (reference: process document,
// section 13).

import type { Encap, MetricName, Prefix, Route, RouteHop, Rule, VirtualAddress } from './model.ts';

const scopes = new Map([
  [0, 'global'],
  [200, 'site'],
  [253, 'link'],
  [254, 'host'],
  [255, 'nowhere'],
]);

/** `192.0.2.52 brd 192.0.2.255 dev eth0 scope global label eth0:1`; a host prefix is left out. `group`: its track_group. */
export function addressText(a: Omit<VirtualAddress, 'made'>, dev: string | null, group: string | null = null): string {
  const six = a.ip.includes(':');
  const prefix = a.prefixLength === (six ? 128 : 32) ? '' : `/${a.prefixLength}`;
  const parts = [`${a.ip}${prefix}`];
  if (a.broadcast) parts.push(`brd ${a.broadcast}`);
  if (dev !== null) parts.push(`dev ${dev}`);
  if (a.use_vmac) parts.push('use_vmac');
  parts.push(`scope ${scopes.get(a.scope) ?? a.scope}`);
  if (a.label) parts.push(`label ${a.label}`);
  if (a.peer) parts.push(`peer ${a.peer}/${a.prefixLength}`);
  if (a.home) parts.push('home');
  if (six && a.dad) parts.push('-nodad');
  if (a.mngtmpaddr) parts.push('mngtmpaddr');
  if (a.noprefixroute) parts.push('noprefixroute');
  if (a.autojoin) parts.push('autojoin');
  if (a.no_track) parts.push('no_track');
  if (group !== null) parts.push(`track_group ${group}`);
  if (six) parts.push(a.preferred_lft === 0 ? 'deprecated' : `preferred_lft ${a.preferred_lft ?? 'forever'}`);
  return parts.join(' ');
}

const types = [
  'unspec',
  'unicast',
  'local',
  'broadcast',
  'anycast',
  'multicast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
  'nat',
  'xresolve',
];
const preferences = new Map([
  [0, 'medium'],
  [1, 'high'],
  [3, 'low'],
]);
/** Kernel units in one ms. */
const times: Readonly<Partial<Record<MetricName, number>>> = { rtt: 8, rttvar: 4, rto_min: 1 };

/** `prepend 198.51.100.0/24 via inet 192.0.2.1 dev eth0 proto 18`. */
export function routeText(r: Route): string {
  const single = r.hops.length === 1 ? r.hops[0] : undefined;
  const parts: string[] = [r.mode];
  const put = (word: string, value: unknown) => {
    if (value !== null && value !== undefined) parts.push(`${word} ${value}`);
  };
  if (r.type !== 1) parts.push(types[r.type] ?? String(r.type));
  parts.push(prefixText(r.destination, r.family));
  if (r.from) put('from', prefixText(r.from, r.family));
  if (r.tos !== 0) put('tos', r.tos);
  if (single?.encap) parts.push(encapText(single.encap));
  put('src', r.src);
  if (single?.via) parts.push(viaText(single));
  put('dev', single?.dev);
  if (r.vrf !== null) put('vrf', r.vrf);
  else if (r.table !== 254) put('table', r.table);
  put('proto', r.protocol);
  if (r.scope !== 0) put('scope', r.scope);
  put('metric', r.metric);
  if (single?.onlink) parts.push('onlink');
  if (single?.realms) put('realms', realmsText(single.realms));
  if (r.expires !== null) parts.push(`expires ${r.expires}sec`);
  if (r.congctl) parts.push(`congctl ${r.congctl.lock ? 'lock ' : ''}${r.congctl.name}`);
  for (const { name, value, lock } of r.metrics) {
    const unit = times[name];
    const text = name === 'features' ? 'ecn' : unit === undefined ? value : timeText(value / unit);
    parts.push(`${name} ${lock ? 'lock ' : ''}${text}`);
  }
  if (r.pref !== null) put('pref', preferences.get(r.pref) ?? r.pref);
  if (r.ttl_propagate !== null) put('ttl-propagate', r.ttl_propagate ? 'enabled' : 'disabled');
  if (r.hops.length > 1) parts.push(...r.hops.map(hopText));
  if (r.no_track) parts.push('no_track');
  put('track_group', r.track_group);
  return parts.join(' ');
}

function viaText({ via }: RouteHop): string {
  return `via ${via?.includes(':') ? 'inet6' : 'inet'} ${via}`;
}

function hopText(hop: RouteHop): string {
  const parts = ['nexthop'];
  if (hop.encap) parts.push(encapText(hop.encap));
  if (hop.via) parts.push(viaText(hop));
  if (hop.dev !== null) parts.push(`dev ${hop.dev}`);
  if (hop.weight !== 1) parts.push(`weight ${hop.weight}`);
  if (hop.onlink) parts.push('onlink');
  if (hop.realms !== null) parts.push(`realms ${realmsText(hop.realms)}`);
  return parts.join(' ');
}

function encapText(e: Encap): string {
  if (e.tunnel === 'mpls') return `encap mpls ${e.labels.join('/')}`;
  if (e.tunnel === 'ila') return `encap ila ${(e.locator ?? '').match(/.{4}/g)?.join(':')}`;
  const six = e.tunnel === 'ip6';
  const parts = [`encap ${e.tunnel}`];
  if (e.id !== null) parts.push(`id ${e.id}`);
  if (e.destination) parts.push(`dst ${e.destination}`);
  if (e.source) parts.push(`src ${e.source}`);
  if (e.tos !== null) parts.push(`${six ? 'tc' : 'tos'} ${e.tos}`);
  if (e.ttl !== null) parts.push(`${six ? 'hoplimit' : 'ttl'} ${e.ttl}`);
  if (e.flags !== null) parts.push(`flags 0x${e.flags.toString(16)}`);
  return parts.join(' ');
}

/** `from 192.0.2.0/24 priority 100 tos 0x0 protocol 18 lookup 5`. */
export function ruleText(r: Rule): string {
  const parts: string[] = [];
  const put = (word: string, value: unknown) => {
    if (value !== null) parts.push(`${word} ${value}`);
  };
  if (r.not) parts.push('not');
  parts.push(`from ${r.from ? prefixText(r.from, r.family) : 'all'}`);
  if (r.to) put('to', prefixText(r.to, r.family));
  put('priority', r.preference);
  put('tos', `0x${r.tos.toString(16)}`);
  if (r.fwmark) put('fwmark', `0x${r.fwmark.mark.toString(16)}${r.fwmark.mask === null ? '' : `/0x${r.fwmark.mask.toString(16)}`}`);
  put('iif', r.iif);
  put('oif', r.oif);
  put('suppress_prefixlen', r.suppress_prefixlength);
  put('suppress_ifgroup', r.suppress_ifgroup);
  put('tunnel-id', r.tunnel_id);
  put('uidrange', r.uidrange?.join('-') ?? null);
  if (r.action === 'l3mdev') parts.push('l3mdev');
  put('protocol', r.protocol);
  put('ipproto', r.ipproto);
  put('sport', r.sport?.join('-') ?? null);
  put('dport', r.dport?.join('-') ?? null);
  if (r.realms !== null) put('realms', realmsText(r.realms));
  if (r.action === 'table' || r.action === 'l3mdev') put('lookup', r.table);
  else if (r.action === 'goto') put('goto', r.goto);
  else parts.push(r.action === 'nop' ? 'nop' : `type ${r.action}`);
  if (r.no_track) parts.push('no_track');
  put('track_group', r.track_group);
  return parts.join(' ');
}

function prefixText({ address, length }: Prefix, family: 4 | 6): string {
  return length === (family === 4 ? 32 : 128) ? address : `${address}/${length}`;
}

function realmsText(realms: number): string {
  const from = Math.floor(realms / 0x10000);
  const to = realms % 0x10000;
  return from === 0 ? String(to) : `${from}/${to}`;
}

function timeText(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}
