// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import type { Bench, Comparison, Sample, Series } from '../../../bench/bench.ts';
import { compare } from '../../../bench/compare.ts';
import { figuresOf, jsonLine } from '../../../bench/figures.ts';
import { quantile } from '../../../bench/statistics.ts';
import { align, renderTables } from '../../../bench/table.ts';

const longest = (series: Series) => quantile(series, 1);
const conditions = { load: 'idle', interval: 1, realtime: null, jitter: { instances: 1, window: 1 } } as const;

function bench(run: Bench['run'] = () => Promise.reject(new Error('not to be run'))): Bench {
  return {
    name: 'sprint',
    scenario: 'hurdles',
    figures: [
      { name: 'longest', series: 'gaps', reduce: longest, atMostAbove: { idle: 1 } },
      { name: 'longest of all', series: 'gaps', reduce: longest, pooled: true },
    ],
    run,
  };
}

function comparison(ours: readonly number[][], theirs: readonly number[][]): Comparison {
  const samples = (lists: readonly number[][]): Sample[] => lists.map((gaps) => ({ gaps }));
  return {
    bench: bench(),
    conditions,
    samples: new Map([
      ['ours', samples(ours)],
      ['theirs', samples(theirs)],
    ]),
    inUse: 0.026,
  };
}

describe('figures of a comparison', () => {
  const found = figuresOf(comparison([[1, 2], [3], [-10]], [[4], [4, 5], [6, 0]]));

  it('are medians over the runs, with the run furthest from zero beside them', () => {
    const [figure] = found;
    assert.deepEqual(figure?.reference, { candidate: 'theirs', median: 5, worst: 6, values: [4, 5, 6] });
    const [other] = figure?.others ?? [];
    assert.deepEqual([other?.median, other?.worst, other?.values], [2, -10, [2, 3, -10]]);
    assert.deepEqual([other?.ratio, other?.difference], [0.4, -3]);
  });

  it('put all runs together where a figure is pooled', () => {
    assert.deepEqual(found[1]?.others[0]?.values, [3]);
    assert.deepEqual(found[1]?.reference.values, [6]);
  });

  it('hold the difference against the target of this load', () => {
    assert.deepEqual(found[0]?.others[0]?.target, { text: '≤ 1 above', met: true });
    assert.equal(found[1]?.others[0]?.target, null);
    const missed = figuresOf(comparison([[6.1]], [[5]]));
    assert.deepEqual(missed[0]?.others[0]?.target, { text: '≤ 1 above', met: false });
    const equal = figuresOf(comparison([[6]], [[5]]));
    assert.deepEqual(equal[0]?.others[0]?.target?.met, true);
  });

  it('are not made from a run that measured nothing', () => {
    assert.throws(() => figuresOf(comparison([[]], [[1]])), /a run has no gaps/);
  });

  it('become one line of JSON each, without floating-point dust', () => {
    const [figure] = figuresOf(comparison([[0.1 + 0.2]], [[1]]));
    assert.ok(figure);
    const line = jsonLine(figure);
    assert.ok(!line.includes('\n'));
    const { others, ...rest } = JSON.parse(line);
    assert.deepEqual(others[0].values, [0.3]);
    assert.deepEqual([rest.bench, rest.scenario, rest.load, rest.figure, rest.unit], ['sprint', 'hurdles', 'idle', 'longest', 'ms']);
  });

  it('become a table with a title that says what was run', () => {
    assert.equal(
      renderTables(found),
      [
        'sprint, hurdles, idle: adverts every 1 s, 3 runs each, processors 3 % in use; median (worst)',
        '                                 ours  ratio  difference           target         theirs',
        '  longest, ms         2.000 (-10.000)   0.40      -3.000  met (≤ 1 above)  5.000 (6.000)',
        '  longest of all, ms            3.000   0.50      -3.000                           6.000',
      ].join('\n'),
    );
  });

  it('leave out a column in which nobody says anything', () => {
    assert.equal(
      align([
        ['', 'a', 'b'],
        ['x', '', '10'],
      ]),
      '      b\n  x  10',
    );
  });
});

describe('a comparison', () => {
  it('lets the candidates take turns', async () => {
    const order: string[] = [];
    const candidates = ['A', 'B'].map((name) => ({ name, command: [name] }));
    const reported: string[] = [];
    const runner = bench(async ({ name }) => {
      order.push(name);
      return { gaps: [order.length] };
    });
    const { samples, inUse } = await compare(runner, candidates, conditions, 3, (run, { name }) => reported.push(`${name}${run}`));
    assert.deepEqual(order, ['A', 'B', 'A', 'B', 'A', 'B']);
    assert.ok(inUse >= 0 && inUse <= 1);
    assert.deepEqual(reported, ['A1', 'B1', 'A2', 'B2', 'A3', 'B3']);
    assert.deepEqual(samples.get('B'), [{ gaps: [2] }, { gaps: [4] }, { gaps: [6] }]);
  });

  it('says in which run of whom something went wrong', async () => {
    const failing = bench(() => Promise.reject(new Error('no advert came')));
    const candidates = [{ name: 'A', command: ['a'] }];
    await assert.rejects(
      compare(failing, candidates, conditions, 7, () => {}),
      { message: 'sprint, hurdles, idle, run 1 of A: no advert came' },
    );
  });
});
