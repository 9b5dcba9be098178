// SPDX-License-Identifier: MIT
// The catalogue of codes against the code that reports them, its examples against what they give, and the page made of it.
// KA_UPDATE=1 writes the page.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { clusterCodes } from '../../../lib/config/cluster/codes.ts';
import { type CodeRow, codes } from '../../../lib/config/codes.ts';
import { errorsPage, exampleText } from '../../../lib/config/codes-page.ts';
import { diagnose } from '../../../lib/config/diagnose.ts';
import type { ScriptCheck } from '../../../lib/ports/script-checks.ts';
import { fakeScripts, main, usable } from './load.ts';
import { memoryFiles } from './memory-files.ts';

const root = resolve(import.meta.dirname, '..', '..', '..');
const lib = join(root, 'lib', 'config');
const page = join(root, 'docs', 'reference', 'errors.md');

/** The machine of the examples. */
const interfaces = ['eth0', 'eth1', 'lo', 'tun0'].map((name) => ({
  name,
  mtu: 1500,
  loopback: name === 'lo',
  multicast: name !== 'lo' && name !== 'tun0',
}));
const checks: Readonly<Record<string, ScriptCheck>> = {
  '/bin/true': usable('/bin/true'),
  '/bin/false': usable('/bin/false'),
  killall: usable('/usr/bin/killall', { found: '/usr/bin/killall' }),
  '/etc/not-executable': { kind: 'not_executable' },
  '/shared/check': usable('/shared/check', { unsafe: '/shared is writable by group staff' }),
  '/link/check': usable('/target/check', { symlink: '/link' }),
  '/dev/null': { kind: 'wrong_type', component: '/dev/null' },
};

function findingsOf(row: CodeRow) {
  const files = memoryFiles({ [main]: exampleText(row) });
  const { loaded, findings } = diagnose(files, { file: main, configId: 'node1', seed: 1, interfaces, scripts: fakeScripts(checks) });
  return [...loaded.findings, ...findings];
}

/** Words with a dash that are no codes. */
const otherWords = [
  'flag-1',
  'flag-2',
  'flag-3',
  'mh-fallback',
  'mh-port',
  'sched-1',
  'sched-2',
  'sched-3',
  'sh-fallback',
  'receive-only',
  'sh-port',
  'too-long',
  'ttl-propagate',
  'tunnel-id',
  'utf-8',
];

/** Codes as they are written where findings are reported: words with a dash that are no keys of a table. */
function codesInSource(): Set<string> {
  const found = new Set<string>(['duplicate']);
  const skipped = /^(cluster|format|reference|schema|codes)|^keywords\/(?!include-check)/;
  for (const file of readdirSync(lib, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || skipped.test(file)) continue;
    for (const m of readFileSync(join(lib, file), 'utf8').matchAll(/'([a-z0-9]+(?:-[a-z0-9]+)+)'(?!:)/g)) if (m[1]) found.add(m[1]);
  }
  for (const word of otherWords) found.delete(word);
  return found;
}

describe('the catalogue of codes', () => {
  it('has every code that is reported, and no other', () => {
    const reported = codesInSource();
    const missing = [...reported].filter((c) => !Object.hasOwn(codes, c));
    assert.deepEqual(missing, [], 'add a row to lib/config/codes.ts, or to the words above when it is no code');
    assert.deepEqual(
      Object.keys(codes).filter((c) => !reported.has(c)),
      [],
    );
  });

  it('has an example of each, but for those that need more than text', () => {
    const without = Object.entries(codes).flatMap(([code, row]) => (row.example === undefined ? [code] : []));
    assert.deepEqual(without.sort(), ['auth-hmac-exposed', 'file-missing', 'findings-truncated', 'multiple-files', 'number-junk'].sort());
  });

  for (const [code, row] of Object.entries(codes)) {
    if (row.example === undefined) continue;
    it(`says ${code} of its example`, () => {
      const found = findingsOf(row);
      const finding = found.find((f) => f.code === code);
      assert.ok(finding, `it gives ${found.map((f) => `${f.place?.line} ${f.code}: ${f.message}`).join('\n')}`);
      assert.equal(finding.severity, row.severity);
    });
  }

  it('is what docs/reference/errors.md says', () => {
    const text = errorsPage(codes, clusterCodes);
    if (process.env.KA_UPDATE === '1') writeFileSync(page, text);
    else assert.equal(readFileSync(page, 'utf8'), text, 'KA_UPDATE=1 rewrites it');
  });
});
