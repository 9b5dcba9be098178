// SPDX-License-Identifier: MIT
// npm run package:binary: build/package/ka-ts, one executable with Node, the bundles and the addon inside.
//
//   --portable    the addon is compiled in a Debian 11 made by debootstrap (root), for glibc 2.31 and newer;
//                 without it, it is the one that this machine has built, for its own glibc and newer
//   --node FILE   the Node 24 to use, instead of the one from the npm registry

import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { portableAddon } from './addon.mjs';
import { neededBy, tooNew } from './symbols.mjs';

const { values: asked } = parseArgs({ options: { portable: { type: 'boolean', default: false }, node: { type: 'string' } } });
const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'build', 'package');
const work = join(folder, 'work');
/** What the single file of this release is made of. */
const nodeVersion = '24.21.0';
/** Fixed by Node: where it looks whether it has something inside. */
const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
const node = asked.node ?? nodeFromRegistry();
const addon = asked.portable ? portableAddon(root) : join(root, 'build', 'Release', 'ka_ts.node');
// Only the addon of --portable is for other machines than this one.
const wanting = [node, ...(asked.portable ? [addon] : [])].flatMap((file) => tooNew(neededBy(file)).map((what) => `${file} needs ${what}`));
if (wanting.length > 0) throw new Error(wanting.join('\n'));
if (!existsSync(addon)) throw new Error(`${addon} is missing: run "npm run build" first`);

await build({
  entryPoints: [join(root, 'packaging/binary/launcher.cjs')],
  outfile: join(work, 'launcher.cjs'),
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node24',
  loader: { '': 'js' },
  logLevel: 'warning',
  plugins: [
    {
      name: 'inside',
      setup({ onResolve }) {
        onResolve({ filter: /^\.\/files\.cjs$/ }, () => ({ path: join(root, 'packaging/binary/files.cjs') }));
        onResolve({ filter: /bin\/ka-ts$/ }, () => ({ path: join(root, 'bin/ka-ts') }));
      },
    },
  ],
});

const bundles = join(root, 'dist', 'bundle');
const strippedAddon = join(work, 'ka_ts.node');
execFileSync('strip', ['--strip-unneeded', '-o', strippedAddon, addon]);
const assets = { 'ka_ts.node': strippedAddon };
for (const name of readdirSync(bundles, { recursive: true })) if (name.endsWith('.cjs')) assets[name] = join(bundles, name);
// The caches hold for one Node: this one makes its own.
for (const use of readdirSync(join(root, 'lib', 'entry')).map((name) => name.replace(/\.ts$/, ''))) {
  const cache = join(work, `${use}.cache`);
  execFileSync(node, [join(root, 'packaging/code-cache.cjs'), use, cache], { stdio: ['ignore', 'ignore', 'inherit'] });
  assets[`${use}.cache`] = cache;
}

const config = join(work, 'sea.json');
writeFileSync(
  config,
  JSON.stringify({
    main: join(work, 'launcher.cjs'),
    output: join(work, 'inside.blob'),
    disableExperimentalSEAWarning: true,
    // Flags of Node for a child come as --node-options (lib/process/own-program.ts).
    execArgvExtension: 'cli',
    assets,
  }),
);
const out = join(folder, 'ka-ts');
execFileSync(node, ['--experimental-sea-config', config], { stdio: ['ignore', 'ignore', 'inherit'] });
copyFileSync(node, out);
chmodSync(out, 0o755);
execFileSync('strip', [out]);
const { inject } = createRequire(import.meta.url)('postject');
await inject(out, 'NODE_SEA_BLOB', readFileSync(join(work, 'inside.blob')), { sentinelFuse: fuse });
rmSync(work, { recursive: true });
console.log(`${out}: ${(statSync(out).size / 1e6).toFixed(0)} MB`);

/** Node as the npm registry has it: the same file as that of nodejs.org. */
function nodeFromRegistry() {
  const prefix = join(root, 'build', `node-${nodeVersion}`);
  const file = join(prefix, 'node_modules', 'node', 'bin', 'node');
  if (!existsSync(file))
    execFileSync(
      'npm',
      ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error', '--prefix', prefix, `node@${nodeVersion}`],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
        // The test run keeps the list of certificates away from all that it starts, but hands it on for this.
        env: { ...process.env, NODE_EXTRA_CA_CERTS: process.env.KA_NPM_CA_CERTS ?? process.env.NODE_EXTRA_CA_CERTS ?? '' },
      },
    );
  return file;
}
