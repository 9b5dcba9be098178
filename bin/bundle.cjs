// Loads a bundle of dist/bundle with what V8 made of it at build time.

const { join } = require('node:path');
const { Script } = require('node:vm');
const { folder, read, require: requireInside } = require('./files.cjs');

/** What V8 made of a bundle, by this Node; undefined: another one has built it, and it is compiled as it goes. */
function cacheOf(use) {
  for (const name of [cacheName(use), `${use}.cache`]) {
    try {
      return read(name);
    } catch {
      // The next one, or none.
    }
  }
  return undefined;
}

/** `use`: a bundle's name, which is that of its entry in lib/entry. */
function cacheName(use) {
  return `${use}-${process.version}-${process.arch}.cache`;
}

/** Where the build puts the cache of this Node. */
function cacheFile(use) {
  return join(folder, cacheName(use));
}

/** The bundle, not run yet. Throws ENOENT when it was not built. */
function compile(use) {
  const filename = join(folder, `${use}.cjs`);
  return new Script(read(`${use}.cjs`).toString('latin1'), { filename, cachedData: cacheOf(use) });
}

/** Only built-in modules are required from within, and whole packages that a bundle leaves out. */
function run(script, use) {
  const module = { exports: {} };
  script.runInThisContext()(module.exports, requireInside, module, join(folder, `${use}.cjs`), folder);
  return module.exports;
}

function load(use) {
  const script = compile(use);
  if (use === 'config-test') optimizeLater();
  if (lasting.includes(use)) keepYoungGenerationSmall();
  return run(script, use);
}

/** They run for months. */
const lasting = ['daemon', 'vrrp', 'checkers', 'bfd', 'web'];

/**
 * V8 doubles the young generation with each burst of work, a reload say, up to 48 MiB, and hardly ever takes it back: what looks like
 * a leak for hours. On the command line V8 takes a factor of 1 for 2; later it believes it.
 */
function keepYoungGenerationSmall() {
  require('node:v8').setFlagsFromString('--semi-space-growth-factor=1');
}

/**
 * The V8 of Node 20 has no compiler between the baseline and the optimising one, which takes more time for a test of a
 * usual file than the test itself. For a big file it comes early enough at six times the usual budget. To be called when the
 * cache has been accepted, since flags are part of what V8 compares.
 */
function optimizeLater() {
  if (process.versions.node.startsWith('20.')) require('node:v8').setFlagsFromString('--interrupt-budget=400000');
}

module.exports = { cacheFile, compile, run, load };
