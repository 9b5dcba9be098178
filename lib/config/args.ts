// SPDX-License-Identifier: MIT
// Argument types of keywords: flags, words, addresses, scripts, weights. Numbers are in numbers.ts, the entries of
// address lists in entries.ts. Any word at all may come in; parse reports and never throws.

import { type Family, type Ip, ipFamily, isMulticast, parseIp } from '../base/address.ts';
import { type Micros, micros } from '../base/time.ts';
import { exactly, json, orNull } from './json-schema.ts';
import type { Args, ArgType } from './keyword.ts';
import { quoteWord, splitCommand, splitScriptLine } from './lexer.ts';
import type { PeriodForAll, ScriptUser, Weight } from './model.ts';
import { decimalText, parseInteger, readInteger, secondsDecimal } from './numbers.ts';

/** The keyword alone means `value`; further words are ignored, as keepalived does. */
export function constant<const T>(value: T): ArgType<T> {
  return { syntax: '', doc: '', parse: () => value, print: () => '' };
}

export const flag: ArgType<boolean> = { ...constant(true as boolean), print: () => '', json: json.truth };

const boolWords: Readonly<Record<string, boolean>> = { on: true, true: true, yes: true, off: false, false: false, no: false };

/** BOOL, meaning on when the keyword stands alone. */
export const bool: ArgType<boolean> = {
  syntax: '[BOOL]',
  doc: 'on, true, yes, off, false or no; on when absent',
  parse(args) {
    const word = args.text(0);
    if (word === undefined) return true;
    if (Object.hasOwn(boolWords, word)) return boolWords[word];
    args.fault(0, {
      code: 'bool-invalid',
      class: 'GENERAL_ERROR',
      message: `Invalid ${keywordOf(args)} parameter ${word}`,
      word,
      expected: this.doc,
    });
    return undefined;
  },
  print: (value) => (value ? 'on' : 'off'),
  json: json.truth,
};

/** One word, quoted if it holds blanks. */
export function text(syntax = 'STRING', options: { readonly max?: number; readonly cut?: number } = {}): ArgType<string> {
  const { max, cut } = options;
  return {
    syntax,
    doc: max ? `at most ${max} characters` : cut ? `cut to ${cut} characters` : '',
    parse(args) {
      const word = args.text(0);
      if (word === undefined) {
        args.missing(0);
        return undefined;
      }
      if (max !== undefined && word.length > max) {
        args.fault(0, {
          code: 'text-too-long',
          class: 'GENERAL_ERROR',
          message:
            syntax === 'IFNAME' ? `Interface name '${word}' too long - ignoring` : `${syntax} '${word}' is longer than ${max} characters`,
          word,
          expected: this.doc,
        });
        return undefined;
      }
      return cut === undefined ? word : word.slice(0, cut);
    },
    print: (value) => quoteWord(value) ?? '',
    json: max === undefined && cut === undefined ? json.text : { ...json.text, maxLength: max ?? cut ?? 0 },
  };
}

/** One word that may be absent: null then. */
export function optionalText(syntax: string): ArgType<string | null> {
  return {
    syntax: `[${syntax}]`,
    doc: '',
    parse: (args) => args.text(0) ?? null,
    print: (value) => (value === null ? '' : (quoteWord(value) ?? '')),
    json: orNull(json.text),
  };
}

/** All words, at least `least` of them. */
export function wordList(syntax: string, least = 1): ArgType<readonly string[]> {
  return {
    syntax: `${syntax}...`,
    doc: '',
    parse(args) {
      const words = args.words.slice(args.first).map((w) => w.text);
      if (words.length >= least) return words;
      args.missing(words.length);
      return undefined;
    },
    print: (value) => value.map((w) => quoteWord(w) ?? '').join(' '),
    json: json.texts,
  };
}

/** Any words, or none. */
export const anyWords: ArgType<readonly string[]> = { ...wordList('WORD', 0), syntax: '[WORD...]' };

/**
 * One of these words, spelled exactly so, or with `anyCase` in whatever case: the first that it fits. `message` is keepalived's text;
 * `%s` the object, `%v` the word.
 */
export function oneOf<const T extends string>(words: readonly T[], message?: string, anyCase = false): ArgType<T> {
  return {
    syntax: words.join('|'),
    doc: `one of ${words.join(', ')}`,
    parse(args) {
      const word = args.text(0);
      if (word === undefined) {
        args.missing(0);
        return undefined;
      }
      const found = words.find((w) => w === word || (anyCase && w.toLowerCase() === word.toLowerCase()));
      if (found !== undefined) return found;
      args.fault(0, {
        code: 'word-invalid',
        class: 'GENERAL_ERROR',
        message: (message ?? `invalid value '%v' for ${keywordOf(args)}`).replace('%s', () => args.object).replace('%v', () => word),
        word,
        expected: this.doc,
      });
      return undefined;
    },
    print: (value) => value,
    json: { enum: words },
  };
}

