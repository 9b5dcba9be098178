// SPDX-License-Identifier: MIT
// What the daemon behind a pid file was started with.

import { readFileSync, readlinkSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { defaultConfigFile } from '../process/places.ts';
import { parseCommandLine } from './options.ts';

/** The default file when it does not run. */
export function runningSource(pidFile: string): { file: string; configId: string | null } {
  try {
    const pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10);
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
    // The interpreter, its own options and the launcher stand before ours.
    const launcher = words.findIndex((word, i) => i > 0 && !word.startsWith('-'));
    const line = parseCommandLine(words.slice(basename(words[0] ?? '') === 'keepalived' ? 1 : launcher + 1));
    if (line.kind !== 'run') return { file: defaultConfigFile, configId: null };
    const { configFile, configId } = line.options;
    return { file: configFile === null ? defaultConfigFile : resolve(readlinkSync(`/proc/${pid}/cwd`), configFile), configId };
  } catch {
    return { file: defaultConfigFile, configId: null };
  }
}
