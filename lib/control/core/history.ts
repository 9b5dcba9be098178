// SPDX-License-Identifier: MIT
// The latest events, numbered, and who is told of new ones.

import type { ControlEvent, EventBody } from '../document.ts';

export interface History {
  /** Finished JSON of the event goes to those who watch. */
  add(at: number, body: EventBody): void;
  /** Oldest first, as the inside of a JSON array. */
  text(): string;
  /** Those after this id. */
  since(id: number): readonly string[];
  lastId(): number;
  watch(listener: (event: string) => void): () => void;
}

export function createHistory(size: number): History {
  const kept: { readonly id: number; readonly text: string }[] = [];
  const listeners = new Set<(event: string) => void>();
  let id = 0;
  return {
    add(at, body) {
      id++;
      const event: ControlEvent = { id, at, ...body };
      const text = JSON.stringify(event);
      kept.push({ id, text });
      if (kept.length > size) kept.shift();
      for (const listener of [...listeners]) listener(text);
    },
    text: () => kept.map((e) => e.text).join(','),
    since: (from) => kept.filter((e) => e.id > from).map((e) => e.text),
    lastId: () => id,
    watch(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
