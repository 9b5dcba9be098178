// SPDX-License-Identifier: MIT
// `-t`: reads and checks a configuration, says what it found, changes nothing.

import { openSync, writeSync } from 'node:fs';
import { errorText, exitStatus } from '../base/errors.ts';
import type { Loaded } from '../config/options.ts';
import { logLine } from '../config/report.ts';
import { saveConfiguration } from '../process/config-save.ts';
import { readOnce } from '../process/configuration.ts';
import type { CommandLine } from './options.ts';
import { remark } from './remarks.ts';

/** The number itself: process.stderr is a stream, which takes Node milliseconds to load. */
const standardError = 2;

/** Findings go to standard error, or are appended to a file; status 1 when that cannot be opened. */
export function testConfiguration({ options, logFile, remarks }: CommandLine & { readonly kind: 'config-test' }): number {
  remark(remarks);
  let output = standardError;
  try {
    if (logFile !== null) output = openSync(logFile, 'a', 0o644);
  } catch (error) {
    process.stderr.write(`Unable to open config-test log file ${logFile}: ${errorText(error)}\n`);
    return exitStatus.fatal;
  }
  const write = (line: string) => void writeSync(output, `${line}\n`);
  try {
    const loaded = readOnce({ ...options, file: options.configFile });
    saveConfiguration(loaded, process.pid, 0, write);
    return configTest(loaded, write);
  } catch (error) {
    // The namespace: keepalived ends with 0 there, but what was not looked at has not passed.
    write(`Unable to set network namespace - ${errorText(error)}`);
    return exitStatus.missingPermission;
  }
}

/** Prints the findings in keepalived's line form and returns its exit status: 0, 2, 4, 5 or 6. */
export function configTest(loaded: Loaded, write: (line: string) => void): number {
  for (const finding of loaded.findings) write(logLine(finding, loaded.filesRead.length));
  return loaded.testStatus;
}
