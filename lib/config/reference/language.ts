// SPDX-License-Identifier: MIT
// Words of the language itself: they are read before any keyword and may stand on any line.

import type { KeywordEntry } from './entries.ts';

function word(keyword: string, syntax: string, meaning: string, argument: string, example: readonly string[]): KeywordEntry {
  return {
    path: keyword,
    block: '*',
    keyword,
    kind: 'language',
    meaning,
    syntax,
    argument,
    default: null,
    insteadOfBad: null,
    repeated: 'another',
    reload: null,
    aliasOf: null,
    aliases: [],
    insteadUse: null,
    secret: false,
    example,
  };
}

/** A reference as it is written; spelt like this because it is no placeholder of ours. */
const reference = (inner: string) => `$\{${inner}}`;
const pattern = 'a file or shell pattern, {A,B} allowed; the rest of the line as it stands, relative to the file it is in';
const include = (keyword: string, meaning: string) => word(keyword, `${keyword} PATTERN`, meaning, pattern, [`${keyword} conf.d/*.conf`]);
const builtIn = (name: string, meaning: string, example: string) => word(`\${${name}}`, `\${${name}}`, meaning, '', [example]);

export const languageEntries: readonly KeywordEntry[] = [
  include('include', 'Reads the files that match at this place; what cannot be read is only reported'),
  include('includer', 'As include; a match that is a directory, executable, not a file or unreadable ends the start'),
  include('includem', 'As includer; a name without wildcards that does not exist ends the start too'),
  include('includew', 'As includem; a wildcard that matches nothing ends the start too'),
  include('includeb', 'As includer; when an alternative in braces is missing nothing is read and the start ends'),
  include('includea', 'All checks of the other include words together'),
  word('@ID', '@ID LINE', 'Keeps the line only on the node whose configuration id (-i, else the host name) is ID', '', [
    '@node1 priority 150',
  ]),
  word('@^ID', '@^ID LINE', 'Keeps the line on every node but the one whose configuration id is ID', '', ['@^node1 priority 100']),
  word(
    '$NAME=',
    '$NAME=TEXT',
    'Defines NAME; a \\ at the end of the line goes on with the next one',
    'letters, digits and _; TEXT is the rest of the line',
    ['$VIP=192.0.2.10/24'],
  ),
  word('$NAME', '$NAME', 'Puts the text of NAME here; a blank, a comma, ) or the end of the line must follow', '', ['    $VIP dev eth0']),
  word(reference('NAME'), reference('NAME'), 'Puts the text of NAME here; anything may follow', '', [`    ${reference('NET')}.10/24`]),
  builtIn('_PWD', 'The directory of the file being read', `script ${reference('_PWD')}/check.sh`),
  builtIn('_INSTANCE', 'The configuration id (-i, else the host name up to the first dot)', `router_id ${reference('_INSTANCE')}`),
  word(
    reference('_RANDOM'),
    reference('_RANDOM [MIN [MAX]]'),
    'A random whole number, both ends included',
    'MIN 0 and MAX 32767 when absent',
    [`delay_loop ${reference('_RANDOM 5 10')}`],
  ),
  word(reference('_ENV'), reference('_ENV NAME'), 'The environment variable NAME, empty when it is not set', '', [
    `router_id ${reference('_ENV HOSTNAME')}`,
  ]),
  builtIn('_HASH', 'A #; outside double quotes it begins a comment', `auth_pass "a${reference('_HASH')}b"`),
  builtIn('_BANG', 'A !; outside double quotes it begins a comment', `auth_pass "a${reference('_BANG')}b"`),
  word(
    '~SEQ',
    '~SEQ(VAR, [START, [STEP,]] END) LINE',
    'Repeats LINE with VAR counting from START (1) to END',
    'whole numbers, 0x and 0 prefixes as in C',
    ['~SEQ(N, 1, 3) 192.0.2.$N'],
  ),
  word('~SEQx', '~SEQx(VAR, [START, [STEP,]] END) LINE', 'As ~SEQ, with VAR in hexadecimal', 'no negative numbers', [
    '~SEQx(N, 1, 16) 2001:db8::$N',
  ]),
  word(
    '~LST',
    '~LST(VAR, VALUE...) LINE, ~LST({VAR...}, {VALUE...}...) LINE',
    'Repeats LINE once for each value, or each set of values',
    'values without blanks, commas, braces or )',
    ['~LST({IF, NET}, {eth0, 1}, {eth1, 2}) 192.0.$NET dev $IF'],
  ),
];
