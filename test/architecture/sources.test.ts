// SPDX-License-Identifier: MIT
// Two build files, one list of sources: native/sources.txt.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..', '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const listed = read('native/sources.txt').trimEnd().split('\n');

describe('the sources of the addon', () => {
  it('are read from native/sources.txt by both build files, which name no source of their own', () => {
    const cmake = read('CMakeLists.txt');
    const gyp = read('binding.gyp');
    assert.match(cmake, /file\(STRINGS native\/sources\.txt KA_SOURCES\)/);
    assert.match(gyp, /"sources": \["<!@\(cat native\/sources\.txt\)"\]/);
    assert.doesNotMatch(cmake, /native\/[\w/]+\.cc\b/);
    assert.doesNotMatch(gyp, /\.cc"/);
  });

  it('are all built by CMake: what is not addon is core', () => {
    const cmake = read('CMakeLists.txt');
    assert.match(cmake, /list\(FILTER KA_CORE_SOURCES EXCLUDE REGEX "\^native\/addon\/"\)/);
    assert.match(cmake, /list\(FILTER KA_ADDON_SOURCES INCLUDE REGEX "\^native\/addon\/"\)/);
    assert.match(cmake, /add_library\(ka_core STATIC \$\{KA_CORE_SOURCES\}\)/);
    assert.match(cmake, /add_library\(ka_ts SHARED \$\{KA_ADDON_SOURCES\}/);
  });

  it('are exactly the C++ files under native/, each once and in order', () => {
    const found = readdirSync(join(root, 'native'), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.cc'))
      .map((path) => `native/${path}`)
      .sort();
    assert.deepEqual(listed, found);
  });

  it('ask for the same Node-API version and language in both build files and package.json', () => {
    const versions = (text: string) => [...text.matchAll(/NAPI_VERSION=(\d+)/g)].map((match) => match[1]);
    const napi = String(JSON.parse(read('package.json')).binary.napi_versions);
    assert.deepEqual(versions(read('CMakeLists.txt')), [napi]);
    assert.deepEqual(versions(read('binding.gyp')), [napi]);
    assert.match(read('CMakeLists.txt'), /set\(CMAKE_CXX_STANDARD 20\)/);
    assert.match(read('binding.gyp'), /-std=c\+\+20/);
  });

  it('include Node-API only under native/addon', () => {
    for (const path of listed.filter((name) => !name.startsWith('native/addon/'))) {
      assert.doesNotMatch(read(path), /#include\s*[<"](napi|node_api|node)\b/, path);
    }
  });

  it('keep the codec free of system headers and of everything but itself', () => {
    const folder = join(root, 'native/codec');
    for (const name of readdirSync(folder)) {
      const includes = [...readFileSync(join(folder, name), 'utf8').matchAll(/#include\s*([<"][^>"]+[>"])/g)].map(
        (match) => match[1] ?? '',
      );
      for (const include of includes) assert.match(include, /^("codec\/\w+\.h"|<\w+>|<openssl\/\w+\.h>)$/, `${name} includes ${include}`);
    }
  });
});
