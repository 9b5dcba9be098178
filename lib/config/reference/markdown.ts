// SPDX-License-Identifier: MIT
// The reference page: every keyword, block by block.

import type { KeywordEntry } from './entries.ts';
import { blockWords } from './words.ts';

const introduction = `# Keywords of keepalived.conf

Made from the tables that read the configuration (\`npm run docs\`): do not edit. \`ka-ts explain KEYWORD\` says the same
in a terminal, with an example, and what happens to a second one or to a bad value.

On reload: *live* takes effect while running, *restart* stops and starts the object, *never* needs a restart of the
daemon. Those with a line through are old words.
`;

/** The page as Markdown. */
export function referencePage(entries: readonly KeywordEntry[]): string {
  const holders = new Set(entries.map((e) => e.block));
  const blocks = ['/', ...entries.filter((e) => holders.has(e.path)).map((e) => e.path), '*'];
  const sections = blocks.map((block) => {
    const inside = entries.filter((e) => e.block === block);
    const own = entries.find((e) => e.path === block);
    return [heading(block), own ? `\n${own.meaning}. \`${own.syntax}\`\n` : '', contentOf(block, own, inside)].join('\n');
  });
  return `${introduction}\n${contents(blocks)}\n\n${sections.join('\n\n')}\n`;
}

function contentOf(block: string, own: KeywordEntry | undefined, inside: readonly KeywordEntry[]): string {
  if (block === '*') return language(inside);
  return own === undefined || own.kind === 'block' ? table(inside) : words(inside);
}

function words(entries: readonly KeywordEntry[]): string {
  return grid(
    ['Word', 'Argument', 'Meaning'],
    entries.map((e) => [code(e.syntax), e.argument, e.meaning]),
  );
}

function heading(block: string): string {
  return `## ${title(block)}`;
}

function title(block: string): string {
  const words = blockWords(block);
  return block === '/' || block === '*' ? words.charAt(0).toUpperCase() + words.slice(1) : words;
}

function contents(blocks: readonly string[]): string {
  const name = (block: string) => (/^[/*]$/.test(block) ? title(block) : (block.split('/').at(-1) ?? ''));
  const depth = (block: string) => (block === '/' ? 0 : block.split('/').length - 1);
  return blocks.map((b) => `${'  '.repeat(depth(b))}- [${name(b)}](#${anchor(title(b))})`).join('\n');
}

/** As GitHub makes it from a heading. */
function anchor(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9 _-]/g, '')
    .replaceAll(' ', '-');
}

function table(entries: readonly KeywordEntry[]): string {
  const rows = entries.map((e) => [
    `${e.insteadUse === null ? code(e.syntax) : `~~${code(e.syntax)}~~`}`,
    e.argument,
    e.default === null ? '' : code(e.default),
    e.reload ?? '',
    meaningOf(e),
  ]);
  return grid(['Keyword', 'Argument', 'Default', 'On reload', 'Meaning'], rows);
}

function language(entries: readonly KeywordEntry[]): string {
  return grid(
    ['Word', 'Argument', 'Meaning', 'Example'],
    entries.map((e) => [code(e.syntax), e.argument, e.meaning, code((e.example ?? []).join(' ').trim())]),
  );
}

function meaningOf(e: KeywordEntry): string {
  if (e.insteadUse !== null) return `${e.meaning}; write ${code(e.insteadUse)}`;
  if (e.aliasOf !== null) return `${e.meaning}; sets ${code(e.aliasOf)}`;
  return e.secret ? `${e.meaning}; never shown` : e.meaning;
}

function grid(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((c) => c.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function code(text: string): string {
  return text === '' ? '' : `\`${text}\``;
}
