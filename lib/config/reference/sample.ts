// SPDX-License-Identifier: MIT
// An example for a row without one of its own: words made from the syntax of its argument, tried on the row itself until
// one is accepted without complaint.

import { collectFindings } from '../findings.ts';
import type { ArgType, Row, Table } from '../keyword.ts';
import { LimitExceeded } from '../limits.ts';
import { lineFrom } from '../line.ts';
import type { Reader } from '../preprocess.ts';
import { MissingParameter } from '../statement.ts';
import { parseTree } from '../tree.ts';

/** Words for the placeholders of `syntax`; the first that the argument accepts is shown. */
const placeholders: Readonly<Record<string, readonly string[]>> = {
  IFNAME: ['eth0'],
  IPADDR: ['192.0.2.1', '224.0.0.18', '2001:db8::1', 'ff02::12'],
  PREFIX: ['24'],
  PORT: ['80'],
  SCRIPT: ['/usr/local/bin/example'],
  COMMAND: ['/usr/local/bin/example'],
  PATH: ['/var/lib/example'],
  FILE: ['/var/lib/example'],
  USER: ['nobody'],
  GROUP: ['nogroup'],
  HOST: ['mail.example.org', '192.0.2.25'],
  ADDR: ['keepalived@example.org', '192.0.2.1'],
  ADDRESS: ['admin@example.org', '192.0.2.1'],
  DOMAIN: ['example.org'],
  HEX: ['c0ffee', 'd41d8cd98f00b204e9800998ecf8427e'],
  CODE: ['200'],
  DEST: ['192.0.2.0/24'],
  BOOL: ['on'],
  ID: ['1'],
  KEY: ['file:/etc/keepalived/hmac.key'],
  DECIMAL: ['2.5', '2', '10', '0.5'],
};

const names: readonly string[] = ['example', '10', '/var/lib/example', '192.0.2.1'];

/** What an example writes behind the keyword, in the braces for a list; null when nothing made up is accepted. */
export function sampleOf(keyword: string, row: Row, given: string | null): string | null {
  const arg = argumentOf(row);
  if (!arg) return '';
  for (const words of given === null ? madeUp(arg, row) : [given]) if (accepts(keyword, row, words)) return words;
  return null;
}

/** Whether the row reads these words without complaint. */
export function accepts(keyword: string, row: Row, words: string): boolean {
  return readSample(keyword, row, words) !== null;
}

/** What the row makes of these words; null when it complains. */
export function readSample(keyword: string, row: Row, words: string): { readonly setting: unknown } | null {
  const findings = collectFindings();
  const inside = 'entry' in row ? [words] : [];
  const head = 'entry' in row ? keyword : `${keyword} ${words}`.trimEnd();
  const lines = [head, ...('arg' in row ? [] : ['{', ...inside, '}'])].map((text, i) => lineFrom('example', i + 1, text));
  const reader: Reader = { next: () => lines.shift() ?? null, includeChecks: new Set() };
  const table: Table = { [keyword]: row };
  try {
    const tree = parseTree(reader, table, findings, { lenient: false, goOn: false, homeOf: () => undefined, onValue: () => {} });
    const quiet = findings.list.every((f) => f.code === 'keyword-deprecated');
    return quiet ? { setting: tree.settings[row.as ?? keyword] } : null;
  } catch (error) {
    if (error instanceof MissingParameter || error instanceof LimitExceeded) return null;
    throw error;
  }
}

/** The argument type that decides what an example says. */
export function argumentOf(row: Row): ArgType<unknown> | null {
  if ('arg' in row) return row.arg;
  if ('entry' in row) return row.entry;
  return 'header' in row && row.header ? row.header : null;
}

function* madeUp(arg: ArgType<unknown>, row: Row): Generator<string> {
  if ('arg' in row && row.default !== undefined && row.default !== false) yield arg.print(row.default);
  if (arg.syntax === '') yield '';
  for (let i = 0; i < 6; i++) yield filled(arg, i, true);
  for (let i = 0; i < 6; i++) yield filled(arg, i, false);
}

/** The syntax with its `i`th words; options in brackets are left out unless `bare`. */
function filled(arg: ArgType<unknown>, i: number, bare: boolean): string {
  let syntax = arg.syntax;
  for (let before = ''; before !== syntax; ) {
    before = syntax;
    syntax = syntax.replace(/\[([^[\]]*)\]/g, bare ? '' : '$1');
  }
  const words = syntax
    .split(' | ')[0]
    ?.replaceAll('...', '')
    .split(' ')
    .filter(Boolean)
    .map((word) => wordFor(word, arg.doc, i));
  return (words ?? []).join(' ');
}

function wordFor(word: string, doc: string, i: number): string {
  const pick = (list: readonly string[]) => list[Math.min(i, list.length - 1)] ?? '';
  if (word.includes('|')) return pick(word.split('|'));
  if (word.includes('/'))
    return word
      .split('/')
      .map((part) => wordFor(part, doc, i))
      .join('/');
  const known = Object.hasOwn(placeholders, word) ? placeholders[word] : undefined;
  if (known) return pick(known);
  if (/^(N|SECS|SECONDS)$/.test(word)) return pick(numbers(doc));
  return /^[A-Z][A-Z_0-9]*$/.test(word) ? pick(names) : word;
}

/** Numbers within the range that `doc` names, ordinary ones first. */
function numbers(doc: string): string[] {
  const [, low, high] = /(-?[0-9.]+?)\.\.(-?[0-9.]+[0-9])/.exec(doc) ?? [];
  const from = Number(low ?? 0);
  const to = Number(high ?? 100);
  const ordinary = [10, 5, 2, 1].filter((n) => n >= from && n <= to);
  return [...ordinary, from, to].map(String);
}
