// SPDX-License-Identifier: MIT
// npm run build:ts: one file for each entry of lib/entry, dist/bundle/ENTRY.cjs, and beside it what V8 made of it, so that a start
// compiles nothing and no process holds the text of another's work.
// A code cache holds for one version of Node and its flags: another Node starts all the same, some 30 ms later.

import * as childProcess from 'node:child_process';
import * as crypto from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import * as fsPromises from 'node:fs/promises';
import * as net from 'node:net';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'dist', 'bundle');

/**
 * Modules of Node that take 1 to 5 ms to load and that most starts do not need: loaded when something of them is first used.
 * `net` is none of them where a process serves sockets anyway.
 */
const lateModules = { child_process: childProcess, crypto, 'fs/promises': fsPromises, net };
const lazyModules = {
  name: 'lazy-modules',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?(child_process|crypto|fs\/promises|net)$/ }, ({ path, namespace, importer }) => {
      const name = path.replace('node:', '');
      if (namespace === 'lazy' || (name === 'net' && !importer.endsWith('/kernel/streams.ts')))
        return { path: `node:${name}`, external: true };
      return { path: name, namespace: 'lazy' };
    });
    onLoad({ filter: /.*/, namespace: 'lazy' }, ({ path }) => ({
      contents: `module.exports = {\n${Object.keys(lateModules[path])
        .map((name) => `  get ${name}() { return require('node:${path}').${name}; },\n`)
        .join('')}};`,
    }));
  },
};

/** What few configurations need, and then later: a file each, read when it is first asked for. */
const packages = { 'nodemailer/lib/smtp-connection': 'smtp-connection', 'dbus-native': 'dbus-native', 'prom-client': 'prom-client' };
const latePackages = {
  name: 'late-packages',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(nodemailer|dbus-native|prom-client)/ }, ({ path }) => ({ path: packages[path], namespace: 'late' }));
    onLoad({ filter: /.*/, namespace: 'late' }, ({ path }) => ({
      // What an ES module exports by default is what a CommonJS one is.
      contents: `const it = require(__dirname + '/packages/${path}.cjs'); module.exports = it.__esModule && it.default ? it.default : it;`,
    }));
  },
};

/** The files of the status page, inside the bundle of its process. */
const pageFiles = {
  name: 'page-files',
  setup({ onLoad }) {
    onLoad({ filter: /web\/shell\/assets\.ts$/ }, () => {
      const read = (name) => readFileSync(join(root, 'lib', 'web', 'page', name), 'utf8');
      const files = { page: read('index.html'), style: read('style.css'), script: read('app.js'), icon: read('icon.svg') };
      return { contents: `export const readAssets = () => (${JSON.stringify(files)});` };
    });
  },
};

/** One byte a character: V8 keeps and hashes half as much. */
const common = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  charset: 'ascii',
  legalComments: 'eof',
  logLevel: 'warning',
};

rmSync(join(root, 'dist'), { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const entries = readdirSync(join(root, 'lib', 'entry')).map((name) => basename(name, '.ts'));
await build({
  ...common,
  entryPoints: entries.map((name) => join(root, 'lib', 'entry', `${name}.ts`)),
  outdir: folder,
  outExtension: { '.js': '.cjs' },
  // Comments and white space, but not the names: what a stack trace says must be what a developer can find.
  minifyWhitespace: true,
  lineLimit: 120,
  // A script from a code cache has lost the way to load modules: import() becomes require().
  supported: { 'dynamic-import': false },
  // The same depth below the root as lib/*/*.ts, so that paths relative to a module hold.
  define: { 'import.meta.url': '__url', 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
  // The function that Node would put around it: bin/bundle.cjs compiles the text as it is.
  banner: {
    js: `(function (exports, require, module, __filename, __dirname) { const __url = require('node:url').pathToFileURL(__filename).href;`,
  },
  footer: { js: '})' },
  plugins: [lazyModules, pageFiles, latePackages],
});
await build({
  ...common,
  entryPoints: Object.fromEntries(Object.entries(packages).map(([path, name]) => [name, path])),
  outdir: join(folder, 'packages'),
  outExtension: { '.js': '.cjs' },
});

const maker = join(root, 'packaging', 'code-cache.cjs');
for (const use of entries) {
  childProcess.execFileSync(process.execPath, [maker, use], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { PATH: process.env.PATH },
  });
}
