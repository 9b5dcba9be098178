// SPDX-License-Identifier: MIT
// Names of made interfaces against those that exist: a private macvlan with the right MAC on the right interface is used
// under the name it has, and a name that belongs to something else is not taken (reference: VRRP document, section 10.1).

import { parseMac } from '../../base/address.ts';
import { generatedName, madeInterfaces } from '../../config/made-interfaces.ts';
import type { Config, MadeInterface, VirtualAddress, VrrpInstance } from '../../config/model.ts';
import type { Link } from '../../native/surface.ts';
import type { Log } from '../../ports/log.ts';
import type { NetworkView } from './network-view.ts';

/** MACVLAN_MODE_PRIVATE; IPVLAN_MODE_L2. */
export const MACVLAN_PRIVATE = 1;
export const IPVLAN_L2 = 0;
/** Starts the alias of what we made; the identity of the process that did follows. */
const mark = 'ka-ts ';

/** What stands in the alias behind the process: settings of the interface below, as they were before. */
export interface Mark {
  readonly process: string;
  readonly notes: Readonly<Record<string, number>>;
}

export function markText({ process, notes }: Mark): string {
  return `${mark}${process}${Object.entries(notes)
    .map(([key, value]) => ` ${key}=${value}`)
    .join('')}`;
}

/** null: not ours. */
export function readMark(alias: string): Mark | null {
  if (!alias.startsWith(mark)) return null;
  const [process = '', ...words] = alias.slice(mark.length).split(' ');
  if (!/^[0-9]{1,9}(\.[0-9]{1,20})?$/.test(process)) return null;
  const notes = words.flatMap((word) => {
    const found = /^([a-z_.]+)=([0-9]{1,3})$/.exec(word);
    return found ? [[found[1] ?? '', Number(found[2])] as const] : [];
  });
  return { process, notes: Object.fromEntries(notes) };
}

/** Mode and MAC are as wanted. */
export function fits(link: Link, made: MadeInterface): boolean {
  if (link.linkKind !== made.kind) return false;
  if (made.kind === 'ipvlan') return link.mode === IPVLAN_L2 && link.modeFlags === ipvlanFlags(made);
  return link.mode === MACVLAN_PRIVATE && Buffer.compare(link.mac, macBytes(made)) === 0;
}

/** IPVLAN_F_PRIVATE, IPVLAN_F_VEPA */
export function ipvlanFlags(made: MadeInterface): number {
  return made.mode === 'private' ? 1 : made.mode === 'vepa' ? 2 : 0;
}

export function macBytes(made: MadeInterface): Uint8Array {
  const mac = parseMac(made.mac ?? '');
  return mac.ok ? mac.value : new Uint8Array(6);
}

/** The configuration with the names that hold on this machine. */
export function settleNames(config: Config, view: NetworkView, log: Log): Config {
  const wanted = new Set(config.vrrp_instance.flatMap((i) => madeInterfaces(i).map((m) => m.name)));
  const instances = config.vrrp_instance.map((instance) => {
    let settled = instance;
    for (const made of madeInterfaces(instance)) {
      const name = settledName(instance, made, wanted, view, log);
      if (name === made.name) continue;
      wanted.add(name);
      settled = renamed(settled, made.name, name);
    }
    return settled;
  });
  return { ...config, vrrp_instance: instances };
}

function settledName(instance: VrrpInstance, made: MadeInterface, wanted: ReadonlySet<string>, view: NetworkView, log: Log): string {
  const base = view.byName(made.base);
  const present = view.byName(made.name);
  const elsewhere = view
    .names()
    .map((name) => view.byName(name))
    .find((link) => link && link.parentIndex === base?.ifindex && fits(link, made) && made.kind === 'macvlan' && !wanted.has(link.name));
  // What an earlier run of ours left is not used but removed.
  if (base && elsewhere && present === undefined && readMark(elsewhere.alias) === null) {
    log.info(`(${instance.name}) Found matching interface ${elsewhere.name}`);
    if (made.named) log.info(`(${instance.name}) vmac name mismatch ${made.name} <=> ${elsewhere.name}. changing to ${elsewhere.name}.`);
    return elsewhere.name;
  }
  if (!present || present.linkKind === made.kind) return made.name;
  const name = generatedName('vrrp', instance.virtual_router_id, made.family, (n) => wanted.has(n) || view.byName(n) !== undefined);
  log.info(`(${instance.name}) interface name ${made.name} already exists and is not a ${made.kind} - using ${name}`);
  return name;
}

function renamed(i: VrrpInstance, from: string, to: string): VrrpInstance {
  const made = (m: MadeInterface): MadeInterface => (m.name === from ? { ...m, name: to } : m);
  const placed = (a: VirtualAddress): VirtualAddress => (a.made === from ? { ...a, made: to } : a);
  return {
    ...i,
    use_vmac: i.use_vmac && made(i.use_vmac),
    use_ipvlan: i.use_ipvlan && made(i.use_ipvlan),
    address_vmacs: i.address_vmacs.map(made),
    virtual_ipaddress: i.virtual_ipaddress.map(placed),
    virtual_ipaddress_excluded: i.virtual_ipaddress_excluded.map(placed),
  };
}
