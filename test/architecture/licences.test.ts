// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installedPackages, isPermitted, licencesPage } from '../../packaging/licences.ts';

describe('licences of others', () => {
  it('are all among the permitted ones', () => {
    const others = installedPackages().filter(({ licence }) => !isPermitted(licence));
    assert.deepEqual(others, []);
  });

  it('a copyleft licence would not be', () => {
    for (const licence of ['GPL-2.0-only', 'AGPL-3.0', 'unknown', '(GPL-2.0 AND MIT)']) assert.equal(isPermitted(licence), false, licence);
    assert.equal(isPermitted('(GPL-2.0 OR MIT)'), true);
  });

  it('stand in docs/reference/licences.md as in the lock file (npm run licences)', () => {
    assert.equal(readFileSync(new URL('../../docs/reference/licences.md', import.meta.url), 'utf8'), licencesPage());
  });
});

describe('every source file', () => {
  it('names its licence in its first line, or in the one behind #!', () => {
    const top = fileURLToPath(new URL('../..', import.meta.url));
    const sources = ['bench', 'lib', 'native', 'packaging', 'test'].flatMap((folder) =>
      readdirSync(join(top, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
    );
    const nameless = [
      ...sources.filter((name) => /\.(ts|mts|mjs|cjs|js|cc|h|c|sh|py)$/.test(name)),
      'bin/ka-ts',
      '.ci/run',
      'CMakeLists.txt',
    ].filter((name) => !/^(#!.*\n)?(\/\/|#) SPDX-License-Identifier: MIT\n/.test(readFileSync(join(top, name), 'utf8')));
    assert.deepEqual(nameless, []);
  });
});
