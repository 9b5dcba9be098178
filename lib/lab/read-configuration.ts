// SPDX-License-Identifier: MIT
// Reads a node's configuration as the daemon will, but for what only the node itself can know: its interfaces.

import { err, ok } from '../base/result.ts';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/model.ts';
import { describe } from '../config/report.ts';
import { createConfigFiles } from '../kernel/config-files.ts';
import type { ConfigFiles } from '../ports/config-files.ts';

/** A path, or the text of a built-in configuration. Throws Error with the findings when a daemon would refuse to start with it. */
export function readConfiguration(source: { readonly file: string } | { readonly text: string }): Config {
  const files = createConfigFiles();
  const file = 'file' in source ? source.file : '/built-in.conf';
  const reading: ConfigFiles =
    'file' in source
      ? files
      : { ...files, read: (path) => (path === file ? ok(new TextEncoder().encode(source.text)) : err('missing')), glob: () => [file] };
  const loaded = loadConfig(reading, { file, configId: '' });
  if (loaded.config) return loaded.config;
  const said = loaded.findings.map((f) => describe(f, loaded.sourceLine)).join('\n');
  throw new Error(`${file} cannot be used:\n${said}`);
}
