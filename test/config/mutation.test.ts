// SPDX-License-Identifier: MIT
// Real configurations with one slip of the finger each: what is said about it must stand where it happened. KA_MUTATIONS sets
// how many are tried (300); KA_SEED another series of them; KA_MUTATIONS_SHOW=1 prints those that were missed.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { randomFrom } from '../../lib/config/definitions.ts';
import { diagnose } from '../../lib/config/diagnose.ts';
import type { Finding } from '../../lib/config/report.ts';
import { createConfigFiles } from '../../lib/kernel/config-files.ts';
import type { ConfigFiles } from '../../lib/ports/config-files.ts';
import { sharedPath } from '../support/shared.ts';
import { judge, type Kind, mutate, namesIn, type Role, rolesOf, type Token, tokensOf } from './mutations.ts';

const count = Number(process.env.KA_MUTATIONS ?? 300);
const seed = Number(process.env.KA_SEED ?? 1);
const show = process.env.KA_MUTATIONS_SHOW === '1';
const configId = 'low';
const kinds: readonly Kind[] = ['drop', 'double', 'misspell'];

interface Sample {
  readonly path: string;
  readonly directory: string;
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly roles: readonly Role[];
  readonly names: ReadonlySet<string>;
  readonly baseline: ReadonlySet<string>;
}

function samplesIn(folder: string): Sample[] {
  const directory = sharedPath(folder);
  let files: string[];
  try {
    files = readdirSync(directory).filter((f) => f.endsWith('.conf'));
  } catch (cause) {
    throw new Error(`${directory} is needed for this test: put the shared folder beside the repository or set KA_SHARED`, { cause });
  }
  return files.map((file) => {
    const path = `${directory}/${file}`;
    const text = readFileSync(path, 'utf8');
    const tokens = tokensOf(text);
    const roles = rolesOf(tokens, configId);
    const sample = { path, directory, text, tokens, roles, names: namesIn(roles), baseline: new Set<string>() };
    return { ...sample, baseline: new Set(findingsOf(sample, text).map(keyOf)) };
  });
}

function findingsOf(sample: Pick<Sample, 'path' | 'directory'>, text: string): readonly Finding[] {
  const real = createConfigFiles();
  const files: ConfigFiles = {
    ...real,
    directory: () => sample.directory,
    read: (path) => (path === sample.path ? { ok: true, value: Buffer.from(text) } : real.read(path)),
  };
  return diagnose(files, { file: sample.path, configId, seed: 1, env: {} }).findings;
}

function keyOf(f: Finding): string {
  return `${f.place?.file}:${f.place?.line} ${f.code} ${f.message}`;
}

/** Lines (from 1) that count as the mutated one: where a brace stood alone, the two lines that meet there now. */
function linesAt(sample: Sample, token: Token, kind: Kind): readonly [number, number] {
  const lines = sample.text.split('\n');
  const alone = kind === 'drop' && lines[token.line]?.replace(/[#!].*/, '').trim() === token.text;
  if (!alone) return [token.line + 1, token.line + 1];
  const used = (line: number) => sample.tokens.some((t) => t.line === line);
  let from = token.line - 1;
  while (from > 0 && !used(from)) from--;
  let to = token.line + 1;
  while (to < lines.length - 1 && !used(to)) to++;
  return [Math.max(0, from) + 1, to + 1];
}

describe('a slip of the finger in a real configuration', function () {
  this.timeout(600_000);

  it('is reported on its own line in at least 95 of 100 cases, and never crashes', () => {
    const samples = [...samplesIn('configs'), ...samplesIn('scenarios')];
    assert.ok(samples.length > 150, `${samples.length} samples`);
    const random = randomFrom(seed);
    const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T;
    const tally = { mistakes: 0, found: 0, first: 0, alone: 0, harmless: 0 };
    const reasons = new Map<string, number>();
    const missed: string[] = [];
    for (let n = 0; n < count; n++) {
      const sample = pick(samples);
      const at = Math.floor(random() * sample.tokens.length);
      const token = sample.tokens[at];
      const role = sample.roles[at];
      if (!token || !role) continue;
      const kind = pick(kinds);
      const { text, word } = mutate(sample.text, token, kind, random);
      const findings = findingsOf(sample, text).filter((f) => !sample.baseline.has(keyOf(f)));
      const verdict = judge(role, kind, word, sample.names);
      if (!verdict.mistake) {
        tally.harmless++;
        reasons.set(verdict.why, (reasons.get(verdict.why) ?? 0) + 1);
        continue;
      }
      tally.mistakes++;
      const [from, to] = linesAt(sample, token, kind);
      const here = (f: Finding | undefined) =>
        [f?.place, f?.definedAt].some((p) => p && p.file === sample.path && p.line >= from && p.line <= to);
      const hit = findings.some(here);
      if (hit) tally.found++;
      if (here(findings[0])) tally.first++;
      if (hit && findings.every(here)) tally.alone++;
      if (!hit || show) {
        const said = findings.map((f) => `    ${f.place?.line}: ${f.message}`).join('\n');
        missed.push(`${hit ? 'hit' : 'MISSED'} ${sample.path}:${token.line + 1} ${kind} ${token.text} → ${word} (${verdict.why})\n${said}`);
      }
    }
    const share = tally.found / tally.mistakes;
    const percent = (part: number) => `${((100 * part) / tally.mistakes).toFixed(1)} %`;
    console.log(
      `      ${tally.mistakes} mistakes: ${percent(tally.found)} on their line, ${percent(tally.first)} first, ${percent(tally.alone)} with no other; ` +
        `${tally.harmless} harmless (${[...reasons].map(([why, k]) => `${k} ${why}`).join(', ')})`,
    );
    if (show) console.log(missed.join('\n'));
    assert.ok(tally.mistakes >= count / 4, `only ${tally.mistakes} of ${count} were mistakes`);
    assert.ok(share >= 0.95, `only ${percent(tally.found)}:\n${missed.join('\n')}`);
  });
});
