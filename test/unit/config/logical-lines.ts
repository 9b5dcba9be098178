// SPDX-License-Identifier: MIT
// What the reader makes of a text: the logical lines that the parser would see, blanks that mean nothing reduced.

import { collectFindings } from '../../../lib/config/findings.ts';
import { createReader } from '../../../lib/config/preprocess.ts';
import { physicalLines } from '../../../lib/config/source.ts';

/** Logical lines of `text` for a node of this name; findings without their places at the end. */
export function logicalLines(text: string, configId: string): string[] {
  const findings = collectFindings();
  const file = { path: '/main', directory: '/', lines: physicalLines(text) };
  const missing = { open: () => ({ ok: false, fault: 'missing' }) as const, glob: () => [], directory: '/' };
  const reader = createReader(
    missing,
    [{ display: 'main', file }],
    { configId, env: () => '', seed: 1, includeChecks: new Set(), onOpen: () => {} },
    findings,
  );
  const lines: string[] = [];
  for (let line = reader.next(); line !== null; line = reader.next()) lines.push(squeeze(line.text));
  return [...lines, ...findings.list.map((f) => `${f.code}: ${f.message}`)];
}

/** Blanks outside quotes separate words and mean nothing else; with single quotes or backslashes they may. */
function squeeze(text: string): string {
  return /['\\]/.test(text) ? text : text.replace(/"[^"]*"|[ \t]+/g, (found) => (found.startsWith('"') ? found : ' '));
}
