// SPDX-License-Identifier: MIT
// The last word of a process that does not answer: every state in it is UNKNOWN now, whoever reads it and however carelessly.

import type { BfdStatus, CheckersStatus, VrrpStatus } from '../document.ts';

export function staleVrrp(part: VrrpStatus): VrrpStatus {
  return {
    ...part,
    instances: part.instances.map((i) => ({
      ...i,
      state: 'UNKNOWN',
      wantedState: 'UNKNOWN',
      lastKnownState: i.state,
      timer: null,
      active: null,
      troubles: [],
      addresses: i.addresses.map((a) => ({ ...a, held: false })),
    })),
    groups: part.groups.map((g) => ({ ...g, state: 'UNKNOWN', lastKnownState: g.state })),
  };
}

export function staleCheckers(part: CheckersStatus): CheckersStatus {
  return {
    ...part,
    pools: part.pools.map((p) => ({
      ...p,
      state: 'UNKNOWN',
      lastKnownState: p.state === 'UP' ? 'UP' : 'DOWN',
      servers: p.servers.map((s) => ({ ...s, state: 'UNKNOWN', lastKnownState: s.state === 'UP' ? 'UP' : 'DOWN' })),
    })),
  };
}

export function staleBfd(part: BfdStatus): BfdStatus {
  return { ...part, sessions: part.sessions.map((s) => ({ ...s, state: 'UNKNOWN', lastKnownState: s.state })) };
}
