// SPDX-License-Identifier: MIT
// Argument types that only global_defs and the virtual MAC words of instances use.

import { type Ip, isMulticast, parseIp, parseMac } from '../base/address.ts';
import { keywordOf } from './args.ts';
import { ipvlanWords, syncWords, timeoutWords, vmacWords } from './entry-words.ts';
import { exactly, json, orNull } from './json-schema.ts';
import type { Args, ArgType } from './keyword.ts';
import { quoteWord } from './lexer.ts';
import type { ControlSocket, FlightRecorder, ScriptUser } from './model.ts';
import { parseCNumber, parseInteger, readInteger } from './numbers.ts';

/** HOST [PORT] */
export const mailServer: ArgType<{ readonly host: string; readonly port: number }> = {
  syntax: 'HOST [PORT]',
  doc: 'an address or host name; port 1..65535, 25 when absent',
  parse(args) {
    const host = args.text(0);
    if (host === undefined) {
      args.missing(0);
      return undefined;
    }
    const port = args.text(1) === undefined ? 25 : readInteger(args, 1, 1, 65535, false);
    return port === undefined ? undefined : { host, port };
  },
  print: (value) => `${quoteWord(value.host) ?? ''} ${value.port}`,
};

/** PATH [USER [GROUP]] */
export const fifo: ArgType<{ readonly path: string; readonly user: ScriptUser | null }> = {
  syntax: 'PATH [USER [GROUP]]',
  doc: 'path of a FIFO, and who owns it',
  parse(args) {
    const path = args.text(0);
    if (path === undefined) {
      args.missing(0);
      return undefined;
    }
    const user = args.text(1);
    return { path, user: user === undefined ? null : { user, group: args.text(2) ?? null } };
  },
  print: ({ path, user }) =>
    [path, ...(user ? [user.user, ...(user.group === null ? [] : [user.group])] : [])].map((w) => quoteWord(w) ?? '').join(' '),
};

/** Names of at most `length` characters, at most `count` of them, all different; none at all is allowed. */
export function distinctNames(syntax: string, count: number, length: number): ArgType<readonly string[]> {
  return {
    syntax,
    doc: `names of 1..${length} characters, all different`,
    parse(args) {
      const names = args.words.slice(args.first, args.first + count).map((w) => w.text);
      const bad = names.findIndex((n, i) => n === '' || n.length > length || names.indexOf(n) !== i);
      if (bad < 0) return names;
      args.fault(bad, {
        code: 'name-invalid',
        class: 'GENERAL_ERROR',
        message: `invalid name '${names[bad]}' for ${keywordOf(args)}`,
        word: names[bad] ?? null,
        expected: this.doc,
      });
      return undefined;
    },
    print: (value) => value.map((w) => quoteWord(w) ?? '').join(' '),
  };
}

/** CPU [CPU...] */
export const cpus: ArgType<readonly number[]> = {
  syntax: 'CPU [CPU...]',
  doc: 'numbers of CPUs; one bad number empties the set',
  parse(args) {
    if (args.text(0) === undefined) args.missing(0);
    const found: number[] = [];
    for (let i = 0; args.text(i) !== undefined; i++) {
      const cpu = readInteger(args, i, 0, 4095, true);
      if (cpu === undefined) return undefined;
      found.push(cpu);
    }
    return found;
  },
  print: (value) => value.join(' '),
};

export interface LvsTimeouts {
  readonly tcp?: number;
  readonly tcpfin?: number;
  readonly udp?: number;
}

/** Pairs of a word and seconds. */
export const lvsTimeouts: ArgType<LvsTimeouts> = {
  syntax: 'tcp N | tcpfin N | udp N (any mix)',
  words: timeoutWords,
  doc: 'seconds, 0..2678400',
  parse(args) {
    if (args.text(0) === undefined) args.missing(0);
    const found: { -readonly [K in keyof LvsTimeouts]: LvsTimeouts[K] } = {};
    for (let i = 0; args.text(i) !== undefined; i += 2) {
      const word = args.text(i);
      if (word !== 'tcp' && word !== 'tcpfin' && word !== 'udp') {
        unknown(args, i, 'tcp, tcpfin or udp');
        return undefined;
      }
      const value = readInteger(args, i + 1, 0, 2678400, true);
      if (value === undefined) return undefined;
      found[word] = value;
    }
    return found;
  },
  print: (value) => Object.entries(value).flat().join(' '),
};

export interface SyncDaemon {
  readonly interface: string;
  readonly instance: string | null;
  readonly id: number | null;
  readonly maxlen: number | null;
  readonly port: number | null;
  readonly ttl: number | null;
  readonly group: Ip | null;
}

