// SPDX-License-Identifier: MIT
// Whether an interface forwards IPv6, for the router flag of Neighbor Advertisements (RFC 4861 7.2.5). Nobody tells us
// when an administrator changes that setting, so it is asked for again, but not for every address of a burst.

import { type Micros, seconds } from '../../base/time.ts';

/** How long an answer is taken for true (reference: VRRP document, section 9.1). */
const AGE = seconds(5);

/** `ask` with a memory of 5 s for each interface. */
export function createForwarding(ask: (ifname: string) => boolean, now: () => Micros): (ifname: string) => boolean {
  const known = new Map<string, { readonly at: Micros; readonly forwards: boolean }>();
  return (ifname) => {
    const at = now();
    const before = known.get(ifname);
    if (before && at - before.at < AGE) return before.forwards;
    const forwards = ask(ifname);
    known.set(ifname, { at, forwards });
    return forwards;
  };
}
