// SPDX-License-Identifier: MIT
// A marker in the place of every password and key: it must not come out anywhere.

import assert from 'node:assert/strict';
import { dumpConfig } from '../../lib/config/dump.ts';
import type { Row } from '../../lib/config/keyword.ts';
import { rowsOf } from '../../lib/config/keywords/index.ts';
import { describe as describeFinding, logLine } from '../../lib/config/report.ts';
import { grammar } from '../../lib/grammar.ts';
import { load } from '../unit/config/load.ts';

const marker = 'Marker5e';

interface Secret {
  readonly path: string;
  readonly keyword: string;
}

const secrets: Secret[] = [...rowsOf(grammar)].flatMap(([path, keyword, row]) =>
  'secret' in row && row.secret ? [{ path, keyword }] : [],
);
const rows = new Map<string, Row>([...rowsOf(grammar)].map(([path, keyword, row]) => [path === '/' ? keyword : `${path}/${keyword}`, row]));

/** `lines` inside the blocks of `path`, each with a name if it takes one. */
function inside(path: string, lines: string): string {
  const blocks = path === '/' ? [] : path.split('/');
  const heads = blocks.map((keyword, i) => {
    const row = rows.get(blocks.slice(0, i + 1).join('/'));
    const named = row && 'block' in row && row.header;
    return `${keyword}${named ? (/server$/.test(keyword) ? ' 10.0.0.1 80' : ' NAME') : ''} {\n`;
  });
  return `${heads.join('')}${lines}\n${'}\n'.repeat(blocks.length)}`;
}

/** Ways to write a secret, right and wrong: each gives other findings. */
const spellings: Readonly<Record<string, (keyword: string) => string>> = {
  'as it should be': (k) => `${k} ${marker}`,
  quoted: (k) => `${k} "${marker} and more"`,
  'without the closing quote': (k) => `${k} "${marker}`,
  'with a quote too many': (k) => `${k} ${marker}"`,
  'far too long': (k) => `${k} ${marker.repeat(60)}`,
  'with words behind it': (k) => `${k} ${marker} ${marker} 7${marker}`,
  twice: (k) => `${k} ${marker}\n${k} ${marker}2`,
  'under a misspelt keyword': (k) => `${k.slice(0, -1)} ${marker}`,
  'in a doubled keyword': (k) => `${k} ${k} ${marker}`,
  'through a definition': (k) => `$SECRET=${marker}\n${k} $SECRET`,
  'through a definition that is too long': (k) => `$KEY=${marker.repeat(100)}\n${k} \${KEY}\${KEY}`,
  'in a sequence': (k) => `~LST(KEY, ${marker}, ${marker}2) ${k} $KEY`,
  'with a brace behind it': (k) => `${k} ${marker} {`,
};

describe('passwords and keys', () => {
  it('are known to the tables', () => {
    assert.ok(secrets.some((s) => s.keyword === 'auth_pass'));
    assert.ok(secrets.length >= 3);
  });

  for (const { path, keyword } of secrets) {
    for (const [how, write] of Object.entries(spellings)) {
      it(`do not come out: ${path} ${keyword}, ${how}`, () => {
        for (const lenient of [true, false]) {
          const loaded = load(inside(path, write(keyword)), { lenient });
          const shown = [
            JSON.stringify(loaded.findings),
            ...loaded.findings.map((f) => `${logLine(f, 1)}\n${describeFinding(f, loaded.sourceLine)}`),
            loaded.config ? dumpConfig(loaded.config) : '',
          ].join('\n');
          assert.ok(!shown.includes(marker), shown);
        }
      });
    }
  }

  it('do not come out of a whole instance: findings, dump', () => {
    const loaded = load(
      `vrrp_instance A {\n interface eth0\n virtual_router_id 1\n authentication {\n auth_type PASS\n auth_pass ${marker}\n }\n` +
        ' virtual_ipaddress {\n 10.0.0.1\n }\n}\n',
    );
    assert.ok(loaded.config, JSON.stringify(loaded.findings));
    assert.ok(!dumpConfig(loaded.config).includes(marker));
    assert.ok(dumpConfig(loaded.config, { secrets: true }).includes(marker.slice(0, 8)));
  });
});
