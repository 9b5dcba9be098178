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
