// The addresses of this machine, by netlink.

import type { NativeAddon } from '../native/surface.ts';
import type { OwnAddresses } from '../ports/own-addresses.ts';

export function createOwnAddresses(native: Pick<NativeAddon, 'networkSnapshot' | 'watchAddresses'>): OwnAddresses {
  return {
    here: () => new Set(native.networkSnapshot().addresses.map((a) => a.address)),
    watch(onChange) {
      const watcher = native.watchAddresses(onChange);
      return () => watcher.close();
    },
  };
}
