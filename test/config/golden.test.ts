// SPDX-License-Identifier: MIT
// Folders with in.conf and what comes of it: out.report (what people read), out.values (the typed configuration) and
// out.conf (the dump). KA_UPDATE=1 rewrites them; review reads the difference.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dumpConfig } from '../../lib/config/dump.ts';
import { loadConfig } from '../../lib/config/load.ts';
import type { LoadOptions } from '../../lib/config/options.ts';
import { describe as describeFinding, logLine } from '../../lib/config/report.ts';
import { memoryFiles } from '../unit/config/memory-files.ts';

const here = import.meta.dirname;
const update = process.env.KA_UPDATE === '1';

describe('configurations and what comes of them', () => {
  for (const name of readdirSync(here, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? [e.name] : []))) {
    it(name, () => {
      const folder = join(here, name);
      const inputs = readdirSync(folder).filter((f) => !f.startsWith('out.') && f !== 'options.json');
      const files = memoryFiles(Object.fromEntries(inputs.map((f) => [`/etc/keepalived/${f}`, readFileSync(join(folder, f), 'utf8')])));
      const loaded = loadConfig(files, { file: 'in.conf', configId: 'node1', seed: 1, ...optionsOf(folder) });
      const findings = loaded.findings.map(
        (f) => `${describeFinding(f, loaded.sourceLine)}\n  log: ${logLine(f, loaded.filesRead.length)}\n`,
      );
      const report = `${findings.join('\n')}\n-t: ${loaded.testStatus}\nstart: ${loaded.startStatus}\n`;
      expectFile(join(folder, 'out.report'), report);
      expectFile(join(folder, 'out.values'), `${JSON.stringify(loaded.config, null, 2)}\n`);
      expectFile(join(folder, 'out.conf'), loaded.config ? dumpConfig(loaded.config) : '');
    });
  }
});

function optionsOf(folder: string): Partial<LoadOptions> {
  const path = join(folder, 'options.json');
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Partial<LoadOptions>) : {};
}

function expectFile(path: string, text: string): void {
  if (update) writeFileSync(path, text);
  else assert.equal(text, readFileSync(path, 'utf8'), `${path} differs; KA_UPDATE=1 rewrites it`);
}
