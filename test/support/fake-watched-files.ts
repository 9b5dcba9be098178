// SPDX-License-Identifier: MIT
import type { WatchedFiles } from '../../lib/ports/watched-files.ts';

export interface FakeFiles extends WatchedFiles {
  readonly contents: Map<string, string>;
  /** Paths that are watched, once per watch. */
  watched(): readonly string[];
  /** Writes (null: deletes) and tells. */
  change(path: string, text: string | null): void;
  trouble(path: string, why: string): void;
}

export function createFakeFiles(contents: Readonly<Record<string, string>> = {}): FakeFiles {
  const files = new Map(Object.entries(contents));
  const watches = new Set<{ path: string; onChange: () => void; onTrouble: (why: string) => void }>();
  const at = (path: string) => [...watches].filter((w) => w.path === path);
  return {
    contents: files,
    watched: () => [...watches].map((w) => w.path),
    change(path, text) {
      if (text === null) files.delete(path);
      else files.set(path, text);
      for (const watch of at(path)) watch.onChange();
    },
    trouble(path, why) {
      for (const watch of at(path)) watch.onTrouble(why);
    },
    read: (path) => files.get(path) ?? null,
    kind: (path) => (path.startsWith('/dev/') ? 'other' : files.has(path) ? 'regular' : 'missing'),
    write: (path, text) => {
      if (path.startsWith('/readonly/')) throw Object.assign(new Error('EROFS'), { code: 'EROFS' });
      files.set(path, text);
    },
    watch(path, onChange, onTrouble) {
      const watch = { path, onChange, onTrouble };
      watches.add(watch);
      return { close: () => watches.delete(watch) };
    },
  };
}
