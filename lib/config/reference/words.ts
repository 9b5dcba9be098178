// SPDX-License-Identifier: MIT
// What the fields of an entry are called in texts for people.

import type { KeywordEntry } from './entries.ts';

export const reloadWords: Readonly<Record<'live' | 'restart' | 'never', string>> = {
  live: 'a change takes effect while running',
  restart: 'a change stops and starts the object',
  never: 'a change needs a restart of the daemon',
};

export const repeatWords: Readonly<Record<KeywordEntry['repeated'], string>> = {
  replaces: 'the last one counts',
  refused: 'the first one counts, another is an error',
  adds: 'all of them count together',
  another: 'each is another one',
};

export function blockWords(block: string): string {
  if (block === '*') return 'any line';
  return block === '/' ? 'the root level' : block;
}
