// SPDX-License-Identifier: MIT
// config_save_dir: what each load read, for whoever has to find out later what a reload did (reference: process document,
// section 7). The state around a reload is written by the child that has it (child.ts).

import { closeSync, constants, mkdirSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, errorText } from '../base/errors.ts';
import { mergedText } from '../config/load.ts';
import type { Loaded } from '../config/options.ts';

/**
 * Writes `keepalived.conf.PID.N`, readable for its owner alone, as it may hold passwords; makes the directory when only that
 * is missing. `complain` gets a line when it cannot.
 */
export function saveConfiguration({ config, snapshot }: Loaded, pid: number, n: number, complain: (line: string) => void): void {
  const directory = config?.global_defs.config_save_dir;
  if (!directory) return;
  const fault = makeDirectory(directory) ?? writeAnew(join(directory, `keepalived.conf.${pid}.${n}`), mergedText(snapshot));
  if (fault !== null) complain(fault);
}

/** What a child calls its state before and after its reload `n`. */
export function stateFile(directory: string, role: string, pid: number, n: number, when: 'pre' | 'post'): string {
  return join(directory, `keepalived_${role}.${pid}.${n}.${when}`);
}

function makeDirectory(directory: string): string | null {
  try {
    mkdirSync(directory, 0o700);
    return null;
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') return `Unable to create config_save_dir ${directory} - ${errorText(error)}`;
    return statSync(directory).isDirectory() ? null : `config_save_dir ${directory} exists and is not a directory`;
  }
}

/** The name can be guessed: what somebody else has put there is replaced, never written through. */
function writeAnew(path: string, text: string): string | null {
  try {
    rmSync(path, { force: true });
    const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
    try {
      writeSync(fd, text);
    } finally {
      closeSync(fd);
    }
    return null;
  } catch (error) {
    return `Unable to save the configuration in ${path} - ${errorText(error)}`;
  }
}
