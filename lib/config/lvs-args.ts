// SPDX-License-Identifier: MIT
// Argument types of virtual and real servers and their checkers.

import { type Family, type Ip, ipBytes, ipFamily, parseIp } from '../base/address.ts';
import { keywordOf, shellWord, withoutRange } from './args.ts';
import { forwardingWords, groupWords } from './entry-words.ts';
import type { Args, ArgType } from './keyword.ts';
import { quoteWord, splitCommand } from './lexer.ts';
import type { LvsMethod } from './model-lvs.ts';
import { parseInteger, readInteger } from './numbers.ts';

/** Address and port of a service or server; port null: none given (0 counts as none). */
export interface Endpoint {
  readonly ip: Ip;
  readonly port: number | null;
}

/** IPADDR [PORT]; `message` is keepalived's text for a bad address, `%v` the word. */
export function endpoint(message: string): ArgType<Endpoint> {
  return {
    syntax: 'IPADDR [PORT]',
    doc: 'a numeric address, and a port 1..65535',
    parse(args) {
      const word = args.text(0);
      if (word === undefined) {
        args.missing(0);
        return undefined;
      }
      const ip = parseIp(withoutRange(word));
      if (!ip.ok) {
        args.fault(0, {
          code: 'address-invalid',
          class: 'GENERAL_ERROR',
          message: message.replace('%v', () => word),
          word,
          expected: 'a numeric IP address',
        });
        return undefined;
      }
      const port = readPort(args, 1);
      return port === undefined ? undefined : { ip: ip.value, port };
    },
    print: (value) => `${value.ip}${value.port === null ? '' : ` ${value.port}`}`,
  };
}

function readPort(args: Args, i: number): number | null | undefined {
  const word = args.text(i);
  if (word === undefined || /^0+$/.test(word)) return null;
  return readInteger(args, i, 1, 65535, true);
}

const serviceEndpoint = endpoint('Invalid virtual server ip %v');

/** Header of virtual_server: `IPADDR [PORT]`, `fwmark N` or `group NAME`, as canonical text. */
export const serviceHeader: ArgType<string> = {
  syntax: 'IPADDR [PORT] | fwmark N | group NAME',
  doc: 'a service by address, by firewall mark or by group',
  parse(args) {
    const kind = args.text(0);
    if (kind === 'group') {
      const name = args.text(1);
      if (name === undefined) args.missing(1);
      return `group ${name}`;
    }
    if (kind === 'fwmark') {
      const mark = readInteger(args, 1, 0, 0xffffffff, false);
      return mark === undefined ? undefined : `fwmark ${mark}`;
    }
    const value = serviceEndpoint.parse(args);
    return value && `${value.ip} ${value.port ?? 0}`;
  },
  print: (value) => value,
};

const serverEndpoint = endpoint('Invalid real server ip %v - ignoring');

/** Header of real_server. */
export const serverHeader: ArgType<string> = {
  ...serviceHeader,
  syntax: 'IPADDR [PORT]',
  doc: 'address of a server, and its port when it is not that of the service',
  parse(args) {
    const value = serverEndpoint.parse(args);
    return value && `${value.ip} ${value.port ?? 0}`;
  },
};

/** NAT | DR | TUN [type ipip|gue|gre] [port N] [nocsum|csum|remcsum] */
export const forwarding: ArgType<LvsMethod> = {
  syntax: 'NAT|DR|TUN [type ipip|gue|gre] [port N] [nocsum|csum|remcsum]',
  words: forwardingWords,
  doc: 'forwarding method; options are for TUN',
  parse(args) {
    const word = args.text(0);
    if (word === undefined) {
      args.missing(0);
      return undefined;
    }
    const method = (['NAT', 'DR', 'TUN'] as const).find((m) => m === word);
    const bad = (i: number, what: string) => {
      args.fault(i, {
        code: 'word-invalid',
        class: 'GENERAL_ERROR',
        message: `unknown ${what} '${args.text(i) ?? ''}' for ${keywordOf(args)}`,
        word: args.text(i) ?? null,
        expected: this.syntax,
      });
      return undefined;
    };
    if (!method) return bad(0, 'forwarding method');
    let type: LvsMethod['type'] = 'ipip';
    let port: number | null = null;
    let checksum: LvsMethod['checksum'] = 'nocsum';
    for (let i = 1; args.text(i) !== undefined; i++) {
      const option = args.text(i);
      if (method !== 'TUN') return bad(i, 'option');
      const sum = (['nocsum', 'csum', 'remcsum'] as const).find((c) => c === option);
      if (sum) checksum = sum;
      else if (option === 'type') {
        const found = (['ipip', 'gue', 'gre'] as const).find((t) => t === args.text(i + 1));
        if (!found) return bad(i + 1, 'tunnel type');
        type = found;
        i++;
      } else if (option === 'port') {
        const value = readInteger(args, ++i, 1, 65535, true);
        if (value === undefined) return undefined;
        port = value;
      } else return bad(i, 'option');
    }
    if ((type === 'gue') !== (port !== null) || (type === 'ipip' && checksum !== 'nocsum') || (type === 'gre' && checksum === 'remcsum')) {
      args.fault(0, {
        code: 'tunnel-options',
        class: 'GENERAL_ERROR',
        message: `the options do not go with tunnel type ${type}`,
        expected: 'gue needs a port; ipip takes no checksum option, gre no remcsum',
      });
      return undefined;
    }
    return { method, type, port, checksum };
  },
  print: (value) =>
    value.method === 'TUN'
      ? `TUN type ${value.type}${value.port === null ? '' : ` port ${value.port}`}${value.checksum === 'nocsum' ? '' : ` ${value.checksum}`}`
      : value.method,
};

