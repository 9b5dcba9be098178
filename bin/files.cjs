// SPDX-License-Identifier: MIT
// Where the bundles lie, and how they are read. In the single file packaging/binary/files.cjs stands here.

const { readFileSync } = require('node:fs');
const { join } = require('node:path');

const folder = join(__dirname, '..', 'dist', 'bundle');

/** `name`: below `folder`. Throws ENOENT. */
function read(name) {
  return readFileSync(join(folder, name));
}

module.exports = { folder, read, require };
