// SPDX-License-Identifier: MIT
// What the checker and BFD processes say of themselves, as parts of the status document. Pure.

import type { Checker } from '../../config/model-lvs.ts';
import type { BfdSessionView } from '../../ports/bfd.ts';
import type { CheckersCounters, CheckersView, PoolCounters, PoolView, ServerCounters } from '../../ports/checkers.ts';
import type { BfdStatus, CheckersStatus, PoolStatus, ServerTraffic, Traffic } from '../document.ts';

type Since = (pool: string, server: string) => number | null;

/** `at`: time of day, seconds. `since`: when a server changed last. `counters`: null where the kernel has not said. */
export function checkersPart(view: CheckersView, at: number, since: Since, counters: CheckersCounters | null): CheckersStatus {
  // Those of another configuration stand in another order.
  const counted = counters?.config === view.config ? counters.pools : [];
  return { at, pools: view.pools.map((pool, i) => poolPart(pool, since, counted[i] ?? null)) };
}

function poolPart({ config, quorumUp, suspended, servers }: PoolView, since: Since, counted: PoolCounters | null): PoolStatus {
  return {
    name: config.name,
    protocol: 'protocol' in config.key ? config.key.protocol : 'any',
    scheduler: config.lvs_sched,
    state: quorumUp ? 'UP' : 'DOWN',
    quorum: config.quorum,
    suspended,
    traffic: counted && trafficOf(counted.statistics),
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
          traffic: serverTraffic(counted?.servers[index] ?? null),
          checks: s.checks.map(({ up, hasRun, tries }, i) => ({ kind: kindOf(rs.checkers[i]), up, hasRun, tries })),
        },
      ];
    }),
  };
}

function serverTraffic(counters: ServerCounters | null): ServerTraffic | null {
  if (counters === null) return null;
  const { activeConnections, inactiveConnections, persistentConnections, statistics } = counters;
  return { ...trafficOf(statistics), activeConnections, inactiveConnections, persistentConnections };
}

function trafficOf(s: PoolCounters['statistics']): Traffic {
  return {
    connections: s.connections,
    packetsIn: s.packetsIn,
    packetsOut: s.packetsOut,
    bytesIn: s.bytesIn,
    bytesOut: s.bytesOut,
    connectionsPerSecond: s.connectionRate,
    packetsInPerSecond: s.packetRateIn,
    packetsOutPerSecond: s.packetRateOut,
    bytesInPerSecond: s.byteRateIn,
    bytesOutPerSecond: s.byteRateOut,
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
