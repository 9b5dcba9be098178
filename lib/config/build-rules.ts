// SPDX-License-Identifier: MIT
// Entries of virtual_rules and static_rules → Rule.

import { repaired } from './build-context.ts';
import { lookUpIn, prefixOf, realmsOf } from './build-routes.ts';
import type { Setting } from './keyword.ts';
import type { Position } from './model.ts';
import { parseCNumber } from './numbers.ts';
import { deviceIsThere, type PolicyContext, trackGroupOf } from './policy-context.ts';
import type { Rule, RuleAction } from './policy-model.ts';
import type { RuleEntry } from './policy-rules.ts';

/** Entries that cannot be used are reported and left out. */
export function buildRules(entries: readonly Setting<RuleEntry>[], policy: PolicyContext): Rule[] {
  return entries.flatMap(({ value, place }) => buildRule(value, place, policy) ?? []);
}

function buildRule(entry: RuleEntry, place: Position, policy: PolicyContext): Rule | null {
  const { options: o, family } = entry;
  const { context, names } = policy;
  const look = lookUpIn(names);
  const action = (entry.action ?? 'nop') as RuleAction;
  const drop = (message: string, word: string) => {
    repaired(context, place, 'route-option-invalid', message, { scope: 'child', word });
    return null;
  };
  const table = action === 'table' ? look('rt_tables', o.table) : 0;
  if (table === null) return drop(`Routing table ${o.table} not found for rule`, o.table ?? '');
  if (action === 'table' && table === 0) return drop('Table 0 is not valid', o.table ?? '');
  const tos = look('rt_dsfield', o.tos ?? '0', 255);
  if (tos === null) return drop(`TOS value ${o.tos} is invalid`, o.tos ?? '');
  const realms = realmsOf(o.realms, names);
  if (realms === undefined) return drop(`invalid realms ${o.realms} for rule`, o.realms ?? '');
  const group = look('group', o.suppress_ifgroup, 0x7fffffff);
  if (group === null && o.suppress_ifgroup !== undefined)
    return drop(`suppress_group ${o.suppress_ifgroup} is invalid`, o.suppress_ifgroup);
  if (action !== 'table' && (realms !== null || group !== null || o.suppress_prefixlength !== undefined))
    return drop('suppressor/realm specified for non table action - skipping', action);
  const target = o.goto === undefined ? null : Number(o.goto);
  const written = o.preference === undefined ? null : Number(o.preference);
  if (written !== null && target !== null && written >= target)
    return drop(`Invalid rule - preference ${written} >= goto target ${target}`, o.preference ?? '');
  for (const dev of [o.iif, o.oif]) if (dev !== undefined && !deviceIsThere(dev, `interface ${dev} for rule`, place, policy)) return null;
  const transport = look('protocols', o.ipproto, 127);
  if (transport === null && o.ipproto !== undefined) drop(`Invalid ipproto ${o.ipproto}`, o.ipproto);
  const no_track = o.no_track !== undefined;
  const [mark, mask] = o.fwmark?.split('/') ?? [];
  return {
    family,
    action,
    not: o.not !== undefined,
    from: o.from === undefined ? null : prefixOf(o.from, family),
    to: o.to === undefined ? null : prefixOf(o.to, family),
    table,
    goto: target,
    preference: written ?? assigned(family, place, policy),
    tos,
    fwmark: mark === undefined ? null : { mark: parseCNumber(mark) ?? 0, mask: mask === undefined ? null : parseCNumber(mask) },
    realms,
    suppress_prefixlength: o.suppress_prefixlength === undefined ? null : Number(o.suppress_prefixlength),
    suppress_ifgroup: group,
    iif: o.iif ?? null,
    oif: o.oif ?? null,
    tunnel_id: o['tunnel-id'] ?? null,
    uidrange: rangeOf(o.uidrange),
    ipproto: transport,
    sport: rangeOf(o.sport),
    dport: rangeOf(o.dport),
    protocol: o.protocol === undefined ? (no_track ? null : 18) : Number(o.protocol),
    no_track,
    track_group: trackGroupOf(o.track_group, { kind: 'rule', no_track, device: o.iif ?? null }, place, policy),
    position: place,
  };
}

function assigned(family: 4 | 6, place: Position, { context, nextPreference }: PolicyContext): number {
  const number = nextPreference(family);
  const text = `Rule has no preference specified - setting to ${number}. This is probably not what you want.`;
  repaired(context, place, 'rule-preference', text, { scope: 'child', expected: 'preference N', severity: 'warning' });
  return number;
}

function rangeOf(text: string | undefined): readonly [number, number] | null {
  if (text === undefined) return null;
  const [low = '', high = ''] = text.split('-');
  return [Number(low), Number(high)];
}