const syncRanges: Readonly<Record<string, readonly [min: number, max: number]>> = {
  id: [0, 255],
  maxlen: [1, 65507],
  port: [1, 65535],
  ttl: [1, 255],
};

/** IFNAME [[inst] NAME] [id N] [maxlen N] [port N] [ttl N] [group ADDR] */
export const syncDaemon: ArgType<SyncDaemon> = {
  syntax: 'IFNAME [[inst] NAME] [id N] [maxlen N] [port N] [ttl N] [group ADDR]',
  words: syncWords,
  doc: 'interface for sync traffic and its options',
  parse(args) {
    const name = args.text(0);
    if (name === undefined) {
      args.missing(0);
      return undefined;
    }
    const found = {
      interface: name,
      instance: null as string | null,
      id: null as number | null,
      maxlen: null as number | null,
      port: null as number | null,
      ttl: null as number | null,
      group: null as Ip | null,
    };
    for (let i = 1; args.text(i) !== undefined; ) {
      const word = args.text(i) ?? '';
      const range = Object.hasOwn(syncRanges, word) ? syncRanges[word] : undefined;
      if (range) {
        const value = readInteger(args, i + 1, range[0], range[1], true);
        if (value !== undefined) found[word as 'id' | 'maxlen' | 'port' | 'ttl'] = value;
        else
          args.fault(i + 1, {
            code: 'word-invalid',
            class: 'GENERAL_ERROR',
            message: `Invalid lvs_sync_daemon ${word} (${args.text(i + 1)}) - ignoring`,
            word: args.text(i + 1) ?? null,
          });
        i += 2;
      } else if (word === 'inst') {
        if (args.text(i + 1) === undefined) args.missing(i + 1);
        found.instance = args.text(i + 1) ?? null;
        i += 2;
      } else if (word === 'group') {
        const group = parseIp(args.text(i + 1) ?? '');
        if (group.ok && isMulticast(group.value)) found.group = group.value;
        else
          args.fault(i + 1, {
            code: 'address-invalid',
            class: 'GENERAL_ERROR',
            message: `Invalid lvs_sync_daemon group (${args.text(i + 1)}) - ignoring`,
            word: args.text(i + 1) ?? null,
            expected: 'a multicast address',
          });
        i += 2;
      } else if (i === 1) {
        found.instance = word;
        i++;
      } else if (i === 2 && /^[0-9]+$/.test(word)) {
        args.fault(i, {
          code: 'keyword-deprecated',
          class: 'DEPRECATED',
          message: `Please use keyword "id" before lvs_sync_daemon syncid value`,
          word,
        });
        const value = readInteger(args, i, 0, 255, true);
        if (value !== undefined) found.id = value;
        i++;
      } else {
        unknown(args, i, this.syntax);
        i++;
      }
    }
    return found;
  },
  print(value) {
    const pairs = (['id', 'maxlen', 'port', 'ttl', 'group'] as const).flatMap((k) => (value[k] === null ? [] : [k, String(value[k])]));
    return [quoteWord(value.interface) ?? '', ...(value.instance === null ? [] : ['inst', quoteWord(value.instance) ?? '']), ...pairs].join(
      ' ',
    );
  },
};

const bits: Readonly<Record<string, number>> = {
  IRUSR: 0o400,
  IWUSR: 0o200,
  IXUSR: 0o100,
  IRWXU: 0o700,
  IRGRP: 0o040,
  IWGRP: 0o020,
  IXGRP: 0o010,
  IRWXG: 0o070,
  IROTH: 0o004,
  IWOTH: 0o002,
  IXOTH: 0o001,
  IRWXO: 0o007,
};

/** A number in any C base, or bit names joined by `|`. */
export const umask: ArgType<number> = {
  syntax: 'NUMBER | BITS',
  doc: `0..0777 in any C base, or names joined with |: ${Object.keys(bits).join(', ')}`,
  parse(args) {
    const words = args.words.slice(args.first).map((w) => w.text);
    if (words.length === 0) args.missing(0);
    const number = words.length === 1 && /^[0-9]/.test(words[0] ?? '') ? parseCNumber(words[0] ?? '') : null;
    if (number !== null && number <= 0o777) return number;
    const names = words.join('').split('|');
    if (names.every((n) => Object.hasOwn(bits, n))) return names.reduce((mask, n) => mask | (bits[n] ?? 0), 0);
    args.fault(0, {
      code: 'umask-invalid',
      class: 'GENERAL_ERROR',
      message: `invalid umask value ${words.join(' ')}`,
      word: words[0] ?? null,
      expected: this.doc,
    });
    return undefined;
  },
  print: (value) => `0${value.toString(8)}`,
};

