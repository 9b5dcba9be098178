// Finds and loads the addon; the only createRequire of the project.

import { createRequire } from 'node:module';
import type { NativeAddon } from './surface.ts';

let loaded: NativeAddon | undefined;

/** The addon, loaded once. Throws with the path and what to do when it was not built. */
export function loadNative(): NativeAddon {
  if (loaded) return loaded;
  const require = createRequire(import.meta.url);
  const path = '../../build/Release/ka_ts.node';
  try {
    loaded = require(path) as NativeAddon;
  } catch (cause) {
    throw new Error(`The packet engine ${path} could not be loaded; build it with "npm run build:native".`, { cause });
  }
  return loaded;
}
