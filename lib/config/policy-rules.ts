// SPDX-License-Identifier: MIT
// Entries of virtual_rules and static_rules, in the words of ip-rule(8).

import type { Family } from '../base/address.ts';
import { ruleWords } from './entry-words.ts';
import type { Args, ArgType } from './keyword.ts';
import { ruleJson } from './policy-json.ts';
import {
  anyWord,
  device,
  long,
  mark,
  named,
  number,
  prefix,
  prefixText,
  type RouteOption,
  range,
  readOption,
  realms,
} from './route-options.ts';

export interface RuleEntry {
  readonly family: Family;
  /** Canonical option → argument; flags have ''. */
  readonly options: Readonly<Record<string, string>>;
  /** `table`, `goto`, `nop`, `blackhole`, `unreachable`, `prohibit`, `l3mdev`, or null. */
  readonly action: string | null;
}

const uint32 = 0xffffffff;
const options: Readonly<Record<string, RouteOption>> = {
  from: prefix,
  to: prefix,
  table: named(uint32),
  lookup: { ...named(uint32), as: 'table' },
  preference: named(uint32),
  order: { ...named(uint32), as: 'preference' },
  priority: { ...named(uint32), as: 'preference' },
  tos: named(255),
  dsfield: { ...named(255), as: 'tos' },
  fwmark: mark,
  realms,
  suppress_prefixlength: number(2147483647),
  sup_pl: { ...number(2147483647), as: 'suppress_prefixlength' },
  suppress_ifgroup: named(2147483647),
  sup_group: { ...named(2147483647), as: 'suppress_ifgroup' },
  dev: { ...device, as: 'iif' },
  iif: device,
  oif: device,
  'tunnel-id': long,
  uidrange: range(uint32),
  protocol: number(255),
  ipproto: named(127),
  sport: range(65535),
  dport: range(65535),
  goto: number(uint32),
  track_group: anyWord,
};
const flags = ['not', 'no_track', 'l3mdev', 'nop', 'blackhole', 'unreachable', 'prohibit'];
const actions = ['table', 'goto', 'nop', 'blackhole', 'unreachable', 'prohibit', 'l3mdev'];
const numbered: Readonly<Record<string, string>> = { '6': 'blackhole', '7': 'unreachable', '8': 'prohibit' };
const anywhere = ['default', 'any', 'all', 'default6'];

/** `statics`: `track_group` is known. */
export function ruleEntry(statics: boolean): ArgType<RuleEntry> {
  return {
    syntax: '[from DEST] [to DEST] [OPTION VALUE]... ACTION',
    doc: 'a policy rule as for ip-rule(8)',
    json: ruleJson,
    words: ruleWords,
    parse: (args) => parseRule(args, statics),
    print: (rule) =>
      [
        rule.family === 4 ? 'inet' : 'inet6',
        ...Object.entries(rule.options).flatMap(([name, value]) => (value === '' ? [name] : [name, value])),
      ].join(' '),
  };
}

function parseRule(args: Args, statics: boolean): RuleEntry | undefined {
  const found: Record<string, string> = {};
  let family: Family | null = null;
  const fault = (i: number, code: string, message: string) => {
    args.fault(i, { code, class: 'GENERAL_ERROR', message, word: args.text(i) ?? null });
    return undefined;
  };
  for (let i = 0; args.text(i) !== undefined; i++) {
    const word = args.text(i) ?? '';
    const option = Object.hasOwn(options, word) && (statics || word !== 'track_group') ? options[word] : undefined;
    let seen: Family | null = null;
    if (word === 'inet' || word === 'inet6') seen = word === 'inet' ? 4 : 6;
    else if (word === 'type') continue;
    else if (Object.hasOwn(numbered, word)) found[numbered[word] ?? ''] = '';
    else if (flags.includes(word)) found[word] = '';
    else if (!option) return fault(i, 'rule-unknown-word', `Unknown rule option ${word}`);
    else if (option.address) {
      const text = args.text(++i);
      if (text === undefined) args.missing(i);
      else if (anywhere.includes(text)) {
        if (text === 'default6') seen = 6;
        found[word] = 'all';
      } else {
        const value = prefixText(text);
        if (value === null) {
          fault(i, 'address-invalid', `VRRP parsed invalid IP ${text}. skipping IP...`);
          return fault(i, 'rule-address', `Invalid rule ${word} address ${text}`);
        }
        seen = value.includes(':') ? 6 : 4;
        found[word] = value;
      }
    } else {
      const value = readOption(args, ++i, word, option, 'rule');
      if (value === null) {
        // These two are reported and left out; any other drops the rule.
        if (word === 'ipproto' || word === 'sport' || word === 'dport') continue;
        return undefined;
      }
      found[option.as ?? word] = value;
    }
    if (seen !== null && family !== null && seen !== family)
      return fault(i, 'family-mismatch', 'Cannot mix IPv4 and IPv6 addresses for rule');
    family = seen ?? family;
  }
  const taken = actions.filter((a) => found[a] !== undefined);
  if (taken.length > 1) return fault(0, 'rule-actions', `Rule has more than one action: ${taken.join(', ')}`);
  if (taken.length === 0) return fault(0, 'rule-actions', 'Rule has no action');
  if ((found.protocol ?? '18') !== '18' && found.no_track === undefined) {
    fault(0, 'rule-protocol', 'Rule cannot be tracked if protocol is not RTPROT_KEEPALIVED(18), resetting protocol');
    found.protocol = '18';
  }
  return { family: family ?? 4, options: found, action: taken[0] ?? null };
}
