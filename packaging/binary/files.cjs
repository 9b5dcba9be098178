// SPDX-License-Identifier: MIT
// bin/files.cjs of the single file: what lies beside the launcher elsewhere is inside of it here.

const { basename, join } = require('node:path');
const { isBuiltin } = require('node:module');
const sea = require('node:sea');

/** Shown in stack traces only. */
const folder = '/ka-ts/dist/bundle';

function read(name) {
  return Buffer.from(sea.getRawAsset(name));
}

/** The main script of a single file can require what is built in; a package that a bundle leaves out is an asset. */
function load(id) {
  if (isBuiltin(id)) return require(id);
  const module = { exports: {} };
  const text = read(join('packages', basename(id))).toString('utf8');
  new Function('exports', 'require', 'module', '__filename', '__dirname', text)(module.exports, load, module, id, folder);
  return module.exports;
}

module.exports = { folder, read, require: load };
