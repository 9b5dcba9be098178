// Loads a bundle of dist/bundle with what V8 made of it at build time.

const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { Script } = require('node:vm');

const folder = join(__dirname, '..', 'dist', 'bundle');

/** Where the cache of this Node lies. `use`: a bundle's name, which is that of its entry in lib/entry. */
function cacheFile(use) {
  return join(folder, `${use}-${process.version}-${process.arch}.cache`);
}

/** The bundle, not run yet. Throws ENOENT when it was not built. */
function compile(use) {
  const filename = join(folder, `${use}.cjs`);
  let cachedData;
  try {
    cachedData = readFileSync(cacheFile(use));
  } catch {
    // Built by another Node: compiled as it goes.
  }
  return new Script(readFileSync(filename, 'latin1'), { filename, cachedData });
}

/** Only built-in modules are required from within, and whole packages that a bundle leaves out. */
function run(script, use) {
  const module = { exports: {} };
  script.runInThisContext()(module.exports, require, module, join(folder, `${use}.cjs`), folder);
  return module.exports;
}

function load(use) {
  const script = compile(use);
  if (use === 'config-test') optimizeLater();
  return run(script, use);
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
