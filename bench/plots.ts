// SPDX-License-Identifier: MIT
// npm run bench -- plots: docs/plots/BENCH.svg from bench/results/BENCH.json.
//
// A pair of bars for each figure, each pair to its own scale, since one bench has milliseconds and MiB: short is good, the number
// beside the bar is the median, the thin line reaches to the worst run.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Figure, Standing } from './figures.ts';
import { readSaved, type Saved } from './results.ts';

const width = 920;
const labels = 390;
const bars = 380;
const row = 44;
const heading = 30;

/** Writes a file for each bench that was kept, and says which. */
export function plotAll(): void {
  const folder = join(import.meta.dirname, '..', 'docs', 'plots');
  mkdirSync(folder, { recursive: true });
  for (const [bench, saved] of readSaved()) {
    writeFileSync(join(folder, `${bench}.svg`), plot(saved));
    console.log(`docs/plots/${bench}.svg`);
  }
}

/** Colours that are seen on white and on black; the text follows the reader's scheme. */
const style = `<style>
text { font: 13px system-ui, sans-serif; fill: #24292f } .small { font-size: 11px; fill: #57606a } .title { font-weight: 600 }
.ours { fill: #2a7de1 } .theirs { fill: #c27c0e } .whisker { stroke: #7d8590; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .small { fill: #9198a1 } }
</style>`;

/** An SVG document. */
export function plot({ circumstances, figures }: Saved): string {
  const parts: string[] = [];
  let y = 18;
  const text = (x: number, at: number, words: string, kind = '') =>
    `<text x="${x}" y="${at}"${kind === '' ? '' : ` class="${kind}"`}>${escaped(words)}</text>`;
  for (const line of circumstances) {
    parts.push(text(8, y, line, 'small'));
    y += 16;
  }
  let title = '';
  for (const figure of figures) {
    const own = `${figure.bench}, ${figure.scenario}, ${figure.load}${figure.realtime === null ? '' : `, vrrp_rt_priority ${figure.realtime}`}`;
    if (own !== title) {
      y += heading;
      parts.push(text(8, y - 8, own, 'title'));
      title = own;
    }
    parts.push(text(8, y + 22, `${figure.figure}, ${figure.unit}`), ...pair(figure, y, text));
    y += row;
  }
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y + 10}" width="${width}" height="${y + 10}" role="img">`;
  return [head, style, ...parts, '</svg>', ''].join('\n');
}

function pair(figure: Figure, y: number, text: (x: number, y: number, words: string, kind: string) => string): string[] {
  const standings: readonly Standing[] = [...figure.others, figure.reference];
  const most = Math.max(...standings.map((s) => Math.max(Math.abs(s.median), Math.abs(s.worst))), 1e-9);
  return standings.flatMap((standing, i) => {
    const top = y + 4 + i * 18;
    const length = (value: number) => Math.max(1, (Math.abs(value) / most) * bars);
    const end = Math.max(length(standing.median), length(standing.worst));
    const middle = top + 7;
    return [
      `<rect x="${labels}" y="${top}" width="${length(standing.median).toFixed(1)}" height="14" rx="2" class="${i < figure.others.length ? 'ours' : 'theirs'}"/>`,
      `<line x1="${(labels + length(standing.median)).toFixed(1)}" x2="${(labels + end).toFixed(1)}" y1="${middle}" y2="${middle}" class="whisker"/>`,
      text(Math.round(labels + end + 6), top + 11, `${standing.candidate} ${rounded(standing.median)}`, 'small'),
    ];
  });
}

function rounded(value: number): string {
  const size = Math.abs(value);
  return (size < 0.0005 ? 0 : value).toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
