// SPDX-License-Identifier: MIT
// Entries of the value blocks of an instance: virtual addresses, peers, tracked objects.

import { type Family, type Ip, ipBytes, ipFamily, ipFromBytes, parseIp } from '../base/address.ts';
import { address } from './args.ts';
import { addressWords, peerWords, staticAddressWords, trackWords } from './entry-words.ts';
import { exactly, json, orNull } from './json-schema.ts';
import type { Args, ArgType } from './keyword.ts';
import { quoteWord } from './lexer.ts';
import type { UnicastPeer, VirtualAddress, Weight } from './model.ts';
import { parseCNumber, readInteger } from './numbers.ts';

export type AddressEntry = Omit<VirtualAddress, 'position' | 'made' | 'scope'> & {
  /** A word is a name of the scope table, not looked up yet (address-scopes.ts). */
  readonly scope: number | string;
};
type Draft = { -readonly [K in keyof AddressEntry]: AddressEntry[K] };

const addressJson = {
  ip: json.address,
  prefixLength: { type: 'integer', minimum: 0, maximum: 128 },
  dev: orNull(json.text),
  scope: { type: ['integer', 'string'], minimum: 0, maximum: 255 },
  broadcast: orNull(json.address),
  label: orNull({ ...json.text, maxLength: 15 }),
  peer: orNull(json.address),
  home: json.truth,
  dad: json.truth,
  mngtmpaddr: json.truth,
  noprefixroute: json.truth,
  autojoin: json.truth,
  no_track: json.truth,
  use_vmac: json.truth,
  preferred_lft: orNull({ type: 'integer', description: 'seconds; null: for ever', minimum: 0, maximum: 0xffffffff }),
  position: json.position,
} as const;

/** IPADDR[/PREFIX] and the options of section virtual_ipaddress of the keyword reference. */
export const virtualAddress: ArgType<AddressEntry> = {
  syntax: 'IPADDR[/PREFIX] [dev IFNAME] [scope SCOPE] [label LABEL] [brd ADDR|+|-] [peer IPADDR] [FLAG...]',
  doc: 'an address, prefix length 32 or 128 when absent',
  parse: (args) => parseAddress(args, () => false),
  print: printAddress,
  json: exactly({ ...addressJson, made: orNull({ ...json.text, description: 'Made interface that it goes on' }) }),
  words: addressWords,
};

/** An address with the name of the track_group it belongs to. */
export type StaticAddress = AddressEntry & { readonly track_group: string | null };

/** As virtualAddress, with `track_group NAME`. */
export const staticAddress: ArgType<StaticAddress> = {
  syntax: `${virtualAddress.syntax} [track_group NAME]`,
  doc: virtualAddress.doc,
  parse(args) {
    let track_group: string | null = null;
    const entry = parseAddress(args, (option, i) => {
      if (option !== 'track_group') return false;
      track_group = args.text(i + 1) ?? null;
      if (track_group === null) args.missing(i + 1);
      return true;
    });
    return entry && { ...entry, track_group };
  },
  print: (value) => `${printAddress(value)}${value.track_group === null ? '' : ` track_group ${quoteWord(value.track_group) ?? ''}`}`,
  json: exactly({ ...addressJson, track_group: orNull(json.text) }),
  words: staticAddressWords,
};

/** `more` takes an option with one argument at index `i`, and says whether it knew it. */
function parseAddress(args: Args, more: (option: string, i: number) => boolean): AddressEntry | undefined {
  const word = args.text(0);
  if (word === undefined) return undefined;
  const entry = startEntry(args, word);
  if (!entry) return undefined;
  let usable = true;
  for (let i = 1; args.text(i) !== undefined; i++) {
    const option = args.text(i) ?? '';
    const flag = Object.hasOwn(addressFlags, option) ? addressFlags[option] : undefined;
    const read = Object.hasOwn(addressOptions, option) ? addressOptions[option] : undefined;
    if (more(option, i)) i++;
    else if (flag) Object.assign(entry, flag);
    else if (!read) unknownOption(args, i, option);
    else {
      i++;
      if (args.text(i) === undefined) {
        args.missing(i);
        return undefined;
      }
      usable = read(entry, args, i) && usable;
    }
  }
  return usable ? finish(entry, args) : undefined;
}

