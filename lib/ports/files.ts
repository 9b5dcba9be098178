// SPDX-License-Identifier: MIT
// The few file operations the daemon makes while it runs, outside reading its configuration.

/** A file held by an open-file-description lock for as long as this process lives or until release(). */
export interface LockedFile {
  /** Replaces the content; the lock stays. Throws Error{code}. */
  write(text: string): void;
  /** Unlinks the path if it still is this file, and lets go of the lock. Any number of times. */
  remove(): void;
  /** Lets go of the lock and leaves the file. Any number of times. */
  release(): void;
}

export interface Files {
  /** Opens or creates (no symbolic link followed, mode exactly 0644) and locks; 'locked': another process holds it. Throws Error{code}. */
  lock(path: string): LockedFile | 'locked';
  /** Removes a file; a missing one is no error. */
  remove(path: string): void;
}
