// SPDX-License-Identifier: MIT
// npm run recording: plays the lab on a terminal of its own (script of util-linux), and writes what it showed as docs/plots/lab.svg.
// Needs root and a built ka-ts; about a minute.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Chunk, render } from './render.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
export const recordingFile = join(root, 'docs/plots/lab.svg');

/** What a command shows on a terminal. Throws Error when it does not end with 0. */
export function record(command: string, columns: number): readonly Chunk[] {
  const folder = mkdtempSync(join(tmpdir(), 'ka-ts-recording-'));
  try {
    const [out, timing] = [join(folder, 'out'), join(folder, 'timing')];
    const words = ['-q', '-e', '--log-out', out, '--log-timing', timing, '--logging-format', 'classic'];
    const inside = `stty cols ${columns} rows 50; ${command}`;
    const { status } = spawnSync('script', [...words, '-c', inside], { stdio: ['ignore', 'ignore', 'inherit'], cwd: root });
    if (status !== 0) throw new Error(`${command}: exit status ${status}\n${readFileSync(out, 'utf8').slice(-2000)}`);
    return chunksOf(readFileSync(out), readFileSync(timing, 'utf8'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `timing`: seconds since the chunk before, and bytes, a line each. */
export function chunksOf(out: Buffer, timing: string): readonly Chunk[] {
  // The first line is script's own.
  let from = out.subarray(0, 16).toString().startsWith('Script started') ? out.indexOf(10) + 1 : 0;
  let at = 0;
  const pieces = timing
    .trim()
    .split('\n')
    .map((line) => {
      const [wait, bytes] = line.split(' ').map(Number);
      at += wait ?? 0;
      from += bytes ?? 0;
      return { at, end: from };
    });
  // A piece may end within a character: each takes up to the last whole line of its time.
  const chunks: Chunk[] = [];
  let done = pieces[0] ? pieces[0].end - Number(timing.split(/\s/)[1]) : 0;
  for (const { at: when, end } of pieces) {
    const line = out.lastIndexOf(10, end - 1) + 1;
    if (line > done) {
      chunks.push({ at: when, text: out.subarray(done, line).toString('utf8') });
      done = line;
    }
  }
  return chunks;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const columns = 122;
  const chunks = record('node bin/ka-ts lab', columns);
  const prompt = { at: 0, text: '\u001b[2m#\u001b[22m \u001b[1mnpm run lab\u001b[22m\n\n' };
  const title = 'npm run lab: two routers and a client in network namespaces; ten failures and returns, with what the client lost';
  const svg = render([prompt, ...chunks], { columns, rows: 34, speed: 2.5, hold: 10, title });
  writeFileSync(recordingFile, svg);
  console.log(`${recordingFile}: ${(svg.length / 1000).toFixed(0)} kB`);
}
