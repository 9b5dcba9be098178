// SPDX-License-Identifier: MIT
// Configuration files that only exist in memory, with the same glob rules as the real ones.

import { matchesName } from '../../../lib/base/glob.ts';
import { err, ok } from '../../../lib/base/result.ts';
import type { ConfigFiles, FileFault } from '../../../lib/ports/config-files.ts';

/** Absolute path → text, bytes, or the fault that reading it gives. */
export function memoryFiles(files: Readonly<Record<string, string | Uint8Array | { readonly fault: FileFault }>>): ConfigFiles {
  const paths = Object.keys(files).sort();
  const absolute = (path: string, directory: string) => (path.startsWith('/') ? path : `${directory}/${path}`).replace(/\/+/g, '/');
  return {
    directory: () => '/etc/keepalived',
    glob(pattern, directory) {
      const wanted = absolute(pattern, directory).split('/');
      const matches = paths.filter((path) => {
        const parts = path.split('/');
        return parts.length === wanted.length && parts.every((part, i) => part === wanted[i] || matchesName(wanted[i] ?? '', part));
      });
      const prefix = pattern.startsWith('/') ? '' : `${directory}/`;
      return matches.map((path) => (prefix && path.startsWith(prefix) ? path.slice(prefix.length) : path));
    },
    read(path) {
      const file = files[path];
      if (file === undefined) return err('missing');
      if (typeof file === 'string') return ok(new TextEncoder().encode(file));
      return file instanceof Uint8Array ? ok(file) : err(file.fault);
    },
  };
}
