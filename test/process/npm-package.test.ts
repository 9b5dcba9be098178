// SPDX-License-Identifier: MIT
// The npm package as npm makes and installs it: in an empty folder, with the addon that it brings, used by its command and as a library.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildLibrary, example } from '../../packaging/library.ts';
import { requireBuild, root } from './support.ts';

const addon = 'build/Release/ka_ts.node';

describe('the npm package', function () {
  this.timeout(120_000);
  let folder: string;
  let project: string;
  let installed: string;
  let packed: readonly string[];

  const must = (cwd: string, program: string, ...words: string[]): string => {
    const { status, stdout, stderr } = spawnSync(program, words, {
      cwd,
      encoding: 'utf8',
      // The test run keeps the list of certificates away from all that it starts, but hands it on for npm.
      env: { ...process.env, NODE_EXTRA_CA_CERTS: process.env.KA_NPM_CA_CERTS ?? process.env.NODE_EXTRA_CA_CERTS ?? '' },
    });
    assert.equal(status, 0, `${program} ${words.join(' ')}: ${stdout}${stderr}`);
    return stdout;
  };
  const sum = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

  before(async () => {
    requireBuild();
    folder = mkdtempSync(join(tmpdir(), 'ka-ts-npm-'));
    // What `npm pack` packs, without the build that it runs first: other tests use what that would make anew.
    const tree = join(folder, 'tree');
    const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { files: readonly string[] };
    for (const name of ['package.json', 'LICENSE', 'README.md', ...files]) cpSync(join(root, name), join(tree, name), { recursive: true });
    await buildLibrary(join(tree, 'dist', 'library'));
    const [told] = JSON.parse(must(tree, 'npm', 'pack', '--ignore-scripts', '--json', '--pack-destination', folder)) as [
      { filename: string; files: { path: string }[] },
    ];
    packed = told.files.map(({ path }) => path);
    project = join(folder, 'project');
    mkdirSync(project);
    writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }\n');
    must(project, 'npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', join(folder, told.filename));
    installed = join(project, 'node_modules', 'ka-ts');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('has what it needs to run and to be compiled, and nothing else', () => {
    for (const path of [
      'bin/ka-ts',
      'dist/bundle/daemon.cjs',
      'dist/library/index.js',
      addon,
      'native/sources.txt',
      'CMakeLists.txt',
      'LICENSE',
    ])
      assert.ok(packed.includes(path), path);
    const strange = packed.filter((path) => /^(test|lib|bench|\.ci)\/|node_modules|\.(o|a|blob)$/.test(path));
    assert.deepEqual(strange, []);
  });

  it('keeps the addon that it brought where that loads', () => {
    assert.equal(sum(join(installed, addon)), sum(join(root, addon)));
  });

  it('compiles the addon where the one that it brought does not load', () => {
    const elsewhere = join(folder, 'elsewhere');
    for (const part of ['packaging', 'package.json', addon]) cpSync(join(installed, part), join(elsewhere, part), { recursive: true });
    // As on another C library or processor: dlopen(3) refuses it.
    writeFileSync(join(elsewhere, addon), 'no object file');
    const tools = join(folder, 'tools');
    mkdirSync(tools);
    const stand = join(tools, 'cmake-js');
    writeFileSync(stand, `#!/bin/sh\necho "$PWD $*" >${join(folder, 'called')}\n`);
    chmodSync(stand, 0o755);
    const { status } = spawnSync(process.execPath, ['packaging/install-addon.mjs'], {
      cwd: elsewhere,
      env: { ...process.env, PATH: `${tools}:${process.env.PATH}` },
    });
    assert.equal(status, 0);
    assert.equal(readFileSync(join(folder, 'called'), 'utf8'), `${elsewhere} compile\n`);
  });

  it('is a command', () => {
    const { status, stderr } = spawnSync('npx', ['--no-install', 'ka-ts', '--version'], { cwd: project, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    // npm may have something to say before it.
    assert.match(stderr, /^Keepalived v2\.4\.3 [\s\S]*^ka-ts \d+\.\d+\.\d+, MIT licence/m);
    const file = join(project, 'wrong.conf');
    writeFileSync(file, 'vrrp_instance VI_1 {\n  interface eth0\n  virtual_router_id 999\n}\n');
    assert.notEqual(spawnSync('npx', ['--no-install', 'ka-ts', '-t', '-f', file], { cwd: project }).status, 0);
  });

  it('is a library with types, its codec included', () => {
    const conf = join(project, 'keepalived.conf');
    writeFileSync(conf, 'vrrp_instance VI_1 {\n  interface eth0\n  virtual_router_id 51\n  virtual_ipaddress { 192.0.2.51 }\n}\n');
    const program = example.replace('/etc/keepalived/keepalived.conf', conf);
    writeFileSync(join(project, 'use.ts'), program);
    const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
    must(project, join(root, 'node_modules/.bin/tsc'), ...flags, '--typeRoots', join(root, 'node_modules/@types'), 'use.ts');
    writeFileSync(join(project, 'use.mjs'), program.replace(' as const', ''));
    assert.match(must(project, process.execPath, 'use.mjs'), /^VI_1 backup .*arm/m);
    writeFileSync(join(project, 'codec.mjs'), "import { codec } from 'ka-ts';\nconsole.log(typeof codec().judgeAdvert);\n");
    assert.equal(must(project, process.execPath, 'codec.mjs'), 'function\n');
    assert.equal(existsSync(join(installed, 'lib')), false, 'it needs no sources');
  });
});