export const schedulers = ['rr', 'wrr', 'lc', 'wlc', 'lblc', 'sh', 'mh', 'dh', 'fo', 'ovf', 'lblcr', 'sed', 'nq', 'twos'] as const;

/** TCP, UDP or SCTP in any case. */
export const transport: ArgType<'TCP' | 'UDP' | 'SCTP'> = {
  syntax: 'TCP|UDP|SCTP',
  doc: 'transport protocol, any case',
  parse(args) {
    const word = args.text(0);
    if (word === undefined) {
      args.missing(0);
      return undefined;
    }
    const found = (['TCP', 'UDP', 'SCTP'] as const).find((p) => p === word.toUpperCase());
    if (!found)
      args.fault(0, {
        code: 'word-invalid',
        class: 'GENERAL_ERROR',
        message: `Unknown protocol ${word} - ignoring`,
        word,
        expected: this.doc,
      });
    return found;
  },
  print: (value) => value,
};

/** IPv4 netmask or IPv6 prefix length 1..128. */
export const granularity: ArgType<string> = {
  syntax: 'MASK',
  doc: 'an IPv4 netmask, or an IPv6 prefix length 1..128',
  parse(args) {
    const word = args.text(0);
    if (word === undefined) {
      args.missing(0);
      return undefined;
    }
    const mask = parseIp(word);
    const length = parseInteger(word, false);
    if ((mask.ok && ipFamily(mask.value) === 4) || (length?.junk === '' && length.value >= 1 && length.value <= 128)) return word;
    args.fault(0, {
      code: 'mask-invalid',
      class: 'GENERAL_ERROR',
      message: `Invalid IPv4 persistence_granularity specified - ${word}`,
      word,
      expected: this.doc,
    });
    return undefined;
  },
  print: (value) => value,
};

/** 32 hexadecimal digits. */
export const digest: ArgType<string> = {
  syntax: 'HEX',
  doc: 'MD5 as 32 hex digits',
  parse(args) {
    const word = args.text(0);
    if (word === undefined) {
      args.missing(0);
      return undefined;
    }
    if (word.length !== 32) {
      args.fault(0, {
        code: 'digest-invalid',
        class: 'GENERAL_ERROR',
        message: `digest '${word}' character length should be 32 rather than ${word.length}`,
        word,
        expected: this.doc,
      });
      return undefined;
    }
    if (/^[0-9a-fA-F]*$/.test(word)) return word.toLowerCase();
    args.fault(0, {
      code: 'digest-invalid',
      class: 'GENERAL_ERROR',
      message: `digest '${word}' is not hexadecimal`,
      word,
      expected: this.doc,
    });
    return undefined;
  },
  print: (value) => value,
};

/** What fits into a question of DNS (RFC 1035 2.3.4), so that no check has to find out. */
export const domainName: ArgType<string> = {
  syntax: 'DOMAIN',
  doc: 'labels of 1 to 63 bytes, 253 in all; a dot alone is the root',
  parse(args) {
    const word = args.text(0);
    if (word === undefined) {
      args.missing(0);
      return undefined;
    }
    const labels = word
      .replace(/\.$/, '')
      .split('.')
      .map((label) => Buffer.byteLength(label));
    const why =
      word === '.'
        ? null
        : labels.includes(0)
          ? 'has empty label'
          : labels.some((length) => length > 63)
            ? 'has a label longer than 63 bytes'
            : labels.reduce((sum, length) => sum + length + 1, -1) > 253
              ? 'is longer than 253 bytes'
              : null;
    if (why === null) return word;
    args.fault(0, {
      code: 'domain-invalid',
      class: 'GENERAL_ERROR',
      message: `DNS_CHECK name '${word}' ${why} - ignoring`,
      word,
      expected: this.doc,
    });
    return undefined;
  },
  print: (value) => value,
};

