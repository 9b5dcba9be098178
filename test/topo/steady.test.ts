// SPDX-License-Identifier: MIT
// Adverts every 10 ms on a machine that has 32 processes too many, without a keyword about scheduling: nobody may take over, and the
// gaps stay those of an idle machine. The bench has the longer run, with keepalived beside it.

import assert from 'node:assert/strict';
import { disturbed } from '../../bench/disturbed.ts';
import { quantile } from '../../bench/statistics.ts';
import { steady } from '../../bench/steady.ts';
import { ownCommand } from '../../lib/lab/daemon.ts';

describe('10 ms adverts beside 32 busy processes', function () {
  this.timeout(60_000);
  let gaps: readonly number[] = [];
  let takeovers: readonly number[] = [];

  before(async () => {
    const conditions = { interval: 1, realtime: null, load: 'busy', jitter: { instances: 1, window: 6 } } as const;
    const sample = await steady.run({ name: 'ka-ts', command: ownCommand() }, conditions);
    gaps = sample.gaps ?? [];
    takeovers = (sample.takeovers ?? []).slice(1);
  });

  it('let nobody take over', () => assert.deepEqual(takeovers, []));

  it('keep coming: each in its turn, none left out', () => assert.ok(gaps.length > 590, `${gaps.length} gaps in 6 s`));

  it('keep their distance', () => {
    // Three intervals and the skew are 34 ms: half of it would still be no danger, but no merit either.
    assert.ok(quantile(gaps, 1) < 8, `the longest gap was ${(10 + quantile(gaps, 1)).toFixed(2)} ms`);
    assert.ok(quantile(gaps, 0.99) < 2, `p99 was ${(10 + quantile(gaps, 0.99)).toFixed(2)} ms`);
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    assert.ok(Math.abs(mean) < 0.01, `on average ${mean.toFixed(4)} ms beyond the interval`);
  });
});

describe('10 ms adverts while garbage is collected ten times a second, beside 32 busy processes', function () {
  this.timeout(60_000);

  it('keep their distance, and nobody takes over', async () => {
    const bench = disturbed.find(({ scenario }) => scenario.includes('garbage'));
    const conditions = { interval: 1, realtime: null, load: 'busy', jitter: { instances: 1, window: 4 } } as const;
    const { gaps = [], takeovers = [] } = (await bench?.run({ name: 'ka-ts', command: ownCommand() }, conditions)) ?? {};
    assert.deepEqual(takeovers.slice(1), []);
    assert.ok(gaps.length > 390, `${gaps.length} gaps in 4 s`);
    assert.ok(quantile(gaps, 1) < 8, `the longest gap was ${(10 + quantile(gaps, 1)).toFixed(2)} ms`);
  });
});
