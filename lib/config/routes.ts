// SPDX-License-Identifier: MIT
// Entries of virtual_routes and static_routes, in the words of ip-route(8).

import type { Family } from '../base/address.ts';
import { hopWords, routeWords } from './entry-words.ts';
import type { Args, ArgType } from './keyword.ts';
import { parseCNumber } from './numbers.ts';
import { routeJson } from './policy-json.ts';
import { readEncap } from './route-encap.ts';
import {
  anyWord,
  device,
  ipAddress,
  named,
  number,
  prefix,
  prefixText,
  type RouteOption,
  readOption,
  realms,
  time,
  words,
} from './route-options.ts';

export interface RouteEntry {
  readonly family: Family;
  /** `unicast`, `blackhole` … or a number as text. */
  readonly type: string;
  /** `default` or canonical IPADDR/PREFIX. */
  readonly destination: string;
  /** Canonical option → argument; flags have ''. */
  readonly options: Readonly<Record<string, string>>;
  readonly locked: readonly string[];
  readonly encap: readonly string[];
  readonly nexthops: readonly Nexthop[];
}

export interface Nexthop {
  readonly options: Readonly<Record<string, string>>;
  readonly encap: readonly string[];
}

const uint32 = 0xffffffff;
const lockable = (option: RouteOption): RouteOption => ({ ...option, lock: true });

const options: Readonly<Record<string, RouteOption>> = {
  src: ipAddress,
  via: ipAddress,
  gw: { ...ipAddress, as: 'via' },
  or: ipAddress,
  from: { ...prefix, family: 6 },
  tos: named(255),
  dsfield: { ...named(255), as: 'tos' },
  table: named(uint32),
  protocol: named(255),
  scope: named(255),
  metric: number(uint32),
  priority: { ...number(uint32), as: 'metric' },
  preference: { ...number(uint32), as: 'metric' },
  dev: device,
  oif: { ...device, as: 'dev' },
  expires: { ...number(uint32), family: 6 },
  mtu: lockable(number(uint32)),
  hoplimit: number(255),
  advmss: lockable(number(uint32)),
  rtt: time,
  rttvar: time,
  reordering: lockable(number(uint32)),
  window: number(uint32),
  cwnd: lockable(number(uint32)),
  ssthresh: lockable(number(uint32)),
  realms,
  rto_min: time,
  initcwnd: number(uint32),
  initrwnd: number(uint32),
  features: words('ecn'),
  quickack: number(1),
  congctl: lockable(anyWord),
  pref: { ...named(255), family: 6 },
  'ttl-propagate': words('enabled', 'disabled'),
  fastopen_no_cookie: number(1),
  vrf: device,
  track_group: anyWord,
};
const flags = ['onlink', 'add', 'prepend', 'append', 'no_track'];
const types = [
  'local',
  'nat',
  'broadcast',
  'brd',
  'anycast',
  'multicast',
  'prohibit',
  'unreachable',
  'blackhole',
  'xresolve',
  'unicast',
  'throw',
];
const everything = ['default', 'any', 'all'];

const hopOptions: Readonly<Record<string, RouteOption>> = { via: ipAddress, dev: device, weight: number(256, 1), realms };

interface Draft {
  family: Family | null;
  type: string;
  destination: string | null;
  options: Record<string, string>;
  locked: string[];
  encap: string[];
  nexthops: Nexthop[];
}

/** `statics`: `track_group` is known. */
export function routeEntry(statics: boolean): ArgType<RouteEntry> {
  return {
    syntax: '[TYPE] DEST [OPTION VALUE]... [nexthop ...]',
    doc: 'a route as for ip-route(8)',
    json: routeJson,
    parse: (args) => parseRoute(args, statics),
    print: printRoute,
    words: [...routeWords, ...hopWords.filter((w) => !routeWords.some((r) => r.word === w.word))],
  };
}

function parseRoute(args: Args, statics: boolean): RouteEntry | undefined {
  const draft: Draft = { family: null, type: 'unicast', destination: null, options: {}, locked: [], encap: [], nexthops: [] };
  for (let i = 0; args.text(i) !== undefined; ) {
    const next = readWord(args, i, draft, statics);
    if (next === null) return undefined;
    i = next;
  }
  return finish(args, draft);
}

