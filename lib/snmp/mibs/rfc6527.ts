// SPDX-License-Identifier: MIT
// VRRPV3-MIB (RFC 6527): any instance with an address, those of version 2 too, as keepalived has it.

import { ip, ipBytes } from '../../base/address.ts';
import { toCentiseconds } from '../../base/time.ts';
import type { InstanceView, Statistics, VrrpView } from '../../ports/vrrp-view.ts';
import { type Column, type ColumnOf, scalar, table } from '../core/mib.ts';
import { type Oid, oid } from '../core/oid.ts';
import { counter, counter64, gauge, inetAddress, integer, octets, timeTicks, truth } from '../core/value.ts';
import { baseIndex, masterAddress, type RouterFacts, routerMac, sumOf } from './routers.ts';
import { rfcStateNumber } from './words.ts';

export const vrrpv3Mib = oid('1.3.6.1.2.1.207');
const nobody = { 4: ip('0.0.0.0'), 6: ip('::') } as const;

export function rfc6527Columns(view: VrrpView, facts: RouterFacts): Column[] {
  const at = (...parts: number[]): Oid => [...vrrpv3Mib, 1, ...parts];
  const routers = view.instances.filter(({ config }) => config.virtual_ipaddress.length > 0);
  const index = (router: InstanceView): Oid => [
    baseIndex(router, view),
    router.config.virtual_router_id,
    router.config.family === 4 ? 1 : 2,
  ];
  const rows = (): [Oid, InstanceView][] => routers.map((router) => [index(router), router]);
  const counted =
    (name: keyof Statistics): ColumnOf<InstanceView> =>
    (router) =>
      counter64(router.statistics[name]);
  return [
    ...table(at(1, 1, 1), rows, {
      3: (router) => inetAddress(masterAddress(router) ?? nobody[router.config.family]),
      4: ({ config, source }) => inetAddress(source ?? nobody[config.family]),
      5: (router) => octets(routerMac(router, view)),
      6: ({ state }) => integer(rfcStateNumber[state]),
      7: ({ config }) => gauge(config.priority),
      8: ({ config }) => integer(config.virtual_ipaddress.length),
      9: ({ config }) => integer(toCentiseconds(config.advert_int)),
      10: ({ config }) => truth(!config.nopreempt),
      11: ({ config }) => truth(config.version === 2 || config.accept),
      12: ({ config }) => timeTicks(facts.upTime(config.name)),
      // row active
      13: () => integer(1),
    }),
    ...table(
      at(1, 2, 1),
      () => routers.flatMap((r) => r.config.virtual_ipaddress.map((a): [Oid, null] => [[...index(r), ...ipBytes(a.ip)], null])),
      { 2: () => integer(1) },
    ),
    scalar(at(2, 1), () => counter64(sumOf(view, 'checksum'))),
    scalar(at(2, 2), () => counter64(sumOf(view, 'version'))),
    scalar(at(2, 3), () => counter64(view.unknownVrids)),
    // Nothing is ever lost from the counters but by our own restart.
    scalar(at(2, 4), () => timeTicks(0)),
    ...table(at(2, 5, 1), rows, {
      1: ({ statistics }) => counter(statistics.becameMaster),
      2: ({ config }) => integer(facts.newMasterReason(config.name)),
      3: counted('advertReceived'),
      4: counted('interval'),
      5: counted('ttl'),
      6: ({ config }) => integer(facts.protocolError(config.name)),
      7: counted('priorityZeroReceived'),
      8: counted('priorityZeroSent'),
      9: counted('type'),
      10: counted('addressList'),
      11: counted('length'),
      12: () => timeTicks(0),
      13: ({ config }) => gauge(config.advert_int / 1e3),
    }),
  ];
}
