// SPDX-License-Identifier: MIT
// Finding a keyword by what somebody types: its word, or the last words of its path.

import { nearest } from '../suggest.ts';
import type { KeywordEntry } from './entries.ts';

/** The same keyword in one or several blocks. */
export interface Found {
  readonly entry: KeywordEntry;
  /** Blocks where it may stand with the same meaning. */
  readonly blocks: readonly string[];
}

/**
 * `query` is a keyword, a path (`vrrp_instance.priority`, `vrrp_instance/track_script`) or the end of one; a leading `/`
 * asks for the root level. None when there is no such keyword.
 */
export function findKeyword(entries: readonly KeywordEntry[], query: string): readonly Found[] {
  const exact = entries.filter((e) => e.block === '*' && (e.keyword === query || withoutBraces(e.keyword) === query));
  if (exact.length > 0) return together(exact);
  // No keyword has a dot; a path copied from JSON has.
  const wanted = query.replaceAll('.', '/').split('/').filter(Boolean);
  if (wanted.length === 0) return [];
  const path = wanted.join('/');
  const whole = entries.filter((e) => e.path === path && (wanted.length > 1 || query.startsWith('/')));
  if (whole.length > 0 || query.startsWith('/')) return together(whole);
  return together(entries.filter((e) => e.path === path || e.path.endsWith(`/${path}`)));
}

/** A keyword that the last word of `query` may have meant. */
export function suggestKeyword(entries: readonly KeywordEntry[], query: string): string | null {
  const word = query.split(/[./]/).filter(Boolean).at(-1) ?? '';
  return nearest(word, new Set(entries.map((e) => e.keyword)));
}

/** Lists whose entries take `word`: not a keyword, but worth a hint. */
export function listsWith(entries: readonly KeywordEntry[], word: string): readonly KeywordEntry[] {
  const wanted = word.toLowerCase();
  return entries.filter(
    (e) =>
      e.kind !== 'language' &&
      e.syntax
        .split(/[^A-Za-z0-9_-]+/)
        .slice(1)
        .includes(wanted),
  );
}

function together(entries: readonly KeywordEntry[]): Found[] {
  const found = new Map<string, { entry: KeywordEntry; blocks: string[] }>();
  for (const entry of entries) {
    const { path: _path, block, example: _example, ...same } = entry;
    // What stands inside tells blocks of one name apart; only the callers of their keywords need to see that.
    const key = JSON.stringify(entry.kind === 'block' ? { ...same, path: entry.path } : same);
    const known = found.get(key);
    if (known) known.blocks.push(block);
    else found.set(key, { entry, blocks: [block] });
  }
  return [...found.values()];
}

function withoutBraces(keyword: string): string {
  return keyword.replace(/^\$\{(.*)\}$/, '$1');
}
