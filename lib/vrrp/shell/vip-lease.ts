// `ka_ts { vip_lease }`: addresses that the kernel removes by itself when nobody renews them. The netlink thread renews them,
// whatever JavaScript does, until the lease on the engine is lost; here it is told which.

import { type Micros, micros, seconds } from '../../base/time.ts';
import type { NativeAddon, PacketEngine } from '../../native/surface.ts';
import { encode, type KernelObject } from './kernel-objects.ts';

/** Renewals in one lifetime: the kernel counts whole seconds, and a busy machine may be late. */
const RENEWALS = 4;

export interface VipLeases {
  /** These are held now. To be called before anything that is not among them is removed. */
  hold(objects: Iterable<KernelObject>): void;
}

export function createVipLeases(native: NativeAddon, engine: PacketEngine): VipLeases {
  let told = false;
  return {
    hold(objects) {
      const leased = [...objects].filter((o) => lifetimeOf(o) !== null);
      if (leased.length === 0 && !told) return;
      told = leased.length > 0;
      const shortest = Math.min(...leased.map((o) => lifetimeOf(o) ?? 1), 3600);
      const every: Micros = micros(seconds(shortest) / RENEWALS);
      engine.renewAddresses(
        leased.map((o) => encode(native, 'renew', o)),
        every,
      );
    },
  };
}

/** Seconds; null: for ever. */
function lifetimeOf(object: KernelObject): number | null {
  return object.kind === 'address' ? (object.spec.validLifetime ?? null) : null;
}

/** The same object, which only lives longer or shorter. */
export function sameButLifetime(a: KernelObject, b: KernelObject): boolean {
  if (a.kind !== 'address' || b.kind !== 'address') return false;
  const ageless = ({ spec }: typeof a) => JSON.stringify({ ...spec, validLifetime: 0, preferredLifetime: 0 });
  return ageless(a) === ageless(b);
}
