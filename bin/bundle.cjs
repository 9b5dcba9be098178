// Loads dist/bundle/ka-ts.cjs with what V8 made of it at build time.

const { readFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { join } = require('node:path');
const { Script, constants } = require('node:vm');

const folder = join(__dirname, '..', 'dist', 'bundle');
const file = join(folder, 'ka-ts.cjs');

/** Where the cache of this Node lies. `use`: `command`, or `child` for a process started with the flags of lib/process/compile-ahead.ts. */
function cacheFile(use) {
  return join(folder, `${use}-${process.version}-${process.arch}.cache`);
}

/** The bundle, not run yet. Throws ENOENT when it was not built. */
function compile(use) {
  const source = readFileSync(file, 'latin1');
  let cachedData;
  try {
    cachedData = readFileSync(cacheFile(use));
  } catch {
    // Built by another Node: compiled as it goes.
  }
  return new Script(`(function (exports, require, module, __filename, __dirname) { ${source}\n})`, {
    filename: file,
    cachedData,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
}

function run(script) {
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(file), module, file, folder);
  return module.exports;
}

module.exports = { cacheFile, compile, run };
