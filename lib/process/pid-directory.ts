// SPDX-License-Identifier: MIT
// The pid directory of a daemon. In a network namespace it is another one, so that daemons in several of them do not meet (reference: process document, section 6).

import { chmodSync, mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import type { NativeAddon } from '../native/surface.ts';
import { type Identity, pidDirectory } from './places.ts';

type Calls = Pick<NativeAddon, 'isolateMounts' | 'bindMount' | 'unmount'>;

/**
 * Makes /run/keepalived where it is needed; in a namespace that is /run/keepalived/NAME, which this process and its children
 * see as /run/keepalived. Throws Error{code}. The function it returns takes all of that away again, as far as nobody else
 * uses it; any number of times.
 */
export function preparePidDirectory(native: Calls, { namespace, usePidDir }: Identity): () => void {
  if (!usePidDir) return () => {};
  makeDirectory(pidDirectory);
  if (namespace === null) return () => removeEmpty(pidDirectory);
  const own = join(pidDirectory, namespace);
  makeDirectory(own);
  native.isolateMounts();
  native.bindMount(own, pidDirectory);
  let inside = true;
  return () => {
    if (!inside) return;
    inside = false;
    try {
      native.unmount(pidDirectory);
    } catch {
      // Then the directory cannot be reached, and stays.
      return;
    }
    removeEmpty(own);
    removeEmpty(pidDirectory);
  };
}

function makeDirectory(path: string): void {
  if (mkdirSync(path, { recursive: true }) !== undefined) chmodSync(path, 0o755);
}

function removeEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // In use, or gone already.
  }
}
