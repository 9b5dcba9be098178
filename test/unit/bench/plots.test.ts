// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import type { Figure } from '../../../bench/figures.ts';
import { plot } from '../../../bench/plots.ts';

describe('a plot', () => {
  const standing = (candidate: string, median: number, worst: number) => ({ candidate, median, worst, values: [median, worst] });
  const figure: Figure = {
    bench: 'sprint',
    scenario: 'hurdles & <walls>',
    load: 'idle',
    figure: 'longest',
    unit: 'ms',
    interval: null,
    realtime: null,
    runs: 2,
    inUse: 0,
    reference: standing('theirs', 10, 20),
    others: [{ ...standing('ours', 5, 5), ratio: 0.5, difference: -5, target: null }],
  };

  it('draws each bar as long as its median, to the scale of the worst run of both', () => {
    const text = plot({ circumstances: ['a machine'], figures: [figure] });
    const bars = [...text.matchAll(/<rect [^>]*width="([0-9.]+)"[^>]*class="(\w+)"/g)].map((m) => [m[2], Number(m[1])]);
    assert.deepEqual(bars, [
      ['ours', 95],
      ['theirs', 190],
    ]);
  });

  it('is a document of its own whatever a scenario is called', () => {
    const text = plot({ circumstances: [], figures: [figure] });
    assert.ok(text.startsWith('<svg xmlns="http://www.w3.org/2000/svg"') && text.endsWith('</svg>\n'));
    assert.ok(text.includes('hurdles &amp; &lt;walls>'));
  });
});
