// SPDX-License-Identifier: MIT
// What a configuration may cost. keepalived has few limits and can be driven into endless loops; each of these ends
// reading with a finding that names it.

export const limits = {
  /** keepalived's own limit for a physical line, bytes without the newline. */
  lineBytes: 1022,
  /** keepalived's own limit for a line after expansion. */
  expandedBytes: 1023,
  /** References replaced in one line: a definition that refers to itself without growing would never end. */
  replacements: 1000,
  /** References replaced in all. */
  expansions: 1_000_000,
  /** Lines made by sequences and multi-line definitions, in all. */
  generatedLines: 500_000,
  /** Bytes of one file. */
  fileBytes: 64 * 1024 * 1024,
  /** Bytes of all files. */
  totalBytes: 256 * 1024 * 1024,
  /** Physical lines read, in all; a file that is included twice counts twice. */
  lines: 2_000_000,
  /** Files read, in all. */
  files: 10_000,
  /** Patterns looked up and files opened for include lines, in all: empty files can include each other without end. */
  includes: 100_000,
  /** Files open within one another. */
  includeDepth: 64,
  /** Running sequences and definitions within one another. */
  expansionDepth: 1000,
  /** Braces within one another. */
  blockDepth: 64,
  /** Alternatives of one include pattern with braces. */
  braceAlternatives: 1000,
  /** Findings kept; of the rest only those that change the outcome, the others are counted. */
  findings: 1000,
  /** Findings counted: a file of nothing but mistakes is no configuration. */
  problems: 100_000,
} as const;

/** Thrown inside the reader and caught in load.ts: reading ends here. */
export class LimitExceeded extends Error {
  readonly limit: keyof typeof limits;
  constructor(limit: keyof typeof limits, what: string) {
    super(`${what} (limit ${limit}: ${limits[limit]})`);
    this.name = 'LimitExceeded';
    this.limit = limit;
  }
}

/** Length in bytes as UTF-8, cheap for the usual case. */
export function byteLength(text: string): number {
  let n = text.length;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c > 0x7f) n += c > 0x7ff && (c < 0xd800 || c > 0xdfff) ? 2 : 1;
  }
  return n;
}
