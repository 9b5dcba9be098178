// What the checker and BFD processes say of themselves, as parts of the status document. Pure.

import type { Checker } from '../../config/model-lvs.ts';
import type { BfdSessionView } from '../../ports/bfd.ts';
import type { CheckersView, PoolView } from '../../ports/checkers.ts';
import type { BfdStatus, CheckersStatus, PoolStatus } from '../document.ts';

/** `at`: time of day, seconds. `since`: when a server changed last. */
export function checkersPart(view: CheckersView, at: number, since: (pool: string, server: string) => number | null): CheckersStatus {
  return { at, pools: view.pools.map((pool) => poolPart(pool, since)) };
}

function poolPart({ config, quorumUp, suspended, servers }: PoolView, since: (pool: string, server: string) => number | null): PoolStatus {
  return {
    name: config.name,
    protocol: 'protocol' in config.key ? config.key.protocol : 'any',
    scheduler: config.lvs_sched,
    state: quorumUp ? 'UP' : 'DOWN',
    quorum: config.quorum,
    suspended,
    servers: config.real_server.flatMap((rs, index) => {
      const s = servers[index];
      if (!s) return [];
      return [
        {
          name: rs.name,
          state: s.up ? ('UP' as const) : ('DOWN' as const),
          inTable: s.present,
          weight: s.weight,
          configuredWeight: rs.weight,
          since: since(config.name, rs.name),
          checks: s.checks.map(({ up, hasRun, tries }, i) => ({ kind: kindOf(rs.checkers[i]), up, hasRun, tries })),
        },
      ];
    }),
  };
}

function kindOf(checker: Checker | undefined): string {
  return checker?.kind ?? 'unknown';
}

export function bfdPart(sessions: readonly BfdSessionView[], at: number): BfdStatus {
  return {
    at,
    sessions: sessions.map(({ config, state, remote, diagnostic, every, detection }) => ({
      name: config.name,
      neighbour: config.neighbor_ip,
      state,
      remoteState: remote.state,
      diagnostic,
      everySeconds: every / 1e6,
      detectionSeconds: detection / 1e6,
    })),
  };
}