/** DIR [files N] [size BYTES] */
export const flightRecorder: ArgType<FlightRecorder> = {
  syntax: 'DIR [files N] [size BYTES]',
  doc: 'an absolute path; 1..10000 recordings, 100 when absent; 100000..1000000000 bytes of all together, 10000000 when absent',
  parse(args) {
    const [directory, ...words] = args.words.slice(args.first).map((w) => w.text);
    if (directory === undefined) {
      args.missing(0);
      return undefined;
    }
    const found = { directory, files: 100, size: 10_000_000 };
    const bounds = { files: [1, 10_000], size: [100_000, 1_000_000_000] } as const;
    let bad = directory.startsWith('/') ? null : 0;
    for (let i = 0; i < words.length && bad === null; i += 2) {
      const [name, value] = [words[i], words[i + 1] ?? ''];
      const number = /^[0-9]{1,10}$/.test(value) ? Number(value) : -1;
      if ((name === 'files' || name === 'size') && number >= bounds[name][0] && number <= bounds[name][1]) found[name] = number;
      else bad = i + (name === 'files' || name === 'size' ? 2 : 1);
    }
    if (bad === null) return found;
    const word = [directory, ...words][bad] ?? '';
    args.fault(bad, {
      code: 'flight-recorder-invalid',
      class: 'GENERAL_ERROR',
      message: `flight_recorder needs ${this.doc}, not '${word}'`,
      word,
      expected: this.doc,
    });
    return undefined;
  },
  print: ({ directory, files, size }) => `${quoteWord(directory) ?? ''} files ${files} size ${size}`,
  json: exactly({
    directory: json.text,
    files: { type: 'integer', minimum: 1, maximum: 10_000 },
    size: { type: 'integer', minimum: 100_000, maximum: 1_000_000_000 },
  }),
};

export const operationsFile: ArgType<string> = {
  syntax: 'PATH',
  doc: 'an absolute path',
  parse(args) {
    const word = args.words[args.first]?.text;
    if (word === undefined) {
      args.missing(0);
      return undefined;
    }
    if (word.startsWith('/') && !word.endsWith('/')) return word;
    args.fault(0, {
      code: 'operations-file-invalid',
      class: 'GENERAL_ERROR',
      message: `operations_file needs ${this.doc} of a file, not '${word}'`,
      word,
      expected: this.doc,
    });
    return undefined;
  },
  print: (value) => quoteWord(value) ?? '',
  json: json.text,
};

/** PATH [MODE [GROUP]] */
export const controlSocket: ArgType<ControlSocket> = {
  syntax: 'PATH [MODE [GROUP]]',
  doc: 'an absolute path of at most 107 bytes; permission bits in octal, 0600 when absent; a group that owns it',
  parse(args) {
    const [path, mode, group] = args.words.slice(args.first).map((w) => w.text);
    if (path === undefined) {
      args.missing(0);
      return undefined;
    }
    const bits = mode === undefined ? 0o600 : /^0?[0-7]{3}$/.test(mode) ? Number.parseInt(mode, 8) : null;
    const badPath = !path.startsWith('/') || path.length > 107;
    if (!badPath && bits !== null) return { path, mode: bits, group: group ?? null };
    const word = badPath ? path : (mode ?? '');
    args.fault(badPath ? 0 : 1, {
      code: 'control-socket-invalid',
      class: 'GENERAL_ERROR',
      message: badPath
        ? `control_socket needs an absolute path of at most 107 bytes, not '${word}'`
        : `'${word}' is no file mode such as 0660`,
      word,
      expected: this.doc,
    });
    return undefined;
  },
  print: ({ path, mode, group }) =>
    [quoteWord(path) ?? '', `0${mode.toString(8)}`, ...(group === null ? [] : [quoteWord(group) ?? ''])].join(' '),
  json: exactly({ path: json.text, mode: { type: 'integer', minimum: 0, maximum: 511 }, group: orNull(json.text) }),
};

/** MTU, ADVERT or a number of bytes. */
export const bufferPolicy: ArgType<'MTU' | 'ADVERT' | number> = {
  syntax: 'MTU | ADVERT | NUMBER',
  doc: 'words in any case, or bytes 0..4294967295',
  parse(args) {
    const word = args.text(0);
    if (word === undefined) {
      args.missing(0);
      return undefined;
    }
    const upper = word.toUpperCase();
    if (upper === 'MTU' || upper === 'ADVERT') return upper;
    return readInteger(args, 0, 0, 0xffffffff, true);
  },
  print: String,
};

export interface VirtualDevice {
  readonly name: string | null;
  /** VMAC: MAC as written. */
  readonly mac: string | null;
  /** ipvlan: address with optional prefix. */
  readonly address: string | null;
  readonly mode: 'bridge' | 'private' | 'vepa' | null;
  readonly group: string | null;
  readonly notify: boolean;
}

