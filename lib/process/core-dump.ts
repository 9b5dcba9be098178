// SPDX-License-Identifier: MIT
// -m and -M: core files of a process that crashes (reference: process document, section 1).

import { readFileSync, writeFileSync } from 'node:fs';
import { errorText } from '../base/errors.ts';
import type { DaemonOptions } from '../cli/options.ts';
import type { NativeAddon } from '../native/surface.ts';
import type { Log } from '../ports/log.ts';

const patternFile = '/proc/sys/kernel/core_pattern';

export interface CoreDumps {
  /** What children must know: scripts get the old limit back. */
  readonly forChildren: { readonly scriptCoreLimit?: number | null };
  /** Puts the machine's pattern back. Any number of times. */
  restore(): void;
}

/** What the system refuses is logged; the daemon goes on. */
export function allowCoreDumps(
  options: Pick<DaemonOptions, 'coreDump' | 'coreDumpPattern'>,
  native: Pick<NativeAddon, 'limit' | 'setLimit'>,
  log: Log,
): CoreDumps {
  if (!options.coreDump) return { forChildren: {}, restore() {} };
  const before = native.limit('core');
  try {
    native.setLimit('core', { soft: null, hard: null });
  } catch (error) {
    log.warning(`Unable to raise the limit of core files - ${errorText(error)}`);
    // As far as the hard limit allows.
    native.setLimit('core', { soft: before.hard, hard: before.hard });
  }
  let pattern = setPattern(options.coreDumpPattern, log);
  return {
    forChildren: { scriptCoreLimit: before.soft },
    restore() {
      if (pattern !== null) setPattern(pattern, log);
      pattern = null;
    },
  };
}

/** The pattern of before; null: nothing was changed. */
function setPattern(pattern: string | null, log: Log): string | null {
  if (pattern === null) return null;
  try {
    const before = readFileSync(patternFile, 'utf8').trimEnd();
    writeFileSync(patternFile, pattern);
    return before;
  } catch (error) {
    log.warning(`Unable to set the core pattern - ${errorText(error)}`);
    return null;
  }
}