/** One pattern with shell-like quotes and escapes. */
export const regexPattern: ArgType<string> = {
  syntax: 'PATTERN',
  doc: 'exactly one pattern, quoted when it holds blanks',
  parse(args) {
    const words = splitCommand(args.line.text);
    if (words?.length === 2) return words[1];
    if (words === null)
      args.fault(0, {
        code: 'unmatched-quote',
        class: 'UNMATCHED_QUOTE',
        message: `Unmatched quote: '${keywordOf(args)}'`,
        expected: 'a closing quote',
      });
    else if (words.length < 2) args.missing(0);
    else
      args.fault(1, { code: 'pattern-words', class: 'GENERAL_ERROR', message: `${keywordOf(args)} takes one pattern`, expected: this.doc });
    return undefined;
  },
  print: (value) => `"${value === '' ? '' : shellWord(value)}"`,
};

/** CODE[-CODE]... */
export const statusCodes: ArgType<readonly (readonly [low: number, high: number])[]> = {
  syntax: 'CODE[-CODE]...',
  doc: '100..599 each',
  parse(args) {
    if (args.text(0) === undefined) args.missing(0);
    const ranges: [number, number][] = [];
    for (let i = 0; args.text(i) !== undefined; i++) {
      const word = args.text(i) ?? '';
      const match = /^([0-9]{3})(?:-([0-9]{3}))?$/.exec(word);
      const low = Number(match?.[1]);
      const high = Number(match?.[2] ?? match?.[1]);
      if (match && low >= 100 && high <= 599 && low <= high) ranges.push([low, high]);
      else
        args.fault(i, {
          code: 'status-invalid',
          class: 'GENERAL_ERROR',
          message: `Invalid HTTP_GET status code '${word}'`,
          word,
          expected: this.doc,
        });
    }
    return ranges.length > 0 ? ranges : undefined;
  },
  print: (value) => value.map(([low, high]) => (low === high ? String(low) : `${low}-${high}`)).join(' '),
};

export interface ServiceRange {
  readonly words: readonly string[];
}

/** Entry of virtual_server_group: an address, a range, a prefix, or `fwmark N [inet|inet6]`. */
export const groupEntry: ArgType<ServiceRange> = {
  syntax: 'IPADDR[-LAST|-IPADDR|/PREFIX] [PORT] | fwmark N [inet|inet6]',
  words: groupWords,
  doc: 'addresses or a mark of the group',
  parse(args) {
    const words = args.words.slice(args.first).map((w) => w.text);
    const [first = '', second] = words;
    if (first === 'fwmark') {
      if (readInteger(args, 1, 0, 0xffffffff, false) === undefined) return undefined;
      return { words: words.slice(0, 3) };
    }
    const [start = '', end] = first.split(/[-/]/, 2);
    const ip = parseIp(start);
    const port = readPort(args, 1);
    if (!ip.ok || !rangeEnds(first, end, ipFamily(ip.value))) {
      const message = `Invalid virtual server group IP address ${first}${second === undefined ? '' : ` /port/${second}`} - skipping`;
      args.fault(0, { code: 'address-invalid', class: 'GENERAL_ERROR', message, word: first, expected: this.syntax });
      return undefined;
    }
    if (end !== undefined && !first.includes('/') && !rangeAscends(ip.value, end)) {
      const message = `Address range end is not greater than address range start - ${first} - skipping`;
      args.fault(0, { code: 'address-invalid', class: 'GENERAL_ERROR', message, word: first, expected: 'an end behind the start' });
      return undefined;
    }
    return port === undefined ? undefined : { words: words.slice(0, 2) };
  },
  print: (value) => value.words.map((w) => quoteWord(w) ?? '').join(' '),
};

/** Of a range that `rangeEnds` has let through. A whole address may be the start itself, the end of one must be above it. */
function rangeAscends(start: Ip, end: string): boolean {
  const from = Buffer.from(ipBytes(start));
  const full = parseIp(end);
  if (full.ok) return from.compare(Buffer.from(ipBytes(full.value))) <= 0;
  return from.length === 4 ? Number(end) > (from[3] ?? 0) : Number.parseInt(end, 16) > from.readUInt16BE(14);
}

function rangeEnds(text: string, end: string | undefined, family: Family): boolean {
  if (end === undefined) return true;
  if (text.includes('/')) return /^[0-9]+$/.test(end) && Number(end) >= 1 && Number(end) <= (family === 4 ? 32 : 128);
  const full = parseIp(end);
  if (full.ok) return ipFamily(full.value) === family;
  return family === 4 ? /^[0-9]{1,3}$/.test(end) && Number(end) <= 255 : /^[0-9a-fA-F]{1,4}$/.test(end);
}
