// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { limits } from '../../../lib/config/limits.ts';
import { load } from './load.ts';

function limitOf(text: string, files = {}): string | null {
  const started = Date.now();
  const loaded = load(text, {}, files);
  assert.ok(Date.now() - started < 9000, 'took too long');
  const found = loaded.findings.find((f) => f.code === 'limit-exceeded');
  if (found) assert.deepEqual([loaded.config, loaded.startStatus, loaded.testStatus >= 4], [null, 2, true]);
  return found?.word ?? null;
}

describe('what a configuration may cost', () => {
  it('nested sequences that make a thousand million lines are refused', () => {
    assert.equal(limitOf('~SEQ(A,1,1000) ~SEQ(B,1,1000) ~SEQ(C,1,1000) $D=1'), 'generatedLines');
    assert.equal(limitOf('~SEQ(A,0x7fffffff)'), 'generatedLines');
  });

  it('definitions that multiply are refused', () => {
    const doubling = Array.from({ length: 40 }, (_, i) => `$A${i + 1}= \\\nchild_wait_time 5 \\\n$A${i} \\\n$A${i}\n`).join('');
    assert.equal(limitOf(`$A0=\n${doubling}$A40`), 'generatedLines');
  });

  it('a definition that contains itself is refused', () => {
    assert.match(limitOf('$A= \\\nx \\\n$A\n$A') ?? '', /^(expansionDepth|generatedLines)$/);
  });

  it('very deep blocks are refused', () => {
    assert.equal(limitOf('{'.repeat(10_000).replace(/(.{500})/g, '$1\n')), 'blockDepth');
    assert.equal(limitOf(`virtual_server x ${'{\n'.repeat(10_000)}`), 'blockDepth');
  });

  it('includes within one another without a loop are refused when too deep', () => {
    const files = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`/etc/keepalived/f${i}`, `include f${i + 1}`]));
    assert.equal(limitOf('include f0', files), 'includeDepth');
  });

  it('many files side by side are not', () => {
    const files = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`/etc/keepalived/d/f${i}`, '$A=1']));
    assert.equal(limitOf('include d/*', files), null);
  });

  it('patterns with too many alternatives are refused', () => {
    assert.equal(limitOf(`include ${'{a,b}'.repeat(60)}`), 'braceAlternatives');
  });

  it('sixty-four blocks are enough for anyone and all allowed', () => {
    assert.equal(limitOf('{\n'.repeat(limits.blockDepth) + '}\n'.repeat(limits.blockDepth)), null);
  });
});
