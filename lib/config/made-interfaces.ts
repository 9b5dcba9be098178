// SPDX-License-Identifier: MIT
// When all instances are known: names of the interfaces that the daemon makes, the VMACs of addresses on other interfaces or
// of the other family, and who may not share one (reference/vrrp-protocol.md sections 10.1 and 10.3).

import { type Family, ipFamily } from '../base/address.ts';
import { type BuildContext, repaired } from './build-context.ts';
import { virtualMac } from './build-interfaces.ts';
import type { GlobalDefs, MadeInterface, VirtualAddress, VrrpInstance } from './model.ts';

/** IFNAMSIZ without its end. */
const longest = 15;

export function nameInterfaces(
  instances: readonly VrrpInstance[],
  defs: Pick<GlobalDefs, 'vmac_prefix' | 'vmac_addr_prefix'>,
  context: BuildContext,
): VrrpInstance[] {
  const taken = new Set<string>(instances.flatMap((i) => (i.interface === null ? [] : [i.interface])));
  // Chosen names first: a made-up one must not be in their way.
  const own = instances.map((i) => ownInterface(i, taken, context));
  const named = instances.map((i, n) => withOwn(i, own[n] ?? null, defs.vmac_prefix, taken));
  const users = new Map<string, string>();
  for (const i of named) if (i.use_vmac) users.set(placeOfMac(i.use_vmac), i.name);
  return named.map((i) => withAddressVmacs(i, defs.vmac_addr_prefix, taken, users, context));
}

/** The interface made for the whole instance. */
export function ownMade(i: Pick<VrrpInstance, 'use_vmac' | 'use_ipvlan'>): MadeInterface | null {
  return i.use_vmac ?? i.use_ipvlan;
}

/** All interfaces made for an instance. */
export function madeInterfaces(i: Pick<VrrpInstance, 'use_vmac' | 'use_ipvlan' | 'address_vmacs'>): readonly MadeInterface[] {
  const own = ownMade(i);
  return own ? [own, ...i.address_vmacs] : i.address_vmacs;
}

/** `vrrp.51`; taken: for IPv6 `vrrp6.51`, then `vrrp1.51`, `vrrp2.51` … */
export function generatedName(prefix: string, vrid: number, family: Family, isTaken: (name: string) => boolean): string {
  const build = (middle: string): string => `${prefix.slice(0, longest - middle.length - 1 - String(vrid).length)}${middle}.${vrid}`;
  const first = build('');
  if (!isTaken(first)) return first;
  const six = build('6');
  if (family === 6 && !isTaken(six)) return six;
  for (let n = 1; ; n++) {
    const name = build(String(n));
    if (!isTaken(name)) return name;
  }
}

function ownInterface(i: VrrpInstance, taken: Set<string>, context: BuildContext): MadeInterface | null {
  const own = ownMade(i);
  if (!own?.named) return own;
  if (taken.has(own.name)) {
    repaired(context, i.position, 'vmac-name-taken', `(${i.name}) interface name ${own.name} is already used - using default name`, {
      word: own.name,
    });
    return { ...own, name: '', named: false };
  }
  taken.add(own.name);
  return own;
}

function withOwn(i: VrrpInstance, own: MadeInterface | null, prefix: string, taken: Set<string>): VrrpInstance {
  if (!own) return i;
  const name = own.named ? own.name : generatedName(prefix, i.virtual_router_id, i.family, (n) => taken.has(n));
  taken.add(name);
  const made = { ...own, name };
  return { ...i, ...(own.kind === 'macvlan' ? { use_vmac: made } : { use_ipvlan: made }) };
}

function withAddressVmacs(
  i: VrrpInstance,
  prefix: string,
  taken: Set<string>,
  users: Map<string, string>,
  context: BuildContext,
): VrrpInstance {
  const own = ownMade(i);
  const asked = (a: VirtualAddress) => a.use_vmac;
  if (!own && !i.use_vmac_addr && !i.virtual_ipaddress.some(asked) && !i.virtual_ipaddress_excluded.some(asked)) return i;
  const vmacs: MadeInterface[] = [];

  function place(a: VirtualAddress): VirtualAddress {
    const base = a.dev ?? i.interface;
    const family = ipFamily(a.ip);
    if (base === null) return a;
    if (own && base === own.base && family === own.family) return { ...a, made: own.name };
    const elsewhere = base !== i.interface || family !== i.family;
    if (!a.use_vmac && !(i.use_vmac_addr && elsewhere)) return a;
    return { ...a, made: vmacOn(base, family, a)?.name ?? null };
  }

  function vmacOn(base: string, family: Family, a: VirtualAddress): MadeInterface | null {
    const known = vmacs.find((v) => v.base === base && v.family === family);
    if (known) return known;
    const made: MadeInterface = {
      kind: 'macvlan',
      name: generatedName(prefix, i.virtual_router_id, family, (n) => taken.has(n)),
      named: false,
      base,
      family,
      mac: virtualMac(family, i.virtual_router_id),
      mode: 'private',
      group: null,
      netlink_notify_msg: false,
      address: null,
    };
    const other = users.get(placeOfMac(made));
    if (other !== undefined && other !== i.name) {
      repaired(
        context,
        a.position,
        'vmac-shared',
        `(${i.name}) VIP/eVIP ${a.ip} uses same VMAC as VRRP instance ${other}, disabling its VMAC`,
        {
          word: a.ip,
          effect: 'the address goes on the interface itself',
        },
      );
      return null;
    }
    users.set(placeOfMac(made), i.name);
    taken.add(made.name);
    vmacs.push(made);
    return made;
  }

  const virtual_ipaddress = i.virtual_ipaddress.map(place);
  const virtual_ipaddress_excluded = i.virtual_ipaddress_excluded.map(place);
  return { ...i, virtual_ipaddress, virtual_ipaddress_excluded, address_vmacs: vmacs };
}

/** A MAC can be on one macvlan of an interface only. */
function placeOfMac(made: MadeInterface): string {
  return `${made.base} ${made.mac}`;
}
