// SPDX-License-Identifier: MIT
// Finds and loads the addon.

import { fileURLToPath } from 'node:url';
import { singleFile } from './single-file.ts';
import type { NativeAddon } from './surface.ts';

let loaded: NativeAddon | undefined;

/** The addon, loaded once. Throws with the path and what to do when it was not built. */
export function loadNative(): NativeAddon {
  if (loaded) return loaded;
  const path = '../../build/Release/ka_ts.node';
  try {
    const module = { exports: {} };
    const open = (file: string) => process.dlopen(module, file);
    // As require() does in the end, without node:module, which takes a millisecond to load.
    const inside = singleFile();
    if (inside) inside.withAddonFile(open);
    else open(fileURLToPath(new URL(path, import.meta.url)));
    loaded = module.exports as NativeAddon;
  } catch (cause) {
    throw new Error(`The packet engine ${path} could not be loaded; build it with "npm run build:native".`, { cause });
  }
  return loaded;
}
