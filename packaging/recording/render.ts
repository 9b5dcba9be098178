// SPDX-License-Identifier: MIT
// A terminal session as an animated SVG: lines that come at the bottom and move up, in the colours of the reader's own scheme. Pure.
//
// What is played is a program that prints lines and colours (SGR) and moves no cursor, which is all that the lab does.

/** What came on the terminal, and when: seconds since the start. */
export interface Chunk {
  readonly at: number;
  readonly text: string;
}

export interface Look {
  readonly columns: number;
  readonly rows: number;
  /** So many seconds of the session in one of the picture. */
  readonly speed: number;
  /** Seconds for which the end is shown before it begins anew. */
  readonly hold: number;
  readonly title: string;
}

interface Line {
  readonly at: number;
  readonly spans: readonly Span[];
}

interface Span {
  readonly column: number;
  readonly text: string;
  /** Classes of the style sheet, in order. */
  readonly look: string;
}

const cell = 8.4;
const height = 18;
const margin = 14;

const style = `text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:var(--f);white-space:pre}
svg{--b:#fff;--f:#24292f;--d:#6e7781;--r:#cf222e;--g:#1a7f37;--y:#8a5a00;--l:#0969da;--m:#8250df;--c:#0b7285}
@media(prefers-color-scheme:dark){svg{--b:#0d1117;--f:#e6edf3;--d:#8b949e;--r:#ff7b72;--g:#56d364;--y:#e3b341;--l:#79c0ff;--m:#d2a8ff;--c:#56d4dd}}
.o{font-weight:700}.d{fill:var(--d)}.r{fill:var(--r)}.g{fill:var(--g)}.y{fill:var(--y)}.l{fill:var(--l)}.m{fill:var(--m)}.c{fill:var(--c)}`;

const colours: Readonly<Record<number, string>> = { 31: 'r', 32: 'g', 33: 'y', 34: 'l', 35: 'm', 36: 'c' };

/** Lines in the order in which they were begun; control sequences other than colours are left out. */
export function linesOf(chunks: readonly Chunk[]): readonly Line[] {
  const lines: { at: number; spans: Span[] }[] = [];
  const open = { bold: false, dim: false, colour: '' };
  let column = 0;
  let line: { at: number; spans: Span[] } | null = null;
  for (const { at, text } of chunks) {
    for (const [token] of text.matchAll(/\u001b\[[0-9;?]*[A-Za-z]|\r|\n|[^\u001b\r\n]+|\u001b/g)) {
      const codes = /^\u001b\[([0-9;]*)m$/.exec(token)?.[1];
      if (codes !== undefined) {
        for (const code of codes.split(';').map(Number)) {
          if (code === 0) Object.assign(open, { bold: false, dim: false, colour: '' });
          else if (code === 1) open.bold = true;
          else if (code === 2) open.dim = true;
          else if (code === 22) Object.assign(open, { bold: false, dim: false });
          else if (code === 39) open.colour = '';
          else open.colour = colours[code] ?? open.colour;
        }
      } else if (token === '\n') {
        if (line === null) lines.push({ at, spans: [] });
        line = null;
        column = 0;
      } else if (!token.startsWith('\u001b') && token !== '\r') {
        if (line === null) {
          line = { at, spans: [] };
          lines.push(line);
        }
        const look = [open.colour || (open.dim ? 'd' : ''), open.bold ? 'o' : ''].filter(Boolean).join(' ');
        // Each run of words at its own column, so that a font of other widths cannot shift what follows.
        for (const { 0: words, index } of token.matchAll(/\S+(?: \S+)*/g))
          line.spans.push({ column: column + [...token.slice(0, index)].length, text: words, look });
        column += [...token].length;
      }
    }
  }
  return lines;
}

/** An SVG document. Without motion, for who asked for none, the end of the session is what it shows. */
export function render(chunks: readonly Chunk[], { columns, rows, speed, hold, title }: Look): string {
  const lines = linesOf(chunks);
  const width = Math.ceil(columns * cell + 2 * margin);
  const tall = rows * height + 2 * margin;
  const played = Math.max(...lines.map(({ at }) => at), 0) / speed;
  const length = played + hold;
  // Until the screen is full lines come from the top on, the rest being covered; then all moves up.
  const shift = (shown: number) => `transform:translateY(${Math.min(0, rows - shown) * height}px)`;
  const cover = (shown: number) => `transform:translateY(${Math.min(rows, shown) * height}px)`;
  const frames = lines
    // Lines that came together are one step.
    .flatMap(({ at }, i) => ((lines[i + 1]?.at ?? Number.POSITIVE_INFINITY) - at < 0.02 * speed ? [] : [{ at, shown: i + 1 }]))
    .map(({ at, shown }) => ({ when: `${((at / speed / length) * 100).toFixed(2)}%`, shown }));
  const moves = (move: (shown: number) => string, list: typeof frames) =>
    `0%{${move(0)}}${list.map(({ when, shown }) => `${when}{${move(shown)}}`).join('')}100%{${move(lines.length)}}`;
  // A screen that is full is covered by nothing any more.
  const filling = frames.slice(0, frames.findIndex(({ shown }) => shown >= rows) + 1 || frames.length);
  const motion = `.s{${shift(lines.length)}}.k{fill:var(--b);${cover(lines.length)}}
@media(prefers-reduced-motion:no-preference){.s{animation:p ${length.toFixed(1)}s step-end infinite}.k{animation:q ${length.toFixed(1)}s step-end infinite}}
@keyframes p{${moves(shift, frames)}}
@keyframes q{${moves(cover, filling)}}`;
  const text = lines.map(({ spans }, i) => {
    const parts = spans.map(
      (span) => `<tspan x="${trim(span.column * cell)}"${span.look ? ` class="${span.look}"` : ''}>${escaped(span.text)}</tspan>`,
    );
    return parts.length === 0 ? '' : `<text y="${(i + 1) * height - 4}">${parts.join('')}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${tall}" width="${width}" height="${tall}" role="img" aria-labelledby="t">
<title id="t">${escaped(title)}</title>
<style>${style}
${motion}</style>
<rect width="${width}" height="${tall}" rx="8" fill="var(--b)" stroke="var(--d)" stroke-opacity=".4"/>
<svg x="${margin}" y="${margin}" width="${width - 2 * margin}" height="${rows * height}"><g class="s">
${text.filter(Boolean).join('\n')}
</g><rect class="k" width="${width}" height="${rows * height}"/></svg>
</svg>
`;
}

function trim(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