/** Reads what begins at `i` and gives the index behind it; null drops the entry. */
function readWord(args: Args, i: number, draft: Draft, statics: boolean): number | null {
  const word = args.text(i) ?? '';
  if (word === 'inet' || word === 'inet6') return setFamily(args, i, draft, word === 'inet' ? 4 : 6) ? i + 1 : null;
  if (word === 'default6') {
    args.fault(i, {
      code: 'keyword-deprecated',
      class: 'OK',
      severity: 'warning',
      message: 'default6 for routes is deprecated. Please use "::/0"',
      word,
    });
    return setFamily(args, i, draft, 6) && setDestination(draft, 'default') ? i + 1 : null;
  }
  if (everything.includes(word)) return setDestination(draft, 'default') ? i + 1 : null;
  if (word === 'to' || types.includes(word) || (parseCNumber(word) !== null && /^[0-9]/.test(word) && (parseCNumber(word) ?? 256) <= 255)) {
    if (word !== 'to') draft.type = word === 'brd' ? 'broadcast' : word;
    return readDestination(args, i + 1, draft);
  }
  if (flags.includes(word)) {
    draft.options[word] = '';
    return i + 1;
  }
  if (word === 'nexthop') return readNexthops(args, i, draft);
  if (word === 'encap') return readEncap(args, i + 1, draft.encap);
  if (word === 'as') {
    args.fault(i, { code: 'route-option-invalid', class: 'GENERAL_ERROR', message: '"[as] to" not supported: it is for MPLS only', word });
    return args.text(i + 1) === 'to' ? i + 3 : i + 2;
  }
  const option = Object.hasOwn(options, word) && (statics || word !== 'track_group') ? options[word] : undefined;
  return option ? takeOption(args, i, word, option, draft) : readDestination(args, i, draft);
}

function takeOption(args: Args, i: number, word: string, option: RouteOption, draft: Draft): number | null {
  let at = i + 1;
  if (option.lock && args.text(at) === 'lock') {
    draft.locked.push(option.as ?? word);
    at++;
  }
  if (option.address && (args.text(at) === 'inet' || args.text(at) === 'inet6')) {
    if (!setFamily(args, at, draft, args.text(at) === 'inet' ? 4 : 6)) return null;
    at++;
  }
  const old = { gw: 'via', or: 'nexthop' }[word];
  if (old)
    args.fault(i, {
      code: 'keyword-deprecated',
      class: 'DEPRECATED',
      message: `"${word}" for routes is deprecated. Please use "${old}"`,
      word,
    });
  const feature = args.text(at);
  if (word === 'features' && feature !== undefined && feature !== 'ecn') {
    args.fault(at, { code: 'route-option-invalid', class: 'GENERAL_ERROR', message: `feature ${feature} not supported`, word: feature });
    return at + 1;
  }
  const value = readOption(args, at, word, option, 'route');
  if (value === null) return null;
  if (option.address && !setFamily(args, at, draft, value.includes(':') ? 6 : 4)) return null;
  draft.options[option.as ?? word] = value;
  if (option.lock && option === time) checkTime(args, at, word, value);
  return at + 1;
}

/** Bare numbers are 1/8 ms for rtt, 1/4 ms for rttvar and ms for rto_min; 200 ms is the least. */
function checkTime(args: Args, i: number, word: string, value: string): void {
  const unit = /[a-z]+$/.exec(value)?.[0];
  const scale = unit === 'ms' ? 1 : unit ? 1000 : word === 'rtt' ? 1 / 8 : word === 'rttvar' ? 1 / 4 : 1;
  if (Number.parseFloat(value) * scale >= 200) return;
  const name = word === 'rto_min' ? 'rto' : 'rtt';
  args.fault(i, {
    code: 'value-raised',
    class: 'GENERAL_ERROR',
    message: `${name} value ${value} below minimum 200ms, resetting`,
    word: value,
  });
}

