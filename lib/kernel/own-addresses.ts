// SPDX-License-Identifier: MIT
// The addresses of this machine, by netlink.

import type { NativeAddon } from '../native/surface.ts';
import type { OwnAddresses } from '../ports/own-addresses.ts';

/** What setsockopt takes. */
const mostBuffer = 0x7fffffff;

export function createOwnAddresses(native: Pick<NativeAddon, 'networkSnapshot' | 'watchAddresses'>): OwnAddresses {
  return {
    here: () => new Set(native.networkSnapshot().addresses.map((a) => a.address)),
    watch(onChange, { bytes, force }) {
      const watcher = native.watchAddresses(onChange, Math.min(bytes, mostBuffer), force);
      return () => watcher.close();
    },
  };
}