/** Arguments of use_vmac and use_ipvlan. */
export function virtualDevice(kind: 'vmac' | 'ipvlan'): ArgType<VirtualDevice> {
  return {
    words: kind === 'vmac' ? vmacWords : ipvlanWords,
    syntax:
      kind === 'vmac'
        ? '[[name] IFNAME] [MAC] [netlink_notify_msg] [group ID]'
        : '[[name] IFNAME] [IPADDR] [bridge|private|vepa] [group ID]',
    doc: 'name of the device, generated when absent, and its options',
    parse(args) {
      const found = {
        name: null as string | null,
        mac: null as string | null,
        address: null as string | null,
        mode: null as VirtualDevice['mode'],
        group: null as string | null,
        notify: false,
      };
      for (let i = 0; args.text(i) !== undefined; i++) {
        const word = args.text(i) ?? '';
        const mode = (['bridge', 'private', 'vepa'] as const).find((m) => m === word);
        if (kind === 'vmac' && word === 'netlink_notify_msg') found.notify = true;
        else if (kind === 'ipvlan' && mode) found.mode ??= mode;
        else if (word === 'group' || word === 'name') {
          const value = args.text(++i);
          if (value === undefined) args.missing(i);
          else if (word === 'group') found.group = value;
          else if (!takeName(args, i, found)) return undefined;
        } else if (kind === 'vmac' && word.includes(':')) {
          const mac = parseMac(word);
          if (!mac.ok || mac.value.length < 5 || mac.value.length > 6 || ((mac.value[0] ?? 0) & 1) === 1 || isReserved(mac.value)) {
            args.fault(i, {
              code: 'mac-invalid',
              class: 'GENERAL_ERROR',
              message: `(${args.object}) invalid VMAC MAC address ${word} - ignoring`,
              word,
              expected: '5 or 6 hex octets, not multicast, not of the range of the RFC',
            });
          } else found.mac = word;
        } else if (kind === 'ipvlan' && parseIp(word.replace(/\/[0-9]+$/, '')).ok) found.address = word;
        else if (!takeName(args, i, found)) return undefined;
      }
      return found;
    },
    print: (value) =>
      [
        ...(value.name === null ? [] : ['name', quoteWord(value.name) ?? '']),
        ...(value.mac === null ? [] : [value.mac]),
        ...(value.address === null ? [] : [value.address]),
        ...(value.mode === null ? [] : [value.mode]),
        ...(value.notify ? ['netlink_notify_msg'] : []),
        ...(value.group === null ? [] : ['group', quoteWord(value.group) ?? '']),
      ].join(' '),
  };
}

/** 00:00:5e:00:01 and 02 belong to the protocol itself. */
function isReserved(mac: Uint8Array): boolean {
  const [a, b, c, d, e] = mac;
  return a === 0 && b === 0 && c === 0x5e && d === 0 && (e === 1 || e === 2);
}

function takeName(args: Args, i: number, found: { name: string | null }): boolean {
  const word = args.text(i) ?? '';
  const fault = (code: string, message: string) =>
    args.fault(i, { code, class: 'GENERAL_ERROR', message: `(${args.object}) ${message}`, word });
  if (word.length > 15 || word === '' || word.includes('/')) {
    fault('text-too-long', `interface name '${word}' is not valid: at most 15 characters, no /`);
    return false;
  }
  if (found.name === null) found.name = word;
  else fault('name-twice', `interface name already specified - ignoring ${word}`);
  return true;
}

/** [VALUE] [overwrite] of a track_file. */
export const initFile: ArgType<{ readonly value: number; readonly overwrite: boolean }> = {
  syntax: '[VALUE] [overwrite]',
  doc: 'a whole number -254..254, 0 when absent',
  parse(args) {
    const found = { value: 0, overwrite: false };
    for (let i = 0; args.text(i) !== undefined; i++) {
      const word = args.text(i) ?? '';
      const parsed = parseInteger(word, true);
      if (word === 'overwrite') found.overwrite = true;
      else if (parsed?.junk === '' && word !== '') {
        found.value = parsed.value;
        readInteger(args, i, -254, 254, true);
      } else unknown(args, i, this.syntax);
    }
    return found;
  },
  print: (value) => `${value.value}${value.overwrite ? ' overwrite' : ''}`,
};

function unknown(args: Args, i: number, expected: string): void {
  const word = args.text(i) ?? '';
  args.fault(i, { code: 'word-invalid', class: 'GENERAL_ERROR', message: `unknown word '${word}' for ${keywordOf(args)}`, word, expected });
}
