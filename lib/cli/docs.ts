// SPDX-License-Identifier: MIT
// `npm run docs`: writes the documents that are made from the tables. A test holds them to what the tables say now.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { clusterCodes } from '../config/cluster/codes.ts';
import { codes } from '../config/codes.ts';
import { errorsPage } from '../config/codes-page.ts';
import { keywordEntries } from '../config/reference/entries.ts';
import { referencePage } from '../config/reference/markdown.ts';
import { configSchema } from '../config/schema.ts';
import { grammar } from '../grammar.ts';
import { metricsPage } from '../metrics/core/page.ts';
import { optionsPage } from './options-page.ts';

/** Documents made from the tables: path from the root of the repository → text. */
export function generatedDocuments(): Readonly<Record<string, string>> {
  return {
    'docs/reference/keywords.md': referencePage(keywordEntries(grammar)),
    'docs/reference/errors.md': errorsPage(codes, clusterCodes),
    'docs/reference/metrics.md': metricsPage(),
    'docs/reference/options.md': optionsPage(),
    'docs/reference/config.schema.json': `${JSON.stringify(configSchema(grammar), null, 1)}\n`,
  };
}

/** Writes them below `root`. */
export function writeDocuments(root: string): void {
  for (const [path, text] of Object.entries(generatedDocuments())) {
    const file = join(root, path);
    mkdirSync(resolve(file, '..'), { recursive: true });
    writeFileSync(file, text);
  }
}

if (process.argv[1] === import.meta.filename) writeDocuments(resolve(import.meta.dirname, '..', '..'));
