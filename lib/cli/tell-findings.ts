// SPDX-License-Identifier: MIT
// What is wrong with a configuration that the running daemon shall take, told to whoever asks for that.

import { hostname } from 'node:os';
import { diagnose } from '../config/diagnose.ts';
import { createConfigFiles } from '../kernel/config-files.ts';
import type { ScreenOutput } from './output.ts';
import { findingRenderer } from './render-findings.ts';

/**
 * Writes the findings that `ka-ts check` has of `file` to standard error, secrets masked; nothing when it cannot be read from here:
 * the daemon may live elsewhere, and says itself what it could not read. `configId` null: the host name up to the first dot.
 */
export function tellFindings(file: string, configId: string | null, output: ScreenOutput): void {
  const { findings, loaded } = diagnose(createConfigFiles(), {
    file,
    configId: configId ?? hostname().split('.')[0] ?? '',
    env: process.env,
  });
  if (loaded.filesRead.length === 0) return;
  // What colour says of standard output need not hold for standard error.
  const render = findingRenderer('people', { colour: false, width: output.width });
  for (const finding of findings) output.error(render(finding, loaded.sourceLine));
}