function printAddress(value: AddressEntry): string {
  const family = ipFamily(value.ip);
  const words = [`${value.ip}/${value.prefixLength}`];
  if (value.broadcast) words.push('brd', value.broadcast);
  if (value.dev !== null) words.push('dev', quoteWord(value.dev) ?? '');
  if (value.scope !== 0) words.push('scope', String(value.scope));
  if (value.label !== null) words.push('label', quoteWord(value.label) ?? '');
  if (value.peer) words.push('peer', value.peer);
  if (value.home) words.push('home');
  if (value.dad) words.push('-nodad');
  if (value.mngtmpaddr) words.push('mngtmpaddr');
  if (value.noprefixroute) words.push('noprefixroute');
  if (value.autojoin) words.push('autojoin');
  if (value.no_track) words.push('no_track');
  if (value.use_vmac) words.push('use_vmac');
  if (value.preferred_lft !== defaultLifetime(family, value.prefixLength))
    words.push('preferred_lft', String(value.preferred_lft ?? 'forever'));
  return words.join(' ');
}

function startEntry(args: Args, word: string): Draft | undefined {
  const slash = word.indexOf('/');
  const parsed = parseIp(slash < 0 ? word : word.slice(0, slash));
  if (!parsed.ok) {
    args.fault(0, {
      code: 'address-invalid',
      class: 'GENERAL_ERROR',
      message: `VRRP parsed invalid IP ${word}. skipping IP...`,
      word,
      expected: 'an IPv4 or IPv6 address with an optional /prefix',
    });
    return undefined;
  }
  const full = ipFamily(parsed.value) === 4 ? 32 : 128;
  const length = slash < 0 ? full : prefixLength(args, word.slice(slash + 1), full, word);
  return {
    ip: parsed.value,
    prefixLength: length,
    dev: null,
    scope: 0,
    broadcast: null,
    label: null,
    peer: null,
    home: false,
    dad: false,
    mngtmpaddr: false,
    noprefixroute: false,
    autojoin: false,
    no_track: false,
    use_vmac: false,
    preferred_lft: defaultLifetime(full === 32 ? 4 : 6, length),
  };
}

function defaultLifetime(family: Family, length: number): number | null {
  return family === 6 && length === 128 ? 0 : null;
}

function prefixLength(args: Args, text: string, full: number, word: string): number {
  const value = /^[0-9]+$/.test(text) ? Number(text) : -1;
  if (value >= 0 && value <= full) return value;
  const why = value < 0 ? `invalid number '${text}'` : `number '${text}' outside range [0, ${full}]`;
  args.fault(0, {
    code: value < 0 ? 'number-invalid' : 'number-range',
    class: 'INVALID_NUMBER',
    message: why,
    word,
    expected: `0..${full}`,
  });
  args.fault(0, {
    code: 'prefix-invalid',
    class: 'GENERAL_ERROR',
    message: `Invalid address prefix len ${text} for address ${word} - using ${full}`,
    word,
    expected: `0..${full}`,
  });
  return full;
}

function unknownOption(args: Args, i: number, option: string): void {
  args.fault(i, {
    code: 'entry-unknown-word',
    class: 'GENERAL_ERROR',
    message: `Unknown configuration entry '${option}' for ip address - ignoring`,
    word: option,
    expected: [...Object.keys(addressOptions), ...Object.keys(addressFlags)].join(', '),
  });
}

/** Words that stand alone. keepalived's `-nodad` leaves duplicate address detection on. */
const addressFlags: Readonly<Record<string, Partial<AddressEntry>>> = {
  home: { home: true },
  '-nodad': { dad: true },
  mngtmpaddr: { mngtmpaddr: true },
  noprefixroute: { noprefixroute: true },
  autojoin: { autojoin: true },
  no_track: { no_track: true },
  use_vmac: { use_vmac: true },
};

/** Words with one argument at `i`; false drops the whole entry. */
type ReadOption = (entry: Draft, args: Args, i: number) => boolean;

