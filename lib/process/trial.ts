// SPDX-License-Identifier: MIT
// A new program is tried before it takes the place of a running one: it must load its addon and read the configuration. It
// says so on standard output and ends; it starts nothing and touches nothing.

import { spawn } from 'node:child_process';
import { errorText, exitStatus } from '../base/errors.ts';
import { seconds } from '../base/time.ts';
import { version } from '../base/version.ts';
import type { DaemonOptions } from '../cli/options.ts';
import { logLine } from '../config/report.ts';
import { createSystem } from '../kernel/system.ts';
import { loadNative } from '../native/load.ts';
import { createReader } from './configuration.ts';
import { trialVariable } from './marks.ts';
import type { Command } from './own-program.ts';

const limit = seconds(20);
const mostOutput = 4096;

/** The exit status of a trial. */
export function runTrial(options: DaemonOptions): number {
  try {
    const native = loadNative();
    const load = createReader(
      { file: options.configFile, configId: options.configId, strictIncludes: options.strictIncludes },
      createSystem(native).hostName(),
      native,
    );
    const loaded = load();
    if (!loaded.config) {
      const worst = loaded.findings.find((f) => f.severity === 'fatal') ?? loaded.findings[0];
      process.stdout.write(
        worst ? `it refuses the configuration: ${logLine(worst, loaded.filesRead.length)}\n` : 'it cannot read the configuration\n',
      );
      return exitStatus.config;
    }
    process.stdout.write(`${version.own}\n`);
    return exitStatus.ok;
  } catch (error) {
    process.stdout.write(`${errorText(error)}\n`);
    return exitStatus.internal;
  }
}

export type TrialResult = { readonly version: string } | { readonly refusal: string };

/** Tries `command` in `directory`. Called back once. */
export function tryProgram({ path, arguments: words }: Command, directory: string, done: (result: TrialResult) => void): void {
  let said = '';
  const child = spawn(path, words, {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, [trialVariable]: '1' },
    timeout: limit / 1000,
    killSignal: 'SIGKILL',
  });
  let over = false;
  const end = (result: TrialResult) => {
    if (!over) done(result);
    over = true;
  };
  child.stdout?.on('data', (bytes: Buffer) => {
    if (said.length < mostOutput) said += bytes.toString();
  });
  child.on('error', (error) => end({ refusal: errorText(error) }));
  child.on('close', (status, signal) => {
    const text = said.trim();
    if (status === 0 && /^\d+\.\d+\.\d+\S*$/.test(text)) end({ version: text });
    else if (signal !== null) end({ refusal: 'it did not answer in time' });
    else end({ refusal: text.split('\n', 1)[0] || `it ended with status ${status}` });
  });
}
