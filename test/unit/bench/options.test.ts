// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { benchNames, parseOptions } from '../../../bench/options.ts';

describe('bench options', () => {
  it('runs everything seven times when nothing is asked for', () => {
    assert.deepEqual(parseOptions([]), {
      benches: [...benchNames],
      runs: null,
      interval: 1,
      loads: ['idle', 'busy'],
      realtime: null,
      jitter: { instances: 20, window: 30 },
      quick: false,
      json: false,
      save: false,
      packaged: false,
    });
  });

  it('takes what is asked for, each bench once', () => {
    const options = parseOptions(['jitter', '--runs', '9', '--interval=2', 'jitter', '--load', 'busy', '--realtime', '50', '--json']);
    assert.deepEqual(options.benches, ['jitter']);
    assert.deepEqual([options.runs, options.interval, options.loads, options.realtime, options.json], [9, 2, ['busy'], 50, true]);
  });

  it('is quick with one short run, unless a number of runs is given', () => {
    assert.equal(parseOptions(['--quick']).runs, 1);
    assert.deepEqual(parseOptions(['--quick']).jitter, { instances: 5, window: 5 });
    assert.equal(parseOptions(['--quick', '--runs', '3']).runs, 3);
  });

  it('watches long enough for gaps of any interval', () => {
    assert.equal(parseOptions(['--interval', '100']).jitter.window, 300);
  });

  for (const [words, complaint] of [
    [['codec'], /^there is no bench called codec; there are failover and /],
    [['--runs', '0'], /^--runs takes a whole number from 1 to 1000, not 0$/],
    [['--runs', 'many'], /^--runs takes/],
    [['--interval', '0.1'], /^--interval takes a whole number from 1 to 255, not 0\.1$/],
    [['--interval', '256'], /^--interval takes/],
    [['--load', 'heavy'], /^--load is idle or busy, not heavy$/],
    [['--realtime', '100'], /^--realtime takes a whole number from 1 to 99, not 100$/],
    [['--fast'], /--fast/],
  ] as const)
    it(`refuses ${words.join(' ')}`, () => assert.throws(() => parseOptions(words), { message: complaint }));
});
