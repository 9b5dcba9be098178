// SPDX-License-Identifier: MIT
// `ka_ts { vip_lease }`: addresses that the kernel removes by itself when nobody renews them. The netlink thread renews them,
// whatever JavaScript does, until the lease on the engine is lost; here it is told which.

import { type Micros, micros, seconds } from '../../base/time.ts';
import type { NativeAddon, PacketEngine } from '../../native/surface.ts';
import { encode, type KernelObject } from './kernel-objects.ts';

/** Renewals in one lifetime: the kernel counts whole seconds, and a busy machine may be late. */
const RENEWALS = 4;

export interface VipLeases {
  /** This key holds these now; null: nothing. To be called before anything that is not among them is removed. */
  hold(key: number, objects: Iterable<KernelObject> | null): void;
  /** The same where the engine has acted already, which turned the renewal on or off then. */
  held(key: number, objects: Iterable<KernelObject> | null): void;
  /** What this key would hold if the engine took over by itself; nothing is renewed before. */
  prepare(key: number, objects: Iterable<KernelObject>): void;
}

export function createVipLeases(native: NativeAddon, engine: PacketEngine): VipLeases {
  const leases = new Map<number, readonly KernelObject[]>();

  const tell = (): void => {
    const all = [...leases.values()].flat();
    const shortest = Math.min(...all.map((o) => lifetimeOf(o) ?? 1), 3600);
    const every: Micros = micros(seconds(shortest) / RENEWALS);
    engine.renewAddresses(
      [...leases].map(([key, objects]) => ({ key, messages: objects.map((o) => encode(native, 'renew', o)) })),
      every,
    );
  };
  /** false: nothing of this key has a lifetime. */
  const know = (key: number, objects: Iterable<KernelObject>): boolean => {
    const leased = [...objects].filter((o) => lifetimeOf(o) !== null);
    if (same(leased, leases.get(key) ?? [])) return leased.length > 0;
    if (leased.length > 0) leases.set(key, leased);
    else leases.delete(key);
    tell();
    return leased.length > 0;
  };

  return {
    hold(key, objects) {
      const known = leases.has(key);
      if (objects === null) {
        if (known) engine.setRenewed(key, false);
        if (leases.delete(key)) tell();
      } else if (know(key, objects) || known) engine.setRenewed(key, leases.has(key));
    },
    held(key, objects) {
      if (objects !== null) know(key, objects);
      else if (leases.delete(key)) tell();
    },
    prepare: (key, objects) => void know(key, objects),
  };
}

function same(a: readonly KernelObject[], b: readonly KernelObject[]): boolean {
  return a.length === b.length && a.every((o, n) => JSON.stringify(o.spec) === JSON.stringify(b[n]?.spec));
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
