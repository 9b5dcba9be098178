// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { chunksOf, recordingFile } from '../../../packaging/recording/record.ts';
import { linesOf, render } from '../../../packaging/recording/render.ts';

const look = { columns: 40, rows: 5, speed: 2, hold: 3, title: 'a <b>' };

describe('the recording of a terminal', () => {
  it('has each run of words at its column, in its colours', () => {
    const lines = linesOf([
      { at: 1, text: 'a  \u001b[1mb \u001b[32mc\u001b[39m\u001b[22m\r\n\r\n' },
      { at: 2, text: '\u001b[2m│\u001b[22m d' },
    ]);
    assert.deepEqual(lines, [
      {
        at: 1,
        spans: [
          { column: 0, text: 'a', look: '' },
          { column: 3, text: 'b', look: 'o' },
          { column: 5, text: 'c', look: 'g o' },
        ],
      },
      { at: 1, spans: [] },
      {
        at: 2,
        spans: [
          { column: 0, text: '│', look: 'd' },
          { column: 2, text: 'd', look: '' },
        ],
      },
    ]);
  });

  it('moves up when lines come, at its speed, and holds its end', () => {
    const svg = render(
      [
        { at: 0, text: 'one\n' },
        { at: 4, text: 'two & three\n' },
      ],
      look,
    );
    assert.match(svg, /animation:p 5\.0s step-end infinite/);
    // Five rows: the cover goes down by two lines, and nothing has to move.
    assert.match(
      svg,
      /@keyframes q\{0%\{transform:translateY\(0px\)\}0\.00%\{transform:translateY\(18px\)\}40\.00%\{transform:translateY\(36px\)\}/,
    );
    assert.match(svg, /@keyframes p\{0%\{transform:translateY\(0px\)\}0\.00%\{transform:translateY\(0px\)\}40\.00%/);
    const full = render(
      Array.from({ length: 8 }, (_, at) => ({ at, text: `${at}\n` })),
      look,
    );
    assert.match(full, /100%\{transform:translateY\(-54px\)\}/);
    assert.match(svg, /two &amp; three/);
    assert.match(svg, /a &lt;b&gt;/);
  });

  it('is put together of what script(1) keeps: bytes and waits, characters whole', () => {
    const out = Buffer.from('│ a\nb\n');
    // The first piece ends within the bar.
    const chunks = chunksOf(out, '0.5 2\n0.25 4\n1 2\n');
    assert.deepEqual(chunks, [
      { at: 0.75, text: '│ a\n' },
      { at: 1.75, text: 'b\n' },
    ]);
  });

  it('of the lab is small, shows every step, and follows the scheme of the reader', () => {
    const svg = readFileSync(recordingFile, 'utf8');
    assert.ok(statSync(recordingFile).size <= 200_000);
    assert.match(svg, /Every one of 10 steps did what VRRP promises/);
    assert.match(svg, /prefers-color-scheme:dark/);
    assert.doesNotMatch(svg, /<script|href=|\/work\/|\/root\//);
  });
});
