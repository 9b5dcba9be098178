// SPDX-License-Identifier: MIT
// bfd_instance blocks → sessions (reference: notifications document, section 7).

import { ipFamily } from '../base/address.ts';
import { type BuildContext, notice, repaired } from './build-context.ts';
import { type Block, placeOf, valueIn } from './keyword.ts';
import { bfdInstance } from './keywords/track-objects.ts';
import type { BfdInstance } from './model.ts';

/** -1 and 255: however many. */
const anyHops = 255;
const slow = 10_000_000;

/** A builder that knows the pairs of addresses seen so far; null for a session without a neighbour, which is reported elsewhere. */
export function bfdBuilder(context: BuildContext): (block: Block<typeof bfdInstance>) => BfdInstance | null {
  const pairs = new Set<string>();
  return (block) => {
    const get = <K extends keyof typeof bfdInstance & string>(key: K) => valueIn(bfdInstance, block, key);
    const neighbor_ip = get('neighbor_ip');
    if (!neighbor_ip) return null;
    const fault = (key: keyof typeof bfdInstance & string, code: string, message: string) =>
      repaired(context, placeOf(block, key), code, `Configuration error: BFD instance ${block.name} ${message}`, {
        scope: 'child',
        word: key,
      });
    const family = ipFamily(neighbor_ip);
    let source_ip = get('source_ip') ?? null;
    if (source_ip !== null && ipFamily(source_ip) !== family) {
      fault('source_ip', 'family-mismatch', `source_ip and neighbor_ip are not of the same family - ignoring source_ip`);
      source_ip = null;
    }
    const pair = `${source_ip ?? ''} ${neighbor_ip}`;
    if (pairs.has(pair)) {
      fault('neighbor_ip', 'duplicate', `duplicate source/neighbor address pair - disabling instance`);
      return null;
    }
    pairs.add(pair);
    for (const key of ['min_rx', 'min_tx', 'idle_tx'] as const) {
      const value = get(key);
      if (value > slow)
        notice(context, placeOf(block, key), 'pacing-slow', `BFD instance ${block.name} ${key} ${value / 1000} ms is very large`, {
          word: key,
        });
    }
    const ttl = get('ttl') ?? (family === 4 ? 255 : 64);
    let max_hops = get('max_hops') < 0 ? anyHops : get('max_hops');
    if (max_hops !== anyHops && max_hops > ttl) {
      fault('max_hops', 'value-clamped', `max_hops exceeds ttl/hoplimit - setting to ttl/hoplimit`);
      max_hops = ttl;
    }
    return {
      name: block.name,
      position: block.place,
      neighbor_ip,
      source_ip,
      min_rx: get('min_rx'),
      min_tx: get('min_tx'),
      idle_tx: get('idle_tx'),
      multiplier: get('multiplier'),
      passive: get('passive'),
      ttl,
      max_hops,
      multihop: get('multihop'),
      weight: get('weight'),
      vrrp: get('vrrp'),
      checker: get('checker'),
    };
  };
}
