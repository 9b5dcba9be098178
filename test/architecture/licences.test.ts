import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
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
