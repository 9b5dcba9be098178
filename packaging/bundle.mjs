// npm run build:ts: lib/ as one file, dist/bundle/ka-ts.cjs, what a configuration test needs of it as another, and beside them
// what V8 made of them, so that a start compiles nothing.
// A code cache holds for one version of Node and its flags: another Node starts all the same, some 30 ms later.

import * as childProcess from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'dist', 'bundle');

/** Takes Node 5 ms to load, and most commands start no program: loaded when a function of it is first called. */
const lazyChildProcess = {
  name: 'lazy-child-process',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?child_process$/ }, ({ namespace }) =>
      namespace === 'lazy' ? { path: 'node:child_process', external: true } : { path: 'child_process', namespace: 'lazy' },
    );
    onLoad({ filter: /.*/, namespace: 'lazy' }, () => ({
      contents: `module.exports = {\n${Object.keys(childProcess)
        .map((name) => `  get ${name}() { return require('node:child_process').${name}; },\n`)
        .join('')}};`,
    }));
  },
};

rmSync(join(root, 'dist'), { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
await build({
  entryPoints: { 'ka-ts': join(root, 'lib', 'main.ts'), 'test-only': join(root, 'lib', 'test-only.ts') },
  outdir: folder,
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  // A script from a code cache has lost the way to load modules: import() becomes require().
  supported: { 'dynamic-import': false },
  // One byte a character: V8 keeps and hashes half as much.
  charset: 'ascii',
  // The same depth below the root as lib/*/*.ts, so that paths relative to a module hold.
  define: { 'import.meta.url': '__url', 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
  // The function that Node would put around it: bin/bundle.cjs compiles the text as it is.
  banner: {
    js: `(function (exports, require, module, __filename, __dirname) { const __url = require('node:url').pathToFileURL(__filename).href;`,
  },
  footer: { js: '})' },
  plugins: [lazyChildProcess],
  legalComments: 'eof',
  logLevel: 'warning',
});

const maker = join(root, 'packaging', 'code-cache.cjs');
const { load } = createRequire(import.meta.url)('../bin/bundle.cjs');
const { compileAhead } = load('command');
for (const [use, flags] of Object.entries({ test: [], command: [], child: compileAhead })) {
  childProcess.execFileSync(process.execPath, [...flags, maker, use], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { PATH: process.env.PATH },
  });
}
