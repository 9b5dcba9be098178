// npm run build:ts: lib/ as one file, dist/bundle/ka-ts.cjs, and beside it what V8 made of it, so that a start compiles nothing.
// A code cache holds for one version of Node and its flags: another Node starts all the same, some 30 ms later.

import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'dist', 'bundle');

/**
 * commander asks for node:child_process, which takes Node 3 ms to load, for sub-commands that are programs of their own. We
 * have none.
 */
const withoutSubprograms = {
  name: 'without-subprograms',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      importer.includes('/commander/') ? { path: 'child_process', namespace: 'lazy' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'lazy' }, () => ({
      contents: `module.exports = { get spawn() { return require('node:child_process').spawn; } };`,
    }));
  },
};

rmSync(join(root, 'dist'), { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
await build({
  entryPoints: [join(root, 'lib', 'main.ts')],
  outfile: join(folder, 'ka-ts.cjs'),
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  // One byte a character: V8 keeps and hashes half as much.
  charset: 'ascii',
  // The same depth below the root as lib/*/*.ts, so that paths relative to a module hold.
  define: { 'import.meta.url': '__url', 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
  banner: { js: `const __url = require('node:url').pathToFileURL(__filename).href;` },
  plugins: [withoutSubprograms],
  legalComments: 'eof',
  logLevel: 'warning',
});

const maker = join(root, 'packaging', 'code-cache.cjs');
const { compileAhead } = createRequire(import.meta.url)('../dist/bundle/ka-ts.cjs');
for (const [use, flags] of Object.entries({ command: [], child: compileAhead })) {
  execFileSync(process.execPath, [...flags, maker, use], { stdio: ['ignore', 'ignore', 'inherit'], env: { PATH: process.env.PATH } });
}
