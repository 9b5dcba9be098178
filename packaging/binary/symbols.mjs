// SPDX-License-Identifier: MIT
// What an executable asks of the C and C++ libraries of the machine that it runs on: the newest version of each kind of symbol.

import { execFileSync } from 'node:child_process';

/** What the oldest system that we promise has: Debian 11. Alma and Rocky 9, Ubuntu 22.04 and all later ones have more. */
export const oldest = { GLIBC: '2.31', GLIBCXX: '3.4.28', CXXABI: '1.3.12', GCC: '7.0.0' };

/** `text`: what `objdump -T` prints. */
export function newestVersions(text) {
  const newest = {};
  for (const [, kind, version] of text.matchAll(/\*UND\*.*\b(GLIBC|GLIBCXX|CXXABI|GCC)_([0-9.]+)\b/g))
    if (newest[kind] === undefined || compare(version, newest[kind]) > 0) newest[kind] = version;
  return newest;
}

/** `GLIBC_2.36 where Debian 11 has 2.31`, one each; none: it runs there. */
export function tooNew(newest, limits = oldest) {
  return Object.entries(newest)
    .filter(([kind, version]) => limits[kind] === undefined || compare(version, limits[kind]) > 0)
    .map(([kind, version]) => `${kind}_${version} where Debian 11 has ${limits[kind]}`);
}

/** Of a file. Needs objdump of binutils. */
export function neededBy(file) {
  return newestVersions(execFileSync('objdump', ['-T', file], { encoding: 'utf8', maxBuffer: 1 << 28 }));
}

function compare(a, b) {
  const [left, right] = [a, b].map((text) => text.split('.').map(Number));
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
