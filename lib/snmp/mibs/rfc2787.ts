// SPDX-License-Identifier: MIT
// VRRP-MIB (RFC 2787): VRRPv2 over IPv4. An instance without addresses is not a virtual router in its sense.

import { type Ip, ip, ipBytes } from '../../base/address.ts';
import type { InstanceView, VrrpView } from '../../ports/vrrp-view.ts';
import { type Column, scalar, table } from '../core/mib.ts';
import { type Oid, oid } from '../core/oid.ts';
import { counter, integer, ipAddress, octets, timeTicks, truth } from '../core/value.ts';
import { baseIndex, masterAddress, type RouterFacts, routerMac, sumOf } from './routers.ts';
import { rfcStateNumber } from './words.ts';

export const vrrpMib = oid('1.3.6.1.2.1.68');
const nowhere = ip('0.0.0.0');

export function rfc2787Columns(view: VrrpView, facts: RouterFacts): Column[] {
  const at = (...parts: number[]): Oid => [...vrrpMib, ...parts];
  const routers = view.instances.filter(({ config }) => config.version === 2 && config.family === 4 && config.virtual_ipaddress.length > 0);
  const index = (router: InstanceView): Oid => [baseIndex(router, view), router.config.virtual_router_id];
  const rows = (): [Oid, InstanceView][] => routers.map((router) => [index(router), router]);
  return [
    scalar(at(1, 1), () => integer(2)),
    scalar(at(1, 2), () => truth(view.config.global_defs.enable_traps)),
    ...table(at(1, 3, 1), rows, {
      2: (router) => octets(routerMac(router, view)),
      3: ({ state }) => integer(rfcStateNumber[state]),
      // adminState up
      4: () => integer(1),
      5: ({ config }) => integer(config.priority),
      6: ({ config }) => integer(config.virtual_ipaddress.length),
      7: (router) => ipAddress(masterAddress(router) ?? nowhere),
      8: ({ source }) => ipAddress(source ?? nowhere),
      // noAuthentication, simpleTextPassword, ipAuthenticationHeader
      9: ({ config: { authentication } }) => integer(authentication === null ? 1 : authentication.auth_type === 'PASS' ? 2 : 3),
      11: ({ config }) => integer(config.advert_int / 1e6),
      12: ({ config }) => truth(!config.nopreempt),
      13: (router) => timeTicks(facts.upSince(router.config.name)),
      // protocol ip, row active
      14: () => integer(1),
      15: () => integer(1),
    }),
    ...table(
      at(1, 4, 1),
      () =>
        routers.flatMap((router) => router.config.virtual_ipaddress.map((a): [Oid, null] => [[...index(router), ...octetsOf(a.ip)], null])),
      { 2: () => integer(1) },
    ),
    scalar(at(2, 1), () => counter(sumOf(view, 'checksum'))),
    scalar(at(2, 2), () => counter(sumOf(view, 'version'))),
    scalar(at(2, 3), () => counter(view.unknownVrids)),
    ...table(at(2, 4, 1), rows, {
      1: ({ statistics: s }) => counter(s.becameMaster),
      2: ({ statistics: s }) => counter(s.advertReceived),
      3: ({ statistics: s }) => counter(s.interval),
      4: ({ statistics: s }) => counter(s.authFailure),
      5: ({ statistics: s }) => counter(s.ttl),
      6: ({ statistics: s }) => counter(s.priorityZeroReceived),
      7: ({ statistics: s }) => counter(s.priorityZeroSent),
      8: ({ statistics: s }) => counter(s.type),
      9: ({ statistics: s }) => counter(s.addressList),
      10: ({ statistics: s }) => counter(s.authTypeInvalid),
      11: ({ statistics: s }) => counter(s.authTypeMismatch),
      12: ({ statistics: s }) => counter(s.length),
    }),
  ];
}

function octetsOf(address: Ip): Oid {
  return [...ipBytes(address)];
}
