// SPDX-License-Identifier: MIT
// The formatter on real files: whatever it does to the layout, the configuration and what is said about it stay the same.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { err, ok } from '../../../lib/base/result.ts';
import { randomFrom } from '../../../lib/config/definitions.ts';
import { formatConfig } from '../../../lib/config/format/index.ts';
import { LimitExceeded } from '../../../lib/config/limits.ts';
import { loadConfig } from '../../../lib/config/load.ts';
import type { Loaded } from '../../../lib/config/options.ts';
import { createConfigFiles } from '../../../lib/kernel/config-files.ts';
import type { ConfigFiles } from '../../../lib/ports/config-files.ts';
import { sharedPath } from '../../support/shared.ts';
import { logicalLines } from './logical-lines.ts';

/** Files as they are, or each in its canonical layout. */
function filesOf(directory: string, canonical: boolean): ConfigFiles {
  const files = { ...createConfigFiles(), directory: () => directory };
  if (!canonical) return files;
  return {
    ...files,
    read(path) {
      const content = files.read(path);
      if (!content.ok) return err(content.error);
      const formatted = formatConfig(Buffer.from(content.value).toString('latin1'));
      return formatted.ok ? ok(new Uint8Array(Buffer.from(formatted.text, 'latin1'))) : content;
    },
  };
}

function load(directory: string, file: string, configId: string, canonical: boolean): Loaded {
  const files = filesOf(directory, canonical);
  return loadConfig(files, { file, configId, seed: 1, env: {}, lenient: false });
}

/** Everything but the places: those move with the layout. */
function meaning(loaded: Loaded): unknown {
  const places = /(?:\bline |\S+:)[0-9]+(?::[0-9]+)?/g;
  return {
    config: JSON.parse(JSON.stringify(loaded.config, (key, value) => (key === 'position' ? undefined : value))),
    findings: loaded.findings.map((f) => [f.code, f.class, f.severity, f.scope, f.word, f.message.replace(places, 'LINE')]),
    statuses: [loaded.testStatus, loaded.startStatus],
    files: loaded.filesRead,
  };
}

/** Logical lines, or the limit that reading them meets. */
function linesOf(text: string, configId: string): string[] {
  try {
    return logicalLines(text, configId);
  } catch (error) {
    if (error instanceof LimitExceeded) return [error.limit];
    throw error;
  }
}

describe('the canonical layout of real files', () => {
  for (const [folder, least] of [
    ['configs', 130],
    ['scenarios', 11],
  ] as const) {
    it(`means the same as before in every file of ${folder}, and is its own canonical layout`, function () {
      this.timeout(60_000);
      const directory = sharedPath(folder);
      const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.conf'));
      let laidOut = 0;
      for (const name of names) {
        const formatted = formatConfig(readFileSync(sharedPath(folder, name), 'latin1'));
        if (!formatted.ok) continue;
        laidOut++;
        assert.deepEqual(formatConfig(formatted.text), formatted, name);
        if (name.includes('.d/')) continue;
        for (const configId of ['low', 'cc-test']) {
          assert.deepEqual(meaning(load(directory, name, configId, true)), meaning(load(directory, name, configId, false)), name);
        }
      }
      assert.ok(laidOut >= least, `only ${laidOut} of ${names.length} were laid out`);
    });
  }

  it('has the same logical lines for mutilated pieces of the corpus', function () {
    this.timeout(60_000);
    const texts = readdirSync(sharedPath('configs'))
      .filter((name) => name.endsWith('.conf'))
      .map((name) => readFileSync(sharedPath('configs', name), 'latin1'))
      .filter((text) => text.length < 6000);
    const pieces = [
      '{',
      '}',
      '\n',
      '"',
      ' ',
      '\t',
      '#',
      '\\\n',
      '$X=',
      '@low ',
      '~SEQ(I,1,2) ',
      '\\',
      "'",
      '}\n',
      '$X',
      'include x',
      'include',
      ' { a } ',
    ];
    const random = randomFrom(20260721);
    const below = (n: number) => Math.floor(random() * n);
    let laidOut = 0;
    for (let run = 0; run < 15_000; run++) {
      const whole = texts[below(texts.length)] ?? '';
      const from = below(whole.length);
      let text = whole.slice(from, from + 50 + below(1500));
      for (let changes = below(6); changes >= 0; changes--) {
        const at = below(text.length);
        text = text.slice(0, at) + pieces[below(pieces.length)] + text.slice(at + below(4));
      }
      const formatted = formatConfig(text);
      if (!formatted.ok) continue;
      laidOut++;
      assert.deepEqual(formatConfig(formatted.text), formatted, JSON.stringify(text));
      for (const id of ['low', 'other']) assert.deepEqual(linesOf(formatted.text, id), linesOf(text, id), JSON.stringify(text));
    }
    assert.ok(laidOut > 1000, `only ${laidOut} were laid out`);
  });

  it('is refused for a file of the corpus only when its braces do not balance', () => {
    const names = readdirSync(sharedPath('configs')).filter((name) => name.endsWith('.conf'));
    for (const name of names) {
      const formatted = formatConfig(readFileSync(sharedPath('configs', name), 'latin1'));
      if (!formatted.ok) assert.match(formatted.obstacle.reason, /closes nothing|never closed/, name);
    }
  });
});
