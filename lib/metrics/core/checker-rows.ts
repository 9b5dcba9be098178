// SPDX-License-Identifier: MIT
// The metrics of checkers and BFD sessions. Part of rows.ts.

import type { StatusDocument } from '../../control/document.ts';
import type { Labels, MetricRow, Sample } from './rows.ts';

const bit = (is: boolean): number => (is ? 1 : 0);
const pools = (d: StatusDocument) => d.checkers?.pools ?? [];
type Pool = ReturnType<typeof pools>[number];
type Server = Pool['servers'][number];

const perPool =
  (value: (p: Pool) => number | null) =>
  (d: StatusDocument): Sample[] =>
    pools(d).flatMap((p) => {
      const v = value(p);
      return v === null ? [] : [{ value: v, labels: poolLabels(p) }];
    });
const perServer =
  (value: (s: Server) => number | null) =>
  (d: StatusDocument): Sample[] =>
    pools(d).flatMap((p) =>
      p.servers.flatMap((s) => {
        const v = value(s);
        return v === null ? [] : [{ value: v, labels: { ...poolLabels(p), server: s.name } }];
      }),
    );
const poolLabels = (p: Pool): Labels => ({ pool: p.name, protocol: p.protocol });
type Traffic = NonNullable<Pool['traffic']>;

/** The same of pools and of servers; both directions where there are two. */
function trafficRows(what: 'pool' | 'server'): MetricRow[] {
  const labels = what === 'pool' ? ['pool', 'protocol'] : ['pool', 'protocol', 'server'];
  const all = (d: StatusDocument): { readonly traffic: Traffic | null; readonly labels: Labels }[] =>
    what === 'pool'
      ? pools(d).map((p) => ({ traffic: p.traffic, labels: poolLabels(p) }))
      : pools(d).flatMap((p) => p.servers.map((s) => ({ traffic: s.traffic, labels: { ...poolLabels(p), server: s.name } })));
  const samples =
    (values: (t: Traffic) => readonly (readonly [number, Labels])[]) =>
    (d: StatusDocument): Sample[] =>
      all(d).flatMap(({ traffic, labels: own }) =>
        traffic === null ? [] : values(traffic).map(([value, more]) => ({ value, labels: { ...own, ...more } })),
      );
  const both = (received: number, sent: number) => [[received, { direction: 'in' }] as const, [sent, { direction: 'out' }] as const];
  const row = (name: string, type: MetricRow['type'], help: string, of: MetricRow['of'], more: readonly string[] = []): MetricRow => ({
    name: `ka_${what}_${name}`,
    type,
    help: `${help} of the ${what}, as IPVS counts; absent where the kernel has no such entry.`,
    labels: [...labels, ...more],
    of,
  });
  const way = ['direction'];
  return [
    row(
      'connections_total',
      'counter',
      'Connections',
      samples((t) => [[t.connections, {}]]),
    ),
    row(
      'packets_total',
      'counter',
      'Packets',
      samples((t) => both(t.packetsIn, t.packetsOut)),
      way,
    ),
    row(
      'bytes_total',
      'counter',
      'Bytes',
      samples((t) => both(t.bytesIn, t.bytesOut)),
      way,
    ),
    row(
      'connections_per_second',
      'gauge',
      'New connections a second',
      samples((t) => [[t.connectionsPerSecond, {}]]),
    ),
    row(
      'packets_per_second',
      'gauge',
      'Packets a second',
      samples((t) => both(t.packetsInPerSecond, t.packetsOutPerSecond)),
      way,
    ),
    row(
      'bytes_per_second',
      'gauge',
      'Bytes a second',
      samples((t) => both(t.bytesInPerSecond, t.bytesOutPerSecond)),
      way,
    ),
  ];
}

/** null while it is not known. */
const upOf = (state: 'UP' | 'DOWN' | 'UNKNOWN') => (state === 'UNKNOWN' ? null : bit(state === 'UP'));

export const checkerRows: readonly MetricRow[] = [
  {
    name: 'ka_pool_up',
    type: 'gauge',
    help: '1 while the pool has its quorum; absent while that is not known.',
    labels: ['pool', 'protocol'],
    of: perPool((p) => upOf(p.state)),
  },
  {
    name: 'ka_pool_servers_up',
    type: 'gauge',
    help: 'Servers of the pool that are up.',
    labels: ['pool', 'protocol'],
    of: perPool((p) => p.servers.filter((s) => s.state === 'UP').length),
  },
  {
    name: 'ka_pool_quorum',
    type: 'gauge',
    help: 'Weight that the pool needs.',
    labels: ['pool', 'protocol'],
    of: perPool((p) => p.quorum),
  },
  {
    name: 'ka_server_up',
    type: 'gauge',
    help: '1 while the server is up; absent while that is not known.',
    labels: ['pool', 'protocol', 'server'],
    of: perServer((s) => upOf(s.state)),
  },
  {
    name: 'ka_server_weight',
    type: 'gauge',
    help: 'Weight in the kernel’s table.',
    labels: ['pool', 'protocol', 'server'],
    of: perServer((s) => s.weight),
  },
  {
    name: 'ka_server_in_table',
    type: 'gauge',
    help: '1 while the server is in the kernel’s table.',
    labels: ['pool', 'protocol', 'server'],
    of: perServer((s) => bit(s.inTable)),
  },
  {
    name: 'ka_check_up',
    type: 'gauge',
    help: '1 while the check of the server succeeds; absent before it has run.',
    labels: ['pool', 'protocol', 'server', 'check', 'index'],
    of: (d) =>
      pools(d).flatMap((p) =>
        p.servers.flatMap((s) =>
          s.checks.flatMap((c, index) =>
            c.hasRun ? [{ value: bit(c.up), labels: { ...poolLabels(p), server: s.name, check: c.kind, index: String(index) } }] : [],
          ),
        ),
      ),
  },
  ...trafficRows('pool'),
  ...trafficRows('server'),
  {
    name: 'ka_server_current_connections',
    type: 'gauge',
    help: 'Connections of the server in the kernel’s table now.',
    labels: ['pool', 'protocol', 'server', 'state'],
    of: (d) =>
      pools(d).flatMap((p) =>
        p.servers.flatMap(({ name, traffic }) => {
          if (traffic === null) return [];
          const own = { ...poolLabels(p), server: name };
          return [
            { value: traffic.activeConnections, labels: { ...own, state: 'active' } },
            { value: traffic.inactiveConnections, labels: { ...own, state: 'inactive' } },
            { value: traffic.persistentConnections, labels: { ...own, state: 'persistent' } },
          ];
        }),
      ),
  },
  {
    name: 'ka_bfd_session_up',
    type: 'gauge',
    help: '1 while the BFD session is up.',
    labels: ['session', 'neighbour'],
    of: ({ bfd }) =>
      (bfd?.sessions ?? [])
        .filter((s) => s.state.toUpperCase() !== 'UNKNOWN')
        .map((s) => ({ value: bit(s.state.toUpperCase() === 'UP'), labels: { session: s.name, neighbour: s.neighbour } })),
  },
];
