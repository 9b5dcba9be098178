// SPDX-License-Identifier: MIT
// Configuration files of this machine.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { isPattern, matchesName } from '../base/glob.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { ConfigFiles, FileFault } from '../ports/config-files.ts';

/** A configuration file is not bigger than `maxBytes`; a mistaken path must not fill the memory. */
export function createConfigFiles(maxBytes = 64 * 1024 * 1024): ConfigFiles {
  return {
    directory: () => process.cwd(),
    glob: (pattern, directory) => globFrom(pattern, directory),
    read: (path) => read(path, maxBytes),
    exposed: isExposed,
  };
}

function isExposed(path: string): boolean {
  try {
    return (statSync(path).mode & 0o066) !== 0;
  } catch {
    return false;
  }
}

function read(path: string, maxBytes: number): Result<Uint8Array, FileFault> {
  try {
    const info = statSync(path);
    if (info.isDirectory()) return err('directory');
    if (!info.isFile()) return err('not_regular');
    // keepalived takes an executable file for something that is not a configuration.
    if ((info.mode & 0o111) !== 0) return err('executable');
    if (info.size > maxBytes) return err('too_big');
    return ok(readFileSync(path));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return err(code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : 'unreadable');
  }
}

/** glob(3) without brace alternatives: components one after the other, each level sorted by byte value. */
function globFrom(pattern: string, directory: string): string[] {
  if (pattern.includes('\0')) return [];
  const absolute = pattern.startsWith('/');
  const components = pattern.split('/').filter((c, i) => c !== '' || i === 0);
  let found = absolute ? ['/'] : [''];
  for (const component of absolute ? components.slice(1) : components) {
    found = found.flatMap((prefix) => children(prefix, component, directory));
  }
  return found.filter((path) => path !== '' && exists(at(path, directory))).sort(byBytes);
}

function children(prefix: string, component: string, directory: string): string[] {
  const join = (name: string) => (prefix === '' ? name : prefix.endsWith('/') ? prefix + name : `${prefix}/${name}`);
  if (!isPattern(component)) return [join(component)];
  try {
    return readdirSync(at(prefix, directory))
      .filter((name) => matchesName(component, name))
      .map(join);
  } catch {
    return [];
  }
}

function at(path: string, directory: string): string {
  return path.startsWith('/') ? path : `${directory}/${path}`;
}

function exists(path: string): boolean {
  try {
    statSync(path);
    return true;
  } catch {
    return false;
  }
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
