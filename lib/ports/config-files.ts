// SPDX-License-Identifier: MIT
// Reading configuration files. Only the parent reads them; children build from a snapshot of what it read
// (config/snapshot.ts), so that all processes see the same bytes even when a file changes meanwhile.

import type { Result } from '../base/result.ts';

/** Why a file is not read: keepalived skips directories, devices, and files with any execute bit. */
export type FileFault = 'missing' | 'directory' | 'not_regular' | 'executable' | 'unreadable' | 'too_big';

export interface ConfigFiles {
  /** Whole content of a file; `path` is absolute. Never throws. */
  read(path: string): Result<Uint8Array, FileFault>;
  /** Group or others may read or write the file: no place for a secret. Absent: nobody asks. Never throws. */
  exposed?(path: string): boolean;
  /**
   * Matches of one shell pattern without brace alternatives (the caller expands those), sorted by byte value.
   * A relative pattern starts at `directory` and gives relative matches; a plain name matches when it exists.
   */
  glob(pattern: string, directory: string): readonly string[];
  /** Working directory of the process, absolute. */
  directory(): string;
}
