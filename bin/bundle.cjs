// SPDX-License-Identifier: MIT
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
  return new Script(textOf(use), { filename: nameOf(use), cachedData: cacheOf(use) });
}

function nameOf(use) {
  return join(folder, `${use}.cjs`);
}

function textOf(use) {
  return read(`${use}.cjs`).toString('latin1');
}

/** Only built-in modules are required from within, and whole packages that a bundle leaves out. */
function run(script, use) {
  const module = { exports: {} };
  script.runInThisContext()(module.exports, requireInside, module, nameOf(use), folder);
  return module.exports;
}

/** A process that lives for months: none of its functions may have to be compiled when it is needed. */
function isChild(use) {
  return use === 'vrrp' || use === 'checkers' || use === 'bfd';
}

/** The whole of it, at once; what V8 compares of a cache is not changed by that. */
function compileAhead(use) {
  const { setFlagsFromString } = require('node:v8');
  setFlagsFromString('--no-lazy');
  const script = new Script(textOf(use), { filename: nameOf(use) });
  setFlagsFromString('--lazy');
  return script;
}

function load(use) {
  let script = compile(use);
  if (isChild(use) && script.cachedDataRejected !== false) script = compileAhead(use);
  if (use === 'config-test') optimizeLater();
  const bundle = run(script, use);
  // The others do it by the addon (lib/process/node-flags.ts). Not before it has loaded its modules: V8 would refuse their caches.
  if (use === 'web') require('node:v8').setFlagsFromString('--semi-space-growth-factor=1');
  return bundle;
}

/**
 * The V8 of Node 20 has no compiler between the baseline and the optimising one, which takes more time for a test of a
 * usual file than the test itself. For a big file it comes early enough at six times the usual budget. To be called when the
 * cache has been accepted, since flags are part of what V8 compares.
 */
function optimizeLater() {
  if (process.versions.node.startsWith('20.')) require('node:v8').setFlagsFromString('--interrupt-budget=400000');
}

module.exports = { cacheFile, compile, compileAhead, isChild, run, load };
