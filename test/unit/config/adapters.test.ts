// SPDX-License-Identifier: MIT
// The adapters that ask the real system, on files of their own.

import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { matchesName } from '../../../lib/base/glob.ts';
import { createConfigFiles } from '../../../lib/kernel/config-files.ts';
import { createScriptChecks } from '../../../lib/kernel/script-checks.ts';

describe('configuration files of this machine', () => {
  const root = mkdtempSync(join(tmpdir(), 'ka-config-'));
  const file = (name: string, mode = 0o644) => {
    const path = join(root, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, name);
    chmodSync(path, mode);
    return path;
  };
  before(() => {
    for (const name of ['b.conf', 'a.conf', '.hidden.conf', 'd1/x.conf', 'd2/x.conf', 'd2/y.conf', '[z].conf']) file(name);
    file('run.sh', 0o755);
  });
  after(() => rmSync(root, { recursive: true, force: true }));
  const files = createConfigFiles(1000);

  it('are found by pattern, sorted, hidden ones left out', () => {
    assert.deepEqual(files.glob('*.conf', root), ['[z].conf', 'a.conf', 'b.conf']);
    assert.deepEqual(files.glob(join(root, '[ab].conf'), '/'), [join(root, 'a.conf'), join(root, 'b.conf')]);
    assert.deepEqual(files.glob('d?/*.conf', root), ['d1/x.conf', 'd2/x.conf', 'd2/y.conf']);
    assert.deepEqual(files.glob('.*.conf', root), ['.hidden.conf']);
    assert.deepEqual(files.glob('\\[z\\].conf', root), ['[z].conf']);
    assert.deepEqual(files.glob('missing', root), []);
    assert.deepEqual(files.glob('d2/../a.conf', root), ['d2/../a.conf']);
  });

  it('are read, or the reason told why not', () => {
    const fault = (path: string) => {
      const answer = files.read(path);
      return answer.ok ? Buffer.from(answer.value).toString() : answer.error;
    };
    assert.equal(fault(join(root, 'a.conf')), 'a.conf');
    assert.equal(fault(join(root, 'none')), 'missing');
    assert.equal(fault(root), 'directory');
    assert.equal(fault('/dev/null'), 'not_regular');
    assert.equal(fault(join(root, 'run.sh')), 'executable');
    writeFileSync(join(root, 'big'), 'x'.repeat(1001));
    assert.equal(fault(join(root, 'big')), 'too_big');
  });

  it('match names without trying everything', () => {
    assert.equal(matchesName(`${'a*'.repeat(30)}b`, 'a'.repeat(2000)), false);
    assert.deepEqual(
      [matchesName('[!a-c]x', 'dx'), matchesName('[!a-c]x', 'bx'), matchesName('[]]', ']'), matchesName('[', '[')],
      [true, false, true, true],
    );
  });
});

describe('scripts of this machine', () => {
  let root = '';
  before(function () {
    if (process.getuid?.() !== 0) this.skip();
    // Below a directory that only root may change: /tmp itself is sticky and therefore accepted.
    root = mkdtempSync(join(tmpdir(), 'ka-scripts-'));
    chmodSync(root, 0o755);
    for (const [name, mode] of [
      ['good', 0o755],
      ['plain', 0o644],
      ['private', 0o700],
      ['open', 0o777],
    ] as const) {
      writeFileSync(join(root, name), '#!/bin/sh\n');
      chmodSync(join(root, name), mode);
    }
    writeFileSync(join(root, 'theirs'), '#!/bin/sh\n');
    chmodSync(join(root, 'theirs'), 0o755);
    chownSync(join(root, 'theirs'), 65534, 65534);
    mkdirSync(join(root, 'dir'));
    symlinkSync(join(root, 'good'), join(root, 'link'));
    symlinkSync(root, `${root}-linked`);
  });
  after(() => {
    if (root === '') return;
    rmSync(root, { recursive: true, force: true });
    rmSync(`${root}-linked`, { force: true });
  });

  const asRoot = { uid: 0, gid: 0 };
  const nobody = { uid: 65534, gid: 65534 };
  const check = (name: string, as = asRoot, symlinks = false) => createScriptChecks(root).script(name, as, symlinks);

  it('are found in the path and by the path', () => {
    assert.deepEqual(check('good'), { kind: 'usable', path: join(root, 'good'), found: join(root, 'good'), unsafe: null, symlink: null });
    assert.deepEqual(check(join(root, 'good')), { kind: 'usable', path: join(root, 'good'), found: null, unsafe: null, symlink: null });
    assert.deepEqual(check('nothing'), { kind: 'not_in_path' });
    assert.deepEqual(check('private', nobody), { kind: 'path_forbidden' });
    assert.deepEqual(check(join(root, 'nothing')), { kind: 'inaccessible', error: 'No such file or directory' });
  });

  it('are executed by their real path unless links are to be kept', () => {
    const link = join(root, 'link');
    assert.deepEqual(
      [check(link), check(link, asRoot, true)].map((c) => c.kind === 'usable' && c.path),
      [join(root, 'good'), link],
    );
  });

  it('must be executable for their user', () => {
    assert.deepEqual(check(join(root, 'plain')), { kind: 'not_executable' });
    assert.deepEqual(check(join(root, 'private'), nobody), { kind: 'not_executable' });
    assert.deepEqual(check(join(root, 'dir')), { kind: 'not_executable' });
  });

  it('that root runs must not be changeable by others, and it is said which part is', () => {
    const unsafe = (name: string, as = asRoot) => {
      const answer = check(join(root, name), as);
      return answer.kind === 'usable' ? answer.unsafe : answer.kind;
    };
    assert.equal(unsafe('open'), `${join(root, 'open')} is writable by everyone`);
    assert.match(unsafe('theirs') ?? '', /theirs belongs to nobody$/);
    assert.equal(unsafe('open', nobody), null);
    assert.equal(unsafe('good'), null);
  });

  it('behind a linked directory are run, and the link is told', () => {
    const answer = check(`${root}-linked/good`);
    assert.deepEqual(answer.kind === 'usable' && [answer.path, answer.symlink], [join(root, 'good'), `${root}-linked`]);
  });

  it('written as a redirection are always allowed', () => {
    assert.equal(check('</dev/tcp/127.0.0.1/80').kind, 'usable');
  });

  it('know users and groups by name and number', () => {
    const { identity } = createScriptChecks();
    assert.deepEqual([identity('root', null), identity('0', null), identity('nobody', 'root')], [asRoot, asRoot, { uid: 65534, gid: 0 }]);
    assert.deepEqual([identity('no-such-user', null), identity('root', 'no-such-group'), identity('-x', null)], [null, null, null]);
  });
});
