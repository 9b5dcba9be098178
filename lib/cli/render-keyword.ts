// SPDX-License-Identifier: MIT
// Entries of the reference as text for a terminal.

import type { Paint } from '../base/paint.ts';
import type { KeywordEntry } from '../config/reference/entries.ts';
import type { Found } from '../config/reference/lookup.ts';
import { blockWords, reloadWords, repeatWords } from '../config/reference/words.ts';

export interface KeywordStyle {
  readonly paint: Paint;
  /** Columns. */
  readonly width: number;
}

const labelWidth = 12;

export function renderKeyword({ entry, blocks }: Found, entries: readonly KeywordEntry[], style: KeywordStyle): string {
  const { paint, width } = style;
  const out = [
    ...wrap(entry.syntax, width, '    ').map((line) => paint.bold(line)),
    ...wrap(`${entry.meaning}.`, width - 2).map((l) => `  ${l}`),
    '',
  ];
  const say = (label: string, text: string | null | undefined, colour = (t: string) => t) => {
    if (!text) return;
    const [first = '', ...more] = wrap(text, width - labelWidth - 2);
    out.push(`  ${paint.dim(label.padEnd(labelWidth))}${colour(first)}`, ...more.map((l) => ' '.repeat(labelWidth + 2) + colour(l)));
  };
  say(entry.kind === 'word' ? 'word of' : 'stands in', blocks.map(blockWords).join(', '));
  if (entry.insteadUse !== null) say('deprecated', `write ${entry.insteadUse}`, paint.yellow);
  else if (entry.aliasOf !== null) say('sets', entry.aliasOf);
  say('argument', entry.argument);
  say('default', entry.default);
  say('bad value', entry.insteadOfBad === null ? null : `${entry.insteadOfBad} is used in its place`);
  if (entry.kind !== 'language' && entry.kind !== 'word') say('repeated', repeatWords[entry.repeated]);
  say('on reload', entry.reload === null ? null : reloadWords[entry.reload]);
  say('also', entry.aliases.join(', '));
  if (entry.secret) say('secret', 'never shown in dumps and messages');
  const inside = entries.filter((e) => e.block === entry.path);
  if (entry.example && entry.kind !== 'block') out.push('', ...entry.example.map((line) => `      ${paint.cyan(line)}`));
  if (inside.length > 0)
    out.push('', `  ${paint.dim(entry.kind === 'block' ? 'keywords' : 'words')}`, ...columns(inside.map(asWritten), style));
  return `${out.join('\n')}\n`;
}

/** The blocks with those inside them, and what else stands at the root level. */
export function renderBlocks(entries: readonly KeywordEntry[], style: KeywordStyle): string {
  const { paint } = style;
  const section = (title: string, list: readonly KeywordEntry[]) => [paint.bold(title), ...columns(list, style), ''];
  const current = entries.filter((e) => e.insteadUse === null);
  const depth = (e: KeywordEntry) => e.path.split('/').length - 1;
  const blocks = current.filter((e) => e.kind === 'block' || (e.kind === 'list' && e.block === '/'));
  return [
    ...section(
      'Blocks',
      blocks.map((e) => ({ ...e, keyword: '  '.repeat(depth(e)) + e.keyword })),
    ),
    ...section(
      'Keywords outside of blocks',
      current.filter((e) => e.kind === 'value' && e.block === '/'),
    ),
    ...section(
      'On any line',
      current.filter((e) => e.block === '*'),
    ),
    paint.dim('ka-ts explain NAME says more about one of them.'),
    '',
  ].join('\n');
}

/** A word is listed with what follows it. */
function asWritten(e: KeywordEntry): KeywordEntry {
  return e.kind === 'word' ? { ...e, keyword: e.syntax } : e;
}

/** `keyword  meaning` lines; the meaning on the next line where the keyword is long. */
function columns(list: readonly KeywordEntry[], { width }: KeywordStyle): string[] {
  const column = Math.min(28, Math.max(...list.map((e) => e.keyword.length)) + 2);
  return list.flatMap((e) => {
    const mark = e.insteadUse !== null ? `Deprecated: write ${e.insteadUse}` : e.meaning;
    const lines = wrap(mark, width - column - 4);
    const name = e.keyword;
    const room = e.keyword.length + 2 <= column;
    const first = room ? `    ${name}${' '.repeat(column - e.keyword.length)}${lines[0] ?? ''}` : `    ${name}`;
    return [first, ...(room ? lines.slice(1) : lines).map((l) => ' '.repeat(column + 4) + l)];
  });
}

/** Lines of at most `width` characters; a word that is longer stands alone. */
function wrap(text: string, width: number, indent = ''): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent + word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' ? lines : [...lines, line];
}
