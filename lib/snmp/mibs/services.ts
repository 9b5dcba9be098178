// SPDX-License-Identifier: MIT
// KEEPALIVED-MIB, group `check`: groups of services, virtual servers, the sync daemon and timeouts of IPVS (reference:
// snmp-objects.tsv).

import { type Ip, ip, ipBytes } from '../../base/address.ts';
import type { Config } from '../../config/model.ts';
import type { GroupEntry, VirtualServer } from '../../config/model-lvs.ts';
import type { CheckersCounters, CheckersView, PoolCounters, PoolView } from '../../ports/checkers.ts';
import { type Column, type ColumnOf, numbered, scalar, table } from '../core/mib.ts';
import type { Oid } from '../core/oid.ts';
import { gauge, inetAddress, integer, octets, text, truth, type Value } from '../core/value.ts';
import { countedBy, type Shown, seconds } from './counted.ts';
import { keepalived } from './globals.ts';
import { type SetWeight, serverColumns } from './servers.ts';
import { addressType, command, forwarding, optionalText, programOf, tunnelChecksum, tunnelPort, tunnelType } from './words.ts';

export const checkRoot: Oid = [...keepalived, 3];

/** `counters`: null where nothing could be read yet. */
export function checkColumns(view: CheckersView, counters: CheckersCounters | null, setWeight: SetWeight): Column[] {
  const { config, pools } = view;
  // Those of another configuration belong to other places.
  const counted = counters?.config === config ? counters.pools : [];
  const rows = () => numbered(pools.map((pool, i): ServiceRow => ({ pool, vs: pool.config, counters: counted[i] ?? null })));
  return [
    ...table([...checkRoot, 1, 1], () => numbered(config.virtual_server_group), { 2: ({ name }) => text(name) }),
    ...table([...checkRoot, 2, 1], () => config.virtual_server_group.flatMap(({ entries }, g) => members(entries, g + 1)), memberColumns),
    ...table([...checkRoot, 3, 1], rows, serviceColumns),
    ...serverColumns([...checkRoot, 4, 1], pools, counted, setWeight),
    ...settings(config),
  ];
}

/** Marks come first, as keepalived has them. */
function members(entries: readonly GroupEntry[], group: number): (readonly [Oid, GroupEntry])[] {
  return numbered([...entries.filter((e) => e.kind === 'fwmark'), ...entries.filter((e) => e.kind === 'addresses')], [group]);
}

const single = (e: GroupEntry) => (e.kind === 'addresses' && e.first === e.last ? e : null);
const range = (e: GroupEntry) => (e.kind === 'addresses' && e.first !== e.last ? e : null);

const memberColumns: Shown<GroupEntry> = {
  2: (e) => integer(e.kind === 'fwmark' ? 1 : single(e) ? 2 : 3),
  3: (e) => (e.kind === 'fwmark' ? gauge(e.mark) : null),
  4: (e) => (e.kind === 'addresses' ? addressType(e.first) : null),
  5: (e) => inetAddressOf(single(e)?.first),
  6: (e) => inetAddressOf(range(e)?.first),
  7: (e) => inetAddressOf(range(e)?.last),
  8: (e) => (e.kind === 'addresses' ? gauge(e.port) : null),
};

function inetAddressOf(address: Ip | undefined): Value | null {
  return address === undefined ? null : inetAddress(address);
}

interface ServiceRow {
  readonly pool: PoolView;
  readonly vs: VirtualServer;
  readonly counters: PoolCounters | null;
}

