// SPDX-License-Identifier: MIT
// A network that filters the virtual MAC lets us hear others but not them us. Nobody can see that from here for certain, but
// a router that goes on advertising with a lower priority has not heard what would have made it stop.

import type { VrrpInstance } from '../../config/model.ts';

/** Adverts of one router in a row, while ours leave: one that hears us sends at most one or two. */
const ENOUGH = 4;

export interface HeardAdvert {
  readonly source: string;
  readonly priority: number;
}

/** The line to write, once for each time the suspicion arises; null: nothing to say. `own`: our priority while active, else null. */
export type FilterHint = (key: number, config: VrrpInstance, own: number | null, advert: HeardAdvert) => string | null;

export function createFilterHint(): FilterHint {
  const heard = new Map<number, { source: string; count: number }>();
  return (key, config, own, { source, priority }) => {
    if (!config.use_vmac || config.vmac_xmit_base) return null;
    if (own === null || priority === 0 || priority >= own) {
      heard.delete(key);
      return null;
    }
    const before = heard.get(key);
    const entry = before?.source === source ? before : { source, count: 0 };
    entry.count++;
    heard.set(key, entry);
    if (entry.count !== ENOUGH) return null;
    return `NOTICE: (${config.name}) ${source} goes on advertising with lower priority ${priority}: adverts from the virtual MAC ${config.use_vmac.mac} do not seem to reach it. Where a hypervisor, switch or firewall filters that MAC, allow it (forged transmits, MAC changes, promiscuous mode), or use vmac_xmit_base`;
  };
}
