// SPDX-License-Identifier: MIT
// The first lines of a daemon's log, in keepalived's words and layout. Pure.

import { version, versionText } from '../base/version.ts';
import type { System } from '../ports/system.ts';

/** As keepalived breaks the line with the words it was started with. */
const mostWords = 88;
const title = 'Command line: ';

/** `words`: program and arguments. */
export function introduction(kernel: ReturnType<System['kernel']>, words: readonly string[]): string[] {
  return [
    `Starting ${versionText}, ka-ts ${version.own}`,
    `Running on ${kernel.system} ${kernel.release} ${kernel.version} (Node ${process.version})`,
    ...wrapped(words.map((word) => `'${word}'`)).map((line, i) => (i === 0 ? title : ' '.repeat(title.length)) + line),
  ];
}

function wrapped(words: readonly string[]): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > mostWords) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