const readBroadcast: ReadOption = (entry, args, i) => {
  const word = args.text(i) ?? '';
  if (ipFamily(entry.ip) === 6)
    return dropped(
      args,
      i,
      `VRRP is trying to assign a broadcast ${args.text(i)} to the IPv6 address ${entry.ip} !!?? WTF... skipping VIP...`,
    );
  const found = word === '+' || word === '-' ? hostBits(entry.ip, entry.prefixLength, word === '+') : ipv4(word);
  if (!found) return dropped(args, i, `VRRP is trying to assign invalid broadcast ${word}. skipping VIP...`);
  entry.broadcast = found;
  return true;
};

const addressOptions: Readonly<Record<string, ReadOption>> = {
  dev(entry, args, i) {
    if (entry.dev === null) {
      entry.dev = args.text(i) ?? '';
      return true;
    }
    args.fault(i, {
      code: 'entry-dev-twice',
      class: 'GENERAL_ERROR',
      message: `Cannot specify ipaddress device more than once for ${entry.ip}`,
    });
    return false;
  },
  scope(entry, args, i) {
    const word = args.text(i) ?? '';
    if (ipFamily(entry.ip) === 6) return ignored(args, i, `Cannot specify scope for IPv6 addresses (${entry.ip}) - ignoring scope`);
    const value = parseCNumber(word);
    if (value !== null && value > 255) return ignored(args, i, `Invalid scope '${word}' specified for ${entry.ip} - ignoring`);
    entry.scope = value ?? word;
    return true;
  },
  broadcast: readBroadcast,
  brd: readBroadcast,
  label(entry, args, i) {
    const word = args.text(i) ?? '';
    if (ipFamily(entry.ip) === 6)
      return ignored(args, i, `Cannot specify label for IPv6 addresses (${entry.ip}/${entry.prefixLength}) - ignoring label`);
    if (word.length > 15) return dropped(args, i, `Address label ${word} is longer than maximum length 15 - removing address`);
    entry.label = word;
    return true;
  },
  peer(entry, args, i) {
    const parsed = parseIp(args.text(i) ?? '');
    if (!parsed.ok || ipFamily(parsed.value) !== ipFamily(entry.ip)) {
      return ignored(args, i, `Peer address ${args.text(i)} does not match address family`);
    }
    entry.peer ??= parsed.value;
    return true;
  },
  preferred_lft(entry, args, i) {
    if (args.text(i) === 'forever') entry.preferred_lft = null;
    else {
      const value = readInteger(args, i, 0, 0xffffffff, false);
      if (value !== undefined) entry.preferred_lft = ipFamily(entry.ip) === 6 ? value : null;
    }
    return true;
  },
};

function dropped(args: Args, i: number, message: string): false {
  ignored(args, i, message);
  return false;
}

function ignored(args: Args, i: number, message: string): true {
  args.fault(i, { code: 'entry-option-invalid', class: 'GENERAL_ERROR', message, word: args.text(i) ?? null });
  return true;
}

function finish(entry: Draft, args: Args): AddressEntry {
  if (entry.peer === null) return entry;
  if (entry.broadcast !== null) {
    args.fault(0, {
      code: 'entry-option-invalid',
      class: 'GENERAL_ERROR',
      message: `Cannot specify broadcast with peer for ${entry.ip} - ignoring broadcast`,
    });
  }
  const full = ipFamily(entry.ip) === 4 ? 32 : 128;
  const fresh = entry.preferred_lft === defaultLifetime(ipFamily(entry.ip), entry.prefixLength);
  return {
    ...entry,
    broadcast: null,
    prefixLength: full,
    preferred_lft: fresh ? defaultLifetime(ipFamily(entry.ip), full) : entry.preferred_lft,
  };
}

function ipv4(text: string): Ip | null {
  const parsed = parseIp(text);
  return parsed.ok && ipFamily(parsed.value) === 4 ? parsed.value : null;
}

/** All host bits set or cleared; null when the prefix leaves no room (above 30). */
function hostBits(ip: Ip, length: number, set: boolean): Ip | null {
  if (length > 30) return null;
  const bytes = ipBytes(ip).slice();
  for (let bit = length; bit < 32; bit++) {
    const mask = 0x80 >> (bit & 7);
    const old = bytes[bit >> 3] ?? 0;
    bytes[bit >> 3] = set ? old | mask : old & ~mask;
  }
  return ipFromBytes(bytes);
}

