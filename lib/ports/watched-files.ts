// SPDX-License-Identifier: MIT
// Files that trackers read and watch.

/** What is read of a file, in bytes. */
export const FILE_LIMIT = 127;

export interface FileWatch {
  /** Any number of times; no call afterwards. */
  close(): void;
}

export interface WatchedFiles {
  /** Its first FILE_LIMIT bytes as Latin-1; null: missing, unreadable or no regular file. Never throws, never waits. */
  read(path: string): string | null;
  kind(path: string): 'missing' | 'regular' | 'other';
  /** Creates the file or replaces its content. Throws Error{code}. */
  write(path: string, text: string): void;
  /**
   * Calls when the file may have other content than before: written, replaced, deleted, its directory made or removed, a symbolic
   * link on its way changed. Never before watch() has returned. `onTrouble`: it can only be looked at now and then, and why;
   * told once until that ends.
   */
  watch(path: string, onChange: () => void, onTrouble: (why: string) => void): FileWatch;
}
