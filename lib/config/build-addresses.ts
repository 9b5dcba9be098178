// SPDX-License-Identifier: MIT
// Virtual addresses of an instance: one family, no duplicates, and no more than fit into an advertisement.

import { type Family, ipFamily, isLinkLocal } from '../base/address.ts';
import { scopeOf } from './address-scopes.ts';
import { type BuildContext, fatal, notice, repaired } from './build-context.ts';
import type { AddressEntry } from './entries.ts';
import { type Block, entriesOf, type Setting, valueIn } from './keyword.ts';
import { vrrpInstance } from './keywords/vrrp-instance.ts';
import type { VirtualAddress } from './model.ts';
import type { PolicyContext } from './policy-context.ts';

interface Instance {
  readonly family: Family;
  readonly version: 2 | 3;
  readonly strict: boolean;
  readonly auth: 'PASS' | 'AH' | null;
  /** With an auth_hmac trailer. */
  readonly hmac: boolean;
  readonly interface: string | null;
  readonly dynamic: boolean;
}

interface Addresses {
  readonly virtual_ipaddress: readonly VirtualAddress[];
  readonly virtual_ipaddress_excluded: readonly VirtualAddress[];
}

export function buildAddresses(block: Block<typeof vrrpInstance>, instance: Instance, { context, names }: PolicyContext): Addresses {
  const { name } = block;
  const seen = new Set<string>();
  const keep = (entries: readonly Setting<AddressEntry>[], family: Family | null) =>
    entries.flatMap(({ value, place }) => {
      const drop = (code: string, message: string, more = {}) => {
        repaired(context, place, code, message, { scope: 'child', word: value.ip, ...more });
        return [];
      };
      if (family !== null && ipFamily(value.ip) !== family) {
        return drop('family-mismatch', `(${name}): address family must match VRRP instance [${value.ip}] - ignoring`, {
          expected: `an IPv${family} address, as the first one`,
          hint: "an address of the other family goes into 'virtual_ipaddress_excluded', or into an instance of its own",
        });
      }
      const key = `${value.ip} ${value.dev ?? ''}`;
      if (seen.has(key)) return drop('duplicate', `(${name}) VIP ${value.ip} already specified - ignoring`);
      if (value.dev === null && instance.interface === null)
        return drop('address-no-interface', `(${name}): no interface for vip ${value.ip} - removing`);
      checkDevice(value, place, instance, context);
      seen.add(key);
      return [{ ...value, scope: scopeOf(value, place, names, context), made: null, position: place }];
    });

  const vips = keep(entriesOf(block, 'virtual_ipaddress'), instance.family);
  const excluded = keep(entriesOf(block, 'virtual_ipaddress_excluded'), null);
  const room = roomFor(instance, context);
  if (vips.length > room) {
    repaired(
      context,
      block.place,
      'vips-do-not-fit',
      `(${name}) Number of VIPs (${vips.length}) exceeds maximum/space available in packet (max ${room} addresses) - excess moved to eVIPs`,
    );
  }
  const fitting = vips.slice(0, room);
  checkCount(block, fitting, instance, context);
  checkLinkLocal(block, fitting, instance, context);
  return { virtual_ipaddress: fitting, virtual_ipaddress_excluded: [...vips.slice(room), ...excluded] };
}

/** Reference section 1.3: what is left of the MTU, and at most 255. */
function roomFor(instance: Instance, context: BuildContext): number {
  const mtu = (instance.interface !== null && context.interfaces?.get(instance.interface)?.mtu) || 1500;
  const { family, version, auth, hmac } = instance;
  const used = 14 + (family === 4 ? 20 : 40) + 8 + (version === 2 ? 8 : 0) + (auth === 'AH' ? 24 : 0) + (hmac ? 28 : 0);
  return Math.max(0, Math.min(255, Math.floor((mtu - used) / (family === 4 ? 4 : 16))));
}

function checkDevice(entry: AddressEntry, place: VirtualAddress['position'], instance: Instance, context: BuildContext): void {
  if (entry.dev === null || !context.interfaces || context.interfaces.has(entry.dev)) return;
  if (instance.dynamic) {
    notice(
      context,
      place,
      'interface-later',
      `Configuration specifies interface ${entry.dev} which doesn't currently exist - will use if created`,
      { word: entry.dev },
    );
    return;
  }
  fatal(
    context,
    place,
    'interface-unknown',
    `WARNING - interface ${entry.dev} for ip address ${entry.ip}/${entry.prefixLength} doesn't exist`,
    {
      scope: 'child',
      word: entry.dev,
    },
  );
}

function checkCount(block: Block<typeof vrrpInstance>, vips: readonly VirtualAddress[], instance: Instance, context: BuildContext): void {
  if (vips.length > 0) return;
  if (valueIn(vrrpInstance, block, 'no_virtual_ipaddress') && !instance.strict) return;
  if (instance.version === 3 || instance.strict) {
    fatal(context, block.place, 'vip-missing', `(${block.name}) No VIP specified; at least one is required`, {
      expected: 'virtual_ipaddress { ADDRESS }',
    });
    return;
  }
  repaired(context, block.place, 'vip-missing', `(${block.name}) No VIP specified; at least one is sensible`, { severity: 'warning' });
}

/** RFC 9568 5.2.9: the first IPv6 address is the link-local one. */
function checkLinkLocal(
  block: Block<typeof vrrpInstance>,
  vips: readonly VirtualAddress[],
  instance: Instance,
  context: BuildContext,
): void {
  const [first] = vips;
  if (instance.family !== 6 || !first || isLinkLocal(first.ip)) return;
  const text = `(${block.name}) the first IPv6 VIP address ${instance.strict ? 'must' : 'should'} be link local`;
  if (instance.strict) repaired(context, first.position, 'vip-not-link-local', text, { word: first.ip });
  else notice(context, first.position, 'vip-not-link-local', text, { word: first.ip });
}
