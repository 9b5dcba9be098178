// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildLibrary, example, reportFile, reportPage } from '../../../packaging/library.ts';

const root = join(import.meta.dirname, '../../..');

describe('the library', function () {
  this.timeout(60_000);
  let folder: string;
  let library: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ka-library-'));
    // As npm would install it.
    const own = join(folder, 'node_modules', 'ka-ts');
    library = join(own, 'dist', 'library');
    mkdirSync(library, { recursive: true });
    cpSync(join(root, 'package.json'), join(own, 'package.json'));
    await buildLibrary(library);
  });
  after(() => rmSync(folder, { recursive: true }));

  it('has the types that docs/reference/library.md says (npm run build:library -- --report)', () => {
    assert.equal(reportPage(library), readFileSync(reportFile, 'utf8'));
  });

  it('is used as its page shows, by types and by a program', () => {
    const conf = join(folder, 'keepalived.conf');
    writeFileSync(conf, 'vrrp_instance VI_1 {\n  interface eth0\n  virtual_router_id 51\n  virtual_ipaddress { 192.0.2.51 }\n}\n');
    const program = example.replace('/etc/keepalived/keepalived.conf', conf);
    writeFileSync(join(folder, 'use.ts'), program);
    const flags = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2023',
      '--types',
      'node',
      '--typeRoots',
      join(root, 'node_modules/@types'),
    ];
    execFileSync(join(root, 'node_modules/.bin/tsc'), [...flags, 'use.ts'], { cwd: folder, encoding: 'utf8' });
    writeFileSync(join(folder, 'use.mjs'), program.replace(' as const', ''));
    const out = execFileSync(process.execPath, ['use.mjs'], { cwd: folder, encoding: 'utf8' });
    assert.match(out, /^VI_1 backup .*arm/m);
  });
});
