// SPDX-License-Identifier: MIT
// use_vmac, use_ipvlan and vmac_xmit_base of one instance (reference/vrrp-protocol.md section 10). Names and the VMACs of
// single addresses follow when all instances are known: made-interfaces.ts.

import { type Family, type Ip, macText, parseIp, parseMac } from '../base/address.ts';
import { type BuildContext, fatal, repaired } from './build-context.ts';
import type { VirtualDevice } from './global-args.ts';
import { type Block, placeOf, valueIn } from './keyword.ts';
import { vrrpInstance } from './keywords/vrrp-instance.ts';
import { linkGroup } from './link-groups.ts';
import type { MadeInterface, VrrpInstance } from './model.ts';

interface Facts {
  readonly family: Family;
  readonly vrid: number;
  readonly strict: boolean;
  readonly unicast: boolean;
  readonly interface: string | null;
  /** mcast_src_ip or unicast_src_ip as written. */
  readonly source: Ip | null;
}

type Made = Pick<VrrpInstance, 'use_vmac' | 'use_ipvlan' | 'use_vmac_addr' | 'vmac_xmit_base' | 'vrf'>;

/** `faults` collects reasons to stay in FAULT. */
export function buildInterfaces(block: Block<typeof vrrpInstance>, facts: Facts, faults: string[], context: BuildContext): Made {
  const { name } = block;
  const get = <K extends keyof typeof vrrpInstance & string>(key: K) => valueIn(vrrpInstance, block, key);
  const fault = (code: string, text: string, key: keyof typeof vrrpInstance & string, more = {}) =>
    repaired(context, placeOf(block, key), code, `(${name}) ${text}`, more);

  const vmac = interfaceFor('use_vmac');
  const ipvlan = vmac ? null : interfaceFor('use_ipvlan');
  if (vmac && get('use_ipvlan')) fault('vmac-and-ipvlan', 'use_vmac and use_ipvlan exclude each other - ignoring use_ipvlan', 'use_ipvlan');
  if (ipvlan && facts.family === 4 && ipvlan.address === null && facts.source === null) {
    const text = 'IPv4 ipvlan requires a source ip address to be configured. setting instance to fault state';
    fault('ipvlan-no-address', text, 'use_ipvlan');
    faults.push(text);
  }
  return {
    use_vmac: vmac,
    use_ipvlan: ipvlan,
    use_vmac_addr: get('use_vmac_addr') ?? false,
    vmac_xmit_base: transmitsOnBase(),
    vrf: vrfOf(),
  };

  function interfaceFor(key: 'use_vmac' | 'use_ipvlan'): MadeInterface | null {
    const wanted = get(key);
    if (!wanted) return null;
    if (facts.interface === null) {
      fatal(context, placeOf(block, key), 'vmac-no-interface', `(${name}) ${key} needs an interface`, { expected: 'interface IFNAME' });
      return null;
    }
    const kind = key === 'use_vmac' ? 'macvlan' : 'ipvlan';
    return {
      kind,
      name: wanted.name ?? '',
      named: wanted.name !== null,
      base: facts.interface,
      family: facts.family,
      mac: kind === 'macvlan' ? macOf(wanted) : null,
      mode: kind === 'macvlan' ? 'private' : (wanted.mode ?? 'bridge'),
      group: groupOf(wanted, key),
      netlink_notify_msg: wanted.notify,
      address: addressOf(wanted),
    };
  }

  function macOf(wanted: VirtualDevice): string {
    const own = virtualMac(facts.family, facts.vrid);
    if (wanted.mac === null) return own;
    if (facts.strict) {
      fault('vmac-mac-strict', 'Strict mode has the virtual MAC of the RFC - ignoring the one given', 'use_vmac', { word: wanted.mac });
      return own;
    }
    const bytes = parseMac(wanted.mac);
    if (!bytes.ok) return own;
    return macText(bytes.value.length === 5 ? Uint8Array.of(...bytes.value, facts.vrid) : bytes.value);
  }

  function groupOf(wanted: VirtualDevice, key: 'use_vmac' | 'use_ipvlan'): number | null {
    if (wanted.group === null) return null;
    const group = linkGroup(wanted.group, context.files);
    if (group === null) fault('link-group-unknown', `unknown link group '${wanted.group}' - ignoring`, key, { word: wanted.group });
    return group;
  }

  function addressOf(wanted: VirtualDevice): MadeInterface['address'] {
    if (wanted.address === null) return null;
    const [text = '', length] = wanted.address.split('/');
    const ip = parseIp(text);
    const full = text.includes(':') ? 128 : 32;
    const prefixLength = length === undefined ? full : Number(length);
    if (ip.ok && full === (facts.family === 4 ? 32 : 128) && prefixLength <= full) return { ip: ip.value, prefixLength };
    fault('family-mismatch', `use_ipvlan address ${wanted.address} is no IPv${facts.family} address - ignoring`, 'use_ipvlan', {
      word: wanted.address,
    });
    return null;
  }

  function transmitsOnBase(): boolean {
    const asked = block.settings.vmac_xmit_base !== undefined;
    if (facts.unicast && vmac && !asked) {
      fault('vmac-unicast', 'unicast with use_vmac requires vmac_xmit_base - setting', 'use_vmac', { scope: 'child' });
      return true;
    }
    if (!asked) return false;
    if (!vmac && block.settings.use_ipvlan === undefined)
      fault('xmit-base-alone', 'vmac_xmit_base is only valid with a vmac', 'vmac_xmit_base');
    if (facts.strict) fault('xmit-base-strict', 'xmit_base is incompatible with strict mode - resetting', 'vmac_xmit_base');
    return (vmac !== null || ipvlan !== null) && !facts.strict;
  }

  function vrfOf(): string | null {
    const wanted = get('vrf') ?? null;
    if (wanted === null) return null;
    if (facts.interface === null && facts.unicast) return wanted;
    fault('vrf-interface', 'vrf is for unicast instances without an interface - ignoring', 'vrf', { word: wanted });
    return null;
  }
}

/** RFC 9568 7.3 */
export function virtualMac(family: Family, vrid: number): string {
  return macText(Uint8Array.of(0, 0, 0x5e, 0, family === 4 ? 1 : 2, vrid));
}
