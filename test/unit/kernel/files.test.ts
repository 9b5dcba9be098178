// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFiles } from '../../../lib/kernel/files.ts';
import { loadNative } from '../../../lib/native/load.ts';

describe('a locked file', () => {
  let directory: string;
  const files = () => createFiles(loadNative());
  const at = (name: string) => join(directory, name);
  before(() => {
    directory = mkdtempSync(join(tmpdir(), `ka-unit-${process.pid}-`));
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  it('is created with mode 0644 whatever the umask, and holds what was written last', () => {
    const umask = process.umask(0o177);
    try {
      const file = files().lock(at('a'));
      assert.ok(file !== 'locked');
      file.write('12345\n');
      file.write('7\n');
      assert.equal(readFileSync(at('a'), 'utf8'), '7\n');
      assert.equal(statSync(at('a')).mode & 0o777, 0o644);
      file.release();
    } finally {
      process.umask(umask);
    }
  });

  it('cannot be taken twice, and can after its release', () => {
    const first = files().lock(at('b'));
    assert.equal(files().lock(at('b')), 'locked');
    assert.ok(first !== 'locked');
    first.release();
    first.release();
    const second = files().lock(at('b'));
    assert.ok(second !== 'locked');
    second.remove();
    second.remove();
    assert.equal(existsSync(at('b')), false);
  });

  it('is not removed when somebody has put another one in its place', () => {
    const file = files().lock(at('c'));
    assert.ok(file !== 'locked');
    rmSync(at('c'));
    writeFileSync(at('c'), 'theirs');
    file.remove();
    assert.equal(readFileSync(at('c'), 'utf8'), 'theirs');
  });

  it('is never reached through a symbolic link', () => {
    writeFileSync(at('target'), 'precious');
    symlinkSync(at('target'), at('link'));
    assert.throws(() => files().lock(at('link')), { code: 'ELOOP' });
    assert.equal(readFileSync(at('target'), 'utf8'), 'precious');
  });

  it('is not a directory', () => {
    assert.throws(() => files().lock(directory), { code: 'EISDIR' });
  });
});