interface AddressOptions {
  readonly family?: Family;
  readonly multicast?: true;
  /** keepalived's text; `%s` the object, `%v` the word. */
  readonly message?: string;
}

/** A numeric address; text from `/` or `-` on is ignored, as keepalived does. */
export function address(options: AddressOptions = {}): ArgType<Ip> {
  const { family, multicast, message } = options;
  const kind = `${multicast ? 'multicast ' : ''}${family ? `IPv${family} ` : ''}address`;
  return {
    syntax: 'IPADDR',
    doc: `a numeric ${kind}`,
    parse(args) {
      const word = args.text(0);
      if (word === undefined) {
        args.missing(0);
        return undefined;
      }
      const parsed = parseIp(withoutRange(word));
      if (parsed.ok && (!family || ipFamily(parsed.value) === family) && (!multicast || isMulticast(parsed.value))) return parsed.value;
      args.fault(0, {
        code: 'address-invalid',
        class: 'GENERAL_ERROR',
        message: (message ?? `Configuration error: ${keywordOf(args)} '%v' is not a ${kind}`)
          .replace('%s', () => args.object)
          .replace('%v', () => word),
        word,
        expected: this.doc,
      });
      return undefined;
    },
    print: String,
    json: { ...json.address, description: `a numeric ${kind}` },
  };
}

/** The address in `192.0.2.1/24` or `192.0.2.1-9`. */
export function withoutRange(word: string): string {
  const end = word.search(rangeOrPrefix);
  return end < 0 ? word : word.slice(0, end);
}

const rangeOrPrefix = /[-/]/;

/** A command as written, before the system is asked about it. */
export interface Command {
  readonly words: readonly string[];
  readonly user: ScriptUser | null;
  readonly text: string;
}

/** The user as written; null: the default. */
const userJson = orNull(exactly({ user: json.text, group: orNull(json.text) }));
const uid = { type: 'integer', minimum: 0 } as const;
/** What the configuration makes of a command: words, and the file and user that were found. */
const commandJson = exactly({
  words: json.texts,
  user: userJson,
  text: json.text,
  path: orNull(json.text),
  run_as: orNull(exactly({ uid, gid: uid })),
});

/** SCRIPT [USER [GROUP]]; without `users` the words behind the command are ignored. */
export function script(options: { readonly users: boolean }): ArgType<Command> {
  return {
    syntax: options.users ? 'SCRIPT [USER [GROUP]]' : 'COMMAND',
    doc: 'a command, quoted when it has arguments',
    parse(args) {
      const stage1 = splitScriptLine(args.line.text);
      const command = stage1?.[1];
      const words = command ? splitCommand(command.text) : [];
      if (stage1 === null || words === null) {
        args.fault(0, {
          code: 'unmatched-quote',
          class: 'UNMATCHED_QUOTE',
          message: `Unmatched quote: '${keywordOf(args)}'`,
          word: args.text(0) ?? null,
          expected: 'a closing quote',
          effect: 'the script is ignored',
        });
        return undefined;
      }
      if (!command) {
        args.missing(0);
        return undefined;
      }
      if (words.length === 0 || words[0] === '') {
        args.fault(0, {
          code: 'script-empty',
          class: 'GENERAL_ERROR',
          message: `No script set for ${keywordOf(args)}`,
          expected: this.doc,
        });
        return undefined;
      }
      const user = options.users ? stage1[2]?.text : undefined;
      return { words, user: user === undefined ? null : { user, group: stage1[3]?.text ?? null }, text: command.text };
    },
    print: (value) => {
      const user = value.user ? [value.user.user, ...(value.user.group === null ? [] : [value.user.group])] : [];
      return [`"${value.words.map(shellWord).join(' ')}"`, ...user.map((u) => quoteWord(u) ?? '')].join(' ');
    },
    json: commandJson,
  };
}

/** As script() with users, but the command may be absent: null then. */
export function optionalScript(): ArgType<Command | null> {
  const inner = script({ users: true });
  return {
    ...inner,
    syntax: '[SCRIPT [USER [GROUP]]]',
    parse: (args) => (args.text(0) === undefined ? null : inner.parse(args)),
    print: (value) => (value === null ? '' : inner.print(value)),
    json: orNull(exactly({ script: orNull(commandJson) })),
  };
}

