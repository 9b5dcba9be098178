// SPDX-License-Identifier: MIT
// KEEPALIVED-MIB, group `check`: real servers, the sorry server of each service before them (reference: snmp-objects.tsv).

import type { RealServer, SorryServer } from '../../config/model-lvs.ts';
import type { PoolCounters, PoolView, ServerCounters, ServerView } from '../../ports/checkers.ts';
import { type Column, type ColumnOf, numbered, table, type Write } from '../core/mib.ts';
import type { Oid } from '../core/oid.ts';
import { gauge, inetAddress, integer, truth, type Value } from '../core/value.ts';
import { countedBy, type Shown, seconds } from './counted.ts';
import { addressType, command, forwarding, optionalText, programOf, tunnelChecksum, tunnelPort, tunnelType } from './words.ts';

/** What may be set from outside. */
export type SetWeight = (virtualServer: number, realServer: number, weight: number) => void;

interface Row {
  readonly place: { readonly virtualServer: number; readonly realServer: number };
  readonly server: RealServer | SorryServer;
  /** null: it is the sorry server. */
  readonly regular: { readonly rs: RealServer; readonly view: ServerView } | null;
  readonly counters: ServerCounters | null;
}

export function serverColumns(entry: Oid, pools: readonly PoolView[], counters: readonly PoolCounters[], setWeight: SetWeight): Column[] {
  const rows = () => pools.flatMap((pool, i) => numbered(rowsOf(pool, i, counters[i]), [i + 1]));
  return table(entry, rows, columns, { 7: ({ place, regular }) => (regular ? weight(place, setWeight) : refused) });
}

function rowsOf({ config, servers }: PoolView, virtualServer: number, counters: PoolCounters | undefined): Row[] {
  const regular = config.real_server.flatMap((rs, realServer): Row[] => {
    const view = servers[realServer];
    if (!view) return [];
    return [{ place: { virtualServer, realServer }, server: rs, regular: { rs, view }, counters: counters?.servers[realServer] ?? null }];
  });
  const sorry = config.sorry_server;
  if (!sorry) return regular;
  return [{ place: { virtualServer, realServer: -1 }, server: sorry, regular: null, counters: counters?.sorry ?? null }, ...regular];
}

const mostWeight = 2 ** 31 - 1;

function weight({ virtualServer, realServer }: Row['place'], setWeight: SetWeight): Write {
  return (value) => {
    if (value.type !== 'integer' || value.value < 0 || value.value > mostWeight) return 'wrongValue';
    return () => setWeight(virtualServer, realServer, value.value);
  };
}

/** A sorry server has no weight, so there is nothing to be set. */
const refused: Write = () => 'wrongValue';

/** Of real servers alone. */
const real =
  (show: (rs: RealServer, view: ServerView) => Value | null): ColumnOf<Row> =>
  ({ regular }) =>
    regular && show(regular.rs, regular.view);
/** What a sorry server, which nobody checks, has as none. */
const checked =
  (show: (rs: RealServer) => Value, none = gauge(0)): ColumnOf<Row> =>
  ({ regular }) =>
    regular ? show(regular.rs) : none;
const of =
  (show: (server: Row['server']) => Value | null): ColumnOf<Row> =>
  ({ server }) =>
    show(server);

const columns: Shown<Row> = {
  2: ({ regular }) => integer(regular ? 1 : 2),
  3: of(({ ip }) => addressType(ip)),
  4: of(({ ip }) => inetAddress(ip)),
  5: of(({ port }) => gauge(port)),
  6: real((_, { up }) => integer(up ? 1 : 2)),
  7: real((_, view) => integer(view.weight)),
  8: real(({ uthreshold }) => (uthreshold === 0 ? null : gauge(uthreshold))),
  9: real(({ lthreshold }) => (lthreshold === 0 ? null : gauge(lthreshold))),
  10: real(({ inhibit_on_failure }) => integer(inhibit_on_failure ? 2 : 1)),
  11: real(({ notify_up }) => command(notify_up)),
  12: real(({ notify_down }) => command(notify_down)),
  13: real((_, { checks }) => gauge(checks.filter((check) => !check.up).length)),
  ...countedBy(({ counters }: Row) => counters?.statistics ?? null)({
    conns: 14,
    packets: 18,
    bytes: 20,
    rates: 22,
    wide: 27,
    halves: 30,
    wideRates: 58,
  }),
  15: ({ counters }) => gauge(counters?.activeConnections ?? 0),
  16: ({ counters }) => gauge(counters?.inactiveConnections ?? 0),
  17: ({ counters }) => gauge(counters?.persistentConnections ?? 0),
  40: of(({ lvs_method }) => forwarding(lvs_method)),
  41: real((rs) => optionalText(rs.virtualhost)),
  42: checked((rs) => truth(rs.alpha), truth(false)),
  43: checked((rs) => gauge(rs.retry ?? 0)),
  44: checked((rs) => seconds(rs.delay_before_retry)),
  45: checked((rs) => seconds(rs.warmup)),
  46: checked((rs) => seconds(rs.delay_loop)),
  47: checked(({ smtp_alert }) => truth(smtp_alert), truth(false)),
  48: checked((rs) => gauge(rs.delay_before_retry ?? 0)),
  49: checked((rs) => gauge(rs.warmup ?? 0)),
  50: checked((rs) => gauge(rs.delay_loop)),
  51: checked((rs) => gauge(rs.connect_timeout)),
  52: of(({ lvs_method }) => tunnelType(lvs_method)),
  53: of(({ lvs_method }) => tunnelPort(lvs_method)),
  54: of(({ lvs_method }) => tunnelChecksum(lvs_method)),
  55: real(({ snmp_name }) => optionalText(snmp_name)),
  56: real(({ notify_up }) => programOf(notify_up)),
  57: real(({ notify_down }) => programOf(notify_down)),
  63: real((_, { checks }) => gauge(checks.filter((check) => !check.hasRun).length)),
};