function readDestination(args: Args, i: number, draft: Draft): number | null {
  const text = args.text(i);
  if (text === undefined) {
    args.missing(i);
    return null;
  }
  if (everything.includes(text)) return setDestination(draft, 'default') ? i + 1 : null;
  const value = prefixText(text);
  if (value !== null) return setFamily(args, i, draft, value.includes(':') ? 6 : 4) && setDestination(draft, value) ? i + 1 : null;
  const message = /^[0-9a-fA-F.:/]+$/.test(text) ? `VRRP parsed invalid IP ${text}. skipping IP...` : `unknown route keyword ${text}`;
  args.fault(i, {
    code: 'route-unknown-word',
    class: 'GENERAL_ERROR',
    message,
    word: text,
    expected: 'a destination, or a word of a route',
  });
  return null;
}

function setDestination(draft: Draft, value: string): true {
  draft.destination = value;
  return true;
}

function setFamily(args: Args, i: number, draft: Draft, family: Family): boolean {
  if (draft.family === null || draft.family === family) {
    draft.family = family;
    return true;
  }
  args.fault(i, {
    code: 'family-mismatch',
    class: 'GENERAL_ERROR',
    message: 'Cannot mix IPv4 and IPv6 addresses for route',
    word: args.text(i) ?? null,
  });
  return false;
}

function readNexthops(args: Args, start: number, draft: Draft): number | null {
  let i = start;
  while (args.text(i) === 'nexthop') {
    const hop: { options: Record<string, string>; encap: string[] } = { options: {}, encap: [] };
    i++;
    while (args.text(i) !== undefined && args.text(i) !== 'nexthop') {
      const word = args.text(i) ?? '';
      const option = Object.hasOwn(hopOptions, word) ? hopOptions[word] : undefined;
      if (word === 'onlink') {
        hop.options[word] = '';
        i++;
      } else if (word === 'encap') i = readEncap(args, i + 1, hop.encap);
      else if (option) {
        let at = i + 1;
        if (option.address && /^inet6?$/.test(args.text(at) ?? '')) at++;
        const value = readOption(args, at, word, option, 'nexthop');
        if (value === null || (option.address && !setFamily(args, at, draft, value.includes(':') ? 6 : 4))) return null;
        hop.options[word] = value;
        i = at + 1;
      } else {
        args.fault(i, {
          code: 'route-unknown-word',
          class: 'GENERAL_ERROR',
          message: `unknown nexthop keyword ${word}`,
          word,
          expected: [...Object.keys(hopOptions), 'onlink', 'encap'].join(', '),
        });
        return null;
      }
    }
    draft.nexthops.push(hop);
  }
  return i;
}

function finish(args: Args, draft: Draft): RouteEntry | undefined {
  const refuse = (message: string) => {
    args.fault(0, { code: 'route-incomplete', class: 'GENERAL_ERROR', message });
    return undefined;
  };
  if (draft.destination === null) return refuse('Route has no destination');
  const family = draft.family ?? 4;
  for (const name of Object.keys(draft.options)) {
    const only = options[name]?.family;
    if (only && only !== family) return refuse(`${name} is only valid for IPv${only} routes`);
  }
  if ((draft.options.protocol ?? '18') !== '18' && draft.options.no_track === undefined) {
    args.fault(0, {
      code: 'route-protocol',
      class: 'GENERAL_ERROR',
      message: 'Route cannot be tracked if protocol is not RTPROT_KEEPALIVED(18), resetting protocol',
    });
    draft.options.protocol = '18';
  }
  return { ...draft, family, destination: draft.destination };
}

function printRoute(route: RouteEntry): string {
  const pairs = (values: Readonly<Record<string, string>>, locked: readonly string[] = []) =>
    Object.entries(values).flatMap(([name, value]) => [name, ...(locked.includes(name) ? ['lock'] : []), ...(value === '' ? [] : [value])]);
  return [
    route.family === 4 ? 'inet' : 'inet6',
    ...(/^[0-9]/.test(route.type) || route.type !== 'unicast' ? [route.type] : ['to']),
    route.destination,
    ...pairs(route.options, route.locked),
    ...(route.encap.length > 0 ? ['encap', ...route.encap] : []),
    ...route.nexthops.flatMap((h) => ['nexthop', ...pairs(h.options), ...(h.encap.length > 0 ? ['encap', ...h.encap] : [])]),
  ].join(' ');
}