const schedulers = ['rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'dh', 'sh', 'sed', 'nq', 'fo', 'ovf', 'mh', 'twos'];
const unknownScheduler = 99;
const everyBit = 0xffffffff;

const of =
  (show: (vs: VirtualServer) => Value | null): ColumnOf<ServiceRow> =>
  ({ vs }) =>
    show(vs);
const address = (show: (key: Extract<VirtualServer['key'], { kind: 'address' }>) => Value): ColumnOf<ServiceRow> =>
  of(({ key }) => (key.kind === 'address' ? show(key) : null));
const counted = countedBy(({ counters }: ServiceRow) => counters?.statistics ?? null);

const serviceColumns: Shown<ServiceRow> = {
  2: of(({ key }) => integer({ fwmark: 1, address: 2, group: 3 }[key.kind])),
  3: of(({ key }) => (key.kind === 'group' ? text(key.group) : null)),
  4: of(({ key }) => (key.kind === 'fwmark' ? gauge(key.mark) : null)),
  5: of((vs) => integer(isIpv6(vs) ? 2 : 1)),
  6: address((key) => inetAddress(key.ip)),
  7: address((key) => gauge(key.port)),
  8: of(({ key }) => (key.kind === 'fwmark' ? null : integer({ TCP: 1, UDP: 2, SCTP: 3 }[key.protocol]))),
  9: of(({ lvs_sched }) => integer(schedulers.indexOf(lvs_sched) + 1 || unknownScheduler)),
  10: of(({ lvs_method }) => forwarding(lvs_method)),
  // alive: one that is not is no service
  11: () => integer(1),
  12: of((vs) => optionalText(vs.virtualhost)),
  13: of(({ persistence }) => truth(persistence !== null)),
  14: of(({ persistence }) => persistence && gauge(persistence.timeout)),
  15: of((vs) => (isIpv6(vs) && vs.key.kind === 'address' ? null : netmask(vs))),
  16: of((vs) => seconds(vs.delay_loop)),
  17: of(({ ha_suspend }) => truth(ha_suspend)),
  18: of((vs) => truth(vs.alpha)),
  19: of(({ omega }) => truth(omega)),
  20: of(({ real_server }) => gauge(real_server.length)),
  21: ({ pool }) => gauge(pool.servers.filter((server) => server.up).length),
  22: of(({ quorum }) => gauge(quorum)),
  23: ({ pool }) => integer(pool.quorumUp ? 1 : 2),
  24: of(({ quorum_up }) => command(quorum_up)),
  25: of(({ quorum_down }) => command(quorum_down)),
  26: of(({ hysteresis }) => gauge(hysteresis)),
  ...counted({ conns: 27, packets: 28, bytes: 30, rates: 32, wide: 38, halves: 41, wideRates: 74 }),
  37: of(({ ops }) => truth(ops)),
  51: of((vs) => (!isIpv6(vs) && vs.key.kind === 'address' ? null : gauge(prefixLength(vs)))),
  // A flag of the kernel's own.
  52: () => truth(false),
  53: of(({ flags }) => truth(flags['sched-1'])),
  54: of(({ flags }) => truth(flags['sched-2'])),
  55: of(({ flags }) => truth(flags['sched-3'])),
  56: of(({ inhibit_on_failure }) => integer(inhibit_on_failure ? 2 : 1)),
  57: of((vs) => gauge(vs.retry ?? 0)),
  58: of((vs) => seconds(vs.delay_before_retry)),
  59: of((vs) => seconds(vs.warmup)),
  60: of(({ weight }) => integer(weight)),
  61: of(({ smtp_alert }) => truth(smtp_alert)),
  62: of(({ flags }) => truth(flags['sched-1'])),
  63: of(({ flags }) => truth(flags['sched-2'])),
  64: of((vs) => gauge(vs.delay_loop)),
  65: of((vs) => gauge(vs.delay_before_retry ?? 0)),
  66: of((vs) => gauge(vs.warmup ?? 0)),
  67: of((vs) => gauge(vs.connect_timeout)),
  68: of(({ lvs_method }) => tunnelType(lvs_method)),
  69: of(({ lvs_method }) => tunnelPort(lvs_method)),
  70: of(({ lvs_method }) => tunnelChecksum(lvs_method)),
  71: of(({ snmp_name }) => optionalText(snmp_name)),
  72: of(({ quorum_up }) => programOf(quorum_up)),
  73: of(({ quorum_down }) => programOf(quorum_down)),
};

function isIpv6({ key }: VirtualServer): boolean {
  return key.kind === 'address' ? key.ip.includes(':') : key.family === 6;
}

/** Each client on its own where nothing is set, or where it is not IPv4. */
function netmask({ persistence }: VirtualServer): Value {
  const mask = persistence?.granularity;
  return octets(typeof mask === 'string' ? ipBytes(mask) : ipBytes(ip('255.255.255.255')));
}

function prefixLength({ persistence }: VirtualServer): number {
  const length = persistence?.granularity;
  return typeof length === 'number' ? length : everyBit;
}

function settings({ global_defs }: Config): Column[] {
  const { lvs_sync_daemon: daemon, lvs_timeouts: timeouts } = global_defs;
  const ofDaemon = (number: number, show: (d: NonNullable<typeof daemon>) => Value | null) =>
    scalar([...checkRoot, 6, number], () => daemon && show(daemon));
  const ofTimeouts = (number: number, value: number | undefined) =>
    scalar([...checkRoot, 7, number], () => (value === undefined ? null : integer(value)));
  return [
    scalar([...checkRoot, 6, 1], () => truth(daemon !== null)),
    ofDaemon(2, (d) => text(d.interface)),
    ofDaemon(3, (d) => optionalText(d.instance)),
    ofDaemon(4, (d) => integer(d.id)),
    ofDaemon(5, (d) => integer(d.maxlen ?? 0)),
    ofDaemon(6, (d) => integer(d.port ?? 0)),
    ofDaemon(7, (d) => integer(d.ttl ?? 0)),
    ofDaemon(8, (d) => d.group && addressType(d.group)),
    ofDaemon(9, (d) => d.group && inetAddress(d.group)),
    ofTimeouts(1, timeouts?.tcp),
    ofTimeouts(2, timeouts?.tcpfin),
    ofTimeouts(3, timeouts?.udp),
  ];
}
