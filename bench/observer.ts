// SPDX-License-Identifier: MIT
// A third host's view of the wire: what matters for the benches, with the kernel's receive times.

import type { Host } from '../lib/lab/host.ts';
import { loadNative } from '../lib/native/load.ts';

export interface Sighting {
  /** CLOCK_MONOTONIC, µs. */
  readonly at: number;
  readonly kind: 'advert' | 'garp';
  readonly mac: string;
  /** Sender of an advert; address that a gratuitous ARP is about. */
  readonly address: string;
  /** Of adverts; 0 otherwise. */
  readonly vrid: number;
  readonly priority: number;
}

export interface Observer {
  /** All adverts and gratuitous ARPs so far, in the order of the wire. */
  readonly seen: readonly Sighting[];
  /** Throws Error when frames were lost: figures with holes are no figures. */
  assertComplete(): void;
  close(): void;
}

/** Watches an interface of a host until it is closed. */
export function observe(host: Host, ifname: string): Observer {
  const native = loadNative();
  const seen: Sighting[] = [];
  const tap = native.openTap({ netns: host.netns, ifname, snaplen: 192, promiscuous: true }, (frames) => {
    for (const { at, bytes } of frames) {
      const { kind, sourceMac: mac, source: address, vrid, priority } = native.describeFrame(bytes);
      if (kind === 'advert' || kind === 'garp') seen.push({ at, kind, mac, address, vrid, priority });
    }
  });
  return {
    seen,
    assertComplete: () => {
      const drops = tap.drops();
      if (drops > 0) throw new Error(`the observer lost ${drops} frames`);
    },
    close: () => tap.close(),
  };
}