const peerAddress = address({ message: 'Configuration error: VRRP instance[%s] malformed unicast peer address[%v]. Skipping...' });

export const unicastPeer: ArgType<UnicastPeer> = {
  syntax: 'IPADDR [min_ttl N] [max_ttl N]',
  doc: 'address of another router, and the range of TTLs to accept from it',
  parse(args) {
    const ip = peerAddress.parse(args);
    if (ip === undefined) return undefined;
    let min_ttl = 0;
    let max_ttl = 255;
    for (let i = 1; args.text(i) !== undefined; i += 2) {
      const word = args.text(i) ?? '';
      if (word !== 'min_ttl' && word !== 'max_ttl') {
        args.fault(i, {
          code: 'entry-unknown-word',
          class: 'GENERAL_ERROR',
          message: `(${args.object}) unknown unicast_peer option '${word}' - ignoring`,
          word,
          expected: 'min_ttl, max_ttl',
        });
        continue;
      }
      const ttl = readInteger(args, i + 1, 0, 255, true);
      if (ttl === undefined) return undefined;
      if (word === 'min_ttl') min_ttl = ttl;
      else max_ttl = ttl;
    }
    return { ip, min_ttl, max_ttl };
  },
  print: (value) =>
    `${value.ip}${value.min_ttl > 0 ? ` min_ttl ${value.min_ttl}` : ''}${value.max_ttl < 255 ? ` max_ttl ${value.max_ttl}` : ''}`,
  json: exactly({ ip: json.address, min_ttl: json.octet, max_ttl: json.octet }),
  words: peerWords,
};

/** A tracked object by name; null: the weight of the object itself. */
export interface TrackEntry {
  readonly name: string;
  readonly weight: Weight | null;
  /** The word `noreverse`: cancels an inherited reverse. */
  readonly noreverse: boolean;
}

/** NAME [weight N [reverse|noreverse]]; a weight above `limit` is reported and the object's own is used. */
export function trackEntry(what: string, limit: 253 | 254): ArgType<TrackEntry> {
  return {
    syntax: `${what} [weight N [reverse|noreverse]]`,
    doc: `weight -${limit}..${limit}, 0 means FAULT`,
    parse(args) {
      const name = args.text(0);
      if (name === undefined) return undefined;
      let weight = null as Weight | null;
      let noreverse = false;
      for (let i = 1; args.text(i) !== undefined; i++) {
        const word = args.text(i) ?? '';
        if (word === 'weight') {
          const value = readTrackWeight(args, ++i, limit);
          if (value !== undefined) weight = { value, reverse: false };
        } else if (word === 'reverse' && weight !== null) weight = { value: weight.value, reverse: true };
        else if (word === 'noreverse' && weight) noreverse = true;
        else {
          args.fault(i, {
            code: 'entry-unknown-word',
            class: 'GENERAL_ERROR',
            message: `(${args.object}) unknown track option '${word}' for ${name} - ignoring`,
            word,
            expected: 'weight N [reverse|noreverse]',
          });
        }
      }
      return { name, weight, noreverse };
    },
    print: (value) => {
      const { weight } = value;
      const tail = weight?.reverse ? ' reverse' : value.noreverse ? ' noreverse' : '';
      return `${quoteWord(value.name) ?? ''}${weight ? ` weight ${weight.value}${tail}` : ''}`;
    },
    json: exactly({
      name: json.text,
      weight: exactly({ value: { type: 'integer', minimum: -limit, maximum: limit }, reverse: json.truth }),
    }),
    words: trackWords,
  };
}

function readTrackWeight(args: Args, i: number, limit: 253 | 254): number | undefined {
  const word = args.text(i);
  if (limit === 253 && (word === '254' || word === '-254')) {
    args.fault(i, {
      code: 'weight-clamped',
      class: 'GENERAL_ERROR',
      message: `(${args.object}) weight for ${args.text(0)} cannot be +/-254. Setting to +/-253`,
      word,
    });
    return word === '254' ? 253 : -253;
  }
  return readInteger(args, i, -limit, limit, false);
}
