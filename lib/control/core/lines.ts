// SPDX-License-Identifier: MIT
// Bytes of a stream as lines of bounded length.

/** What has come since the last look. */
export interface Lines {
  readonly lines: readonly string[];
  /** A line was longer than allowed: nothing after it can be trusted. */
  readonly tooLong: boolean;
}

export interface LineReader {
  push(chunk: string): Lines;
  /** Something came that has no end yet. */
  isWithin(): boolean;
}

/** `longest`: UTF-16 units of a line. */
export function createLineReader(longest: number): LineReader {
  let rest = '';
  let broken = false;
  return {
    push(chunk) {
      if (broken) return { lines: [], tooLong: false };
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      const whole: string[] = [];
      for (const line of parts) {
        if (line.length > longest) {
          broken = true;
          break;
        }
        whole.push(line);
      }
      broken ||= rest.length > longest;
      if (broken) rest = '';
      return { lines: whole, tooLong: broken };
    },
    isWithin: () => rest !== '',
  };
}
