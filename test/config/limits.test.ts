// SPDX-License-Identifier: MIT
// Files made to cost too much: each is refused or cut in seconds, within bounded memory, and the finding names the limit.

import assert from 'node:assert/strict';
import { limits } from '../../lib/config/limits.ts';
import { loadConfig } from '../../lib/config/load.ts';
import type { Loaded } from '../../lib/config/options.ts';
import { memoryFiles } from '../unit/config/memory-files.ts';

const megabyte = 1024 * 1024;

/** Loads it; throws when that takes longer than anybody waits, or keeps more memory than a machine has to spare. */
function load(content: string | Uint8Array, others: Record<string, string> = {}): Loaded {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const began = performance.now();
  const before = process.memoryUsage.rss();
  const loaded = loadConfig(memoryFiles({ ...others, '/etc/keepalived/x': bytes }), {
    file: 'x',
    configId: 'low',
    seed: 1,
    lenient: false,
  });
  const grown = (process.memoryUsage.rss() - before) / megabyte;
  assert.ok(performance.now() - began < 45_000, `took ${Math.round(performance.now() - began)} ms`);
  assert.ok(grown < 1500, `grew by ${Math.round(grown)} MiB`);
  assert.ok(loaded.findings.length <= limits.findings + 50);
  return loaded;
}

/** The limit that a finding of `loaded` names. */
function limitOf(loaded: Loaded): string | null {
  return loaded.findings.find((f) => f.code === 'limit-exceeded')?.word ?? null;
}

function refused(loaded: Loaded, limit: keyof typeof limits): void {
  assert.equal(limitOf(loaded), limit);
  assert.deepEqual([loaded.config, loaded.startStatus, loaded.testStatus >= 4], [null, 2, true]);
  const text = loaded.findings.find((f) => f.code === 'limit-exceeded')?.message ?? '';
  assert.ok(text.includes(`limit ${limit}: ${limits[limit]}`), text);
}

describe('a file that is made to cost too much', function () {
  this.timeout(60_000);

  it('100 MB of braces on one line: a line too long', () => {
    const loaded = load(Buffer.alloc(100 * megabyte, '{'));
    assert.deepEqual(
      loaded.findings.map((f) => [f.code, f.expected]),
      [['line-too-long', `at most ${limits.lineBytes} bytes`]],
    );
  });

  it('100 MB of braces on lines of their own: too many lines', () => refused(load(Buffer.alloc(100 * megabyte, '{\n')), 'lines'));

  it('a few thousand braces: blocks within one another', () => refused(load('{\n'.repeat(5000)), 'blockDepth'));

  it('a line of 100 MB', () =>
    assert.deepEqual(
      load(Buffer.alloc(100 * megabyte, 'a ')).findings.map((f) => f.code),
      ['line-too-long'],
    ));

  it('100 MB of zero bytes', () =>
    assert.deepEqual(
      load(Buffer.alloc(100 * megabyte)).findings.map((f) => f.code),
      ['nul-byte'],
    ));

  it('100 MB of line ends', () => refused(load(Buffer.alloc(100 * megabyte, '\n')), 'lines'));

  it('more than all files may have', () => refused(load(Buffer.alloc(limits.totalBytes + 1, 'a')), 'totalBytes'));

  it('a million mistakes: the first thousand are shown, and reading ends', () => {
    const loaded = load('bogus\n'.repeat(1_000_000));
    refused(loaded, 'problems');
    const last = loaded.findings.at(-1);
    assert.deepEqual([last?.code, last?.severity], ['findings-truncated', 'notice']);
    assert.match(last?.message ?? '', /^9[0-9]{4} more findings are not shown \(limit findings: 1000\)$/);
  });

  it('ten thousand mistakes: the rest is counted, and the worst decides the status', () => {
    const missing = load(`${'bogus\n'.repeat(10_000)}vrrp_instance A {\n interface\n}\n`);
    assert.deepEqual([limitOf(missing), missing.testStatus], [null, 2]);
    assert.equal(load('bogus\n'.repeat(10_000)).testStatus, 5);
    assert.match(load('bogus\n'.repeat(10_000)).findings.at(-1)?.message ?? '', /^9000 more/);
  });

  it('files without a line that include each other side by side', () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`/etc/keepalived/d/${i}.conf`, '']));
    refused(load('include d/*.conf\n'.repeat(1000), many), 'includes');
  });

  it('files that include the next one a hundred times', () => {
    const chain = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`/etc/keepalived/f${i}`, `include f${i + 1}\n`.repeat(100)]));
    refused(load('include f0', { ...chain, '/etc/keepalived/f20': '$A=1' }), 'includes');
  });

  it('lines that are read again and again', () => {
    refused(load('include big\n'.repeat(50), { '/etc/keepalived/big': '$A=1\n'.repeat(100_000) }), 'lines');
  });

  it('a file that includes itself is read once', () => {
    assert.deepEqual(
      load('include x\n').findings.map((f) => f.code),
      ['include-loop'],
    );
  });

  it('references that multiply', () => {
    refused(load(`$A=b\n${`${`\${A}`.repeat(200)}\n`.repeat(20_000)}`), 'expansions');
    refused(load(`$A=$A\n${'$A\n'.repeat(2000)}`), 'expansions');
  });

  it('sequences within sequences, and in hexadecimal', () => {
    refused(load('~SEQ(A,1,100000) ~SEQx(B,1,100000) ~SEQ(C,1,100000) $D=1'), 'generatedLines');
  });

  it('lists within lists', () => {
    const list = (name: string) => `~LST(${name},${'a,'.repeat(100)}b) `;
    refused(load(`${list('A')}${list('B')}${list('C')}$D=1`), 'generatedLines');
  });

  it('a pattern with too many alternatives', () => refused(load(`include ${'{a,b}'.repeat(40)}`), 'braceAlternatives'));
});
