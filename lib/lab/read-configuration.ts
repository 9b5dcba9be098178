// Reads a node's configuration as the daemon will, but for what only the node itself can know: its interfaces.

import { err, ok } from '../base/result.ts';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/model.ts';
import { describe } from '../config/report.ts';
import { createConfigFiles } from '../kernel/config-files.ts';

/** `file` null: the built-in text. Throws Error with the findings when a daemon would refuse to start with it. */
export function readConfiguration(file: string | null, text: string): Config {
  const files = createConfigFiles();
  const builtin = '/built-in.conf';
  const source =
    file === null
      ? {
          ...files,
          read: (path: string) => (path === builtin ? ok(new TextEncoder().encode(text)) : err('missing' as const)),
          glob: () => [builtin],
        }
      : files;
  const loaded = loadConfig(source, { file: file ?? builtin, configId: '' });
  if (loaded.config) return loaded.config;
  throw new Error(
    `${file ?? 'the built-in configuration'} cannot be used:\n${loaded.findings.map((f) => describe(f, loaded.sourceLine)).join('\n')}`,
  );
}