/** A word that stage 2 reads back: everything unusual as `\xHH`. */
export function shellWord(word: string): string {
  if (word === '') return "''";
  return word.replace(/[^A-Za-z0-9_./:=,@%+\-\u0080-\uffff]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** USER [GROUP] */
export const scriptUser: ArgType<ScriptUser> = {
  syntax: 'USER [GROUP]',
  doc: 'an existing user, and a group when it is not the primary one of that user',
  parse(args) {
    const user = args.text(0);
    if (user !== undefined) return { user, group: args.text(1) ?? null };
    args.missing(0);
    return undefined;
  },
  print: (value) => [value.user, ...(value.group === null ? [] : [value.group])].map((w) => quoteWord(w) ?? '').join(' '),
  json: exactly({ user: json.text, group: orNull(json.text) }),
};

/** N [reverse]; a value out of range is reported and cut to the limit. */
export function weightUpTo(limit: 253 | 254): ArgType<Weight> {
  return {
    syntax: 'N [reverse]',
    doc: `-${limit}..${limit}; 0 means FAULT`,
    parse(args) {
      const word = args.text(0);
      const parsed = word === undefined ? null : parseInteger(word, true);
      const value = readInteger(args, 0, -limit, limit, false);
      const reverse = args.text(1) === 'reverse';
      if (value !== undefined) return { value, reverse };
      const far = parsed?.junk === '' && Math.abs(parsed.value) > limit;
      return far ? { value: Math.sign(parsed.value) * limit, reverse } : undefined;
    },
    print: (value) => `${value.value}${value.reverse ? ' reverse' : ''}`,
    json: exactly({ value: { type: 'integer', minimum: -limit, maximum: limit }, reverse: json.truth }),
  };
}

/** Weight of a script or session. */
export const weight: ArgType<Weight> = weightUpTo(253);

/** `[all] SECS` */
export function periodForAll(min: 0 | 1): ArgType<PeriodForAll> {
  return {
    syntax: '[all] SECS',
    doc: `seconds, ${min}..86400`,
    parse(args) {
      const all = args.text(0) === 'all';
      const seconds = readInteger(args, all ? 1 : 0, min, 86400, false);
      return seconds === undefined ? undefined : { all, seconds };
    },
    print: (value) => `${value.all ? 'all ' : ''}${value.seconds}`,
  };
}

/** A number that may be absent. */
export function optionalInteger(min: number, max: number, whenBare: number): ArgType<number> {
  return {
    syntax: '[N]',
    doc: `${min}..${max}; ${whenBare} when absent`,
    parse: (args) => (args.text(0) === undefined ? whenBare : readInteger(args, 0, min, max, false)),
    print: String,
    json: { type: 'integer', minimum: min, maximum: max },
  };
}

/** One of these words, or nothing: null. */
export function optionalWord<const T extends string>(words: readonly T[]): ArgType<T | null> {
  const word = oneOf(words);
  return {
    syntax: `[${words.join('|')}]`,
    doc: word.doc,
    parse: (args) => (args.text(0) === undefined ? null : word.parse(args)),
    print: (value) => value ?? '',
    json: { enum: [...words, null] },
  };
}

/** Entry of linkbeat_interfaces. */
export const linkbeat: ArgType<{ readonly name: string; readonly type: 'MII' | 'ETHTOOL' | 'IOCTL' | null }> = {
  syntax: 'IFNAME [MII|ETHTOOL|IOCTL]',
  doc: 'an interface, and how to ask for its state',
  parse(args) {
    const name = args.text(0) ?? '';
    const word = args.text(1);
    const type = (['MII', 'ETHTOOL', 'IOCTL'] as const).find((t) => t === word) ?? null;
    if (word !== undefined && type === null) {
      args.fault(1, {
        code: 'word-invalid',
        class: 'GENERAL_ERROR',
        message: `Unknown linkbeat type '${word}' - ignoring`,
        word,
        expected: 'MII, ETHTOOL or IOCTL',
      });
    }
    return { name, type };
  },
  print: (value) => `${quoteWord(value.name) ?? ''}${value.type ? ` ${value.type}` : ''}`,
};

/** Entry of interface_up_down_delays. */
export const interfaceDelay: ArgType<{ readonly name: string; readonly down: Micros; readonly up: Micros }> = {
  syntax: 'IFNAME DOWN_DELAY [UP_DELAY]',
  doc: 'seconds, 0..255, 6 places',
  parse(args) {
    const delay = secondsDecimal(0, 255);
    const { line, words, first, object, lenient, place } = args;
    const shifted = (by: number): Args => ({
      line,
      words,
      first: first + by,
      object,
      lenient,
      place,
      text: (i) => args.text(i + by),
      fault: (i, p) => args.fault(i + by, p),
      missing: (i) => args.missing(i + by),
    });
    const down = delay.parse(shifted(1));
    const up = args.text(2) === undefined ? micros(0) : delay.parse(shifted(2));
    return down === undefined || up === undefined ? undefined : { name: args.text(0) ?? '', down, up };
  },
  print: (value) => `${quoteWord(value.name) ?? ''} ${decimalText(value.down, 6)} ${decimalText(value.up, 6)}`,
};

export function keywordOf(args: Args): string {
  return args.words[0]?.text ?? '';
}
