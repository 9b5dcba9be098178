// SPDX-License-Identifier: MIT
// The one writer of interfaces that the daemon makes: macvlans with a virtual MAC, ipvlans. They are made at once, before
// sockets are opened on them, and again when somebody deletes them; what an earlier run left is taken over or removed
// (reference: VRRP document, sections 10.1 to 10.3).

import type { Ip } from '../../base/address.ts';
import { ipFamily } from '../../base/address.ts';
import { errnoText } from '../../base/errno.ts';
import { madeInterfaces, ownMade } from '../../config/made-interfaces.ts';
import type { MadeInterface, VrrpInstance } from '../../config/model.ts';
import type { EngineEvent, Ipv4Setting, Link, LinkSpec, NativeAddon } from '../../native/surface.ts';
import type { Log } from '../../ports/log.ts';
import type { System } from '../../ports/system.ts';
import { createArpSettings } from './arp-settings.ts';
import { fits, IPVLAN_L2, ipvlanFlags, MACVLAN_PRIVATE, macBytes, markText, readMark } from './made-names.ts';
import type { MutableNetworkView } from './network-view.ts';
import { linkLocalFor } from './settings.ts';

const IFF_UP = 0x1;
const IFA_F_NODAD = 0x02;
const SCOPE_LINK = 253;
const ENODEV = 19;
const EEXIST = 17;
const EOPNOTSUPP = 95;
const ARPHRD_ETHER = 1;
/** A link group of our own, for links on their way out. */
const LEAVING = 0x4b61_7473;

export interface MadeLinks {
  /**
   * Makes what these instances need and is not there. Touches nothing that is as it should be. `raise: false` leaves new
   * ones down, so that rules can be written before anything leaves them; a later call sets them up.
   */
  ensure(instances: readonly VrrpInstance[], raise?: boolean): void;
  /** Removes what we made and these instances do not need, and what a run of ours that is over left; `submit` does it. */
  removeOthers(instances: readonly VrrpInstance[], submit: (messages: readonly Uint8Array[]) => void): void;
  /** Why an interface is not there; null: it is, or it waits for the one below. */
  fault(name: string): string | null;
  isMade(ifindex: number): boolean;
  /** A made link told to be down may be on its way out, which takes the kernel some time: then this says that it is deleted. */
  truth(event: Extract<EngineEvent, { kind: 'link' }>): Extract<EngineEvent, { kind: 'link' }>;
  /** An event of a link that tells less than what was seen when it was made. */
  isStale(event: Extract<EngineEvent, { kind: 'link' }>): boolean;
  /** The interface below changed: follow its MTU. */
  follow(before: Link | undefined, link: Link): void;
}

interface Entry {
  readonly made: MadeInterface;
  readonly owner: string;
  readonly ifindex: number;
  /** We made it, so we remove it. */
  readonly ours: boolean;
  /** It holds settings of the interface below. */
  readonly holds: boolean;
  linkLocal: Ip | null;
  raised: boolean;
}

export function createMadeLinks(native: NativeAddon, system: System, view: MutableNetworkView, log: Log): MadeLinks {
  const entries = new Map<string, Entry>();
  const faults = new Map<string, string>();
  /** Made or set up by us; until the kernel's message says so, older ones say otherwise. */
  const settling = new Set<number>();
  const arp = createArpSettings(native, system, view, log);

  const encode = (spec: LinkSpec): Uint8Array => native.encodeLink('set', spec);

  /** Brings the view up to date for one link, ahead of the events. */
  function look(name: string): Link | undefined {
    const { links, addresses } = native.networkSnapshot();
    const link = links.find((l) => l.name === name);
    if (!link) return undefined;
    view.setLink(link);
    for (const a of addresses) if (a.ifindex === link.ifindex) view.setAddress(a);
    return link;
  }

  function fail(made: MadeInterface, owner: string, text: string): void {
    if (faults.get(made.name) !== text) log.info(`(${owner}): Unable to create VMAC interface ${made.name} (${text})`);
    faults.set(made.name, text);
  }

  function remove(link: Link): void {
    native.executeNetlink([native.encodeLink('delete', { ifindex: link.ifindex })]);
    view.removeLink(link.ifindex);
  }

  function create(made: MadeInterface, instance: VrrpInstance, base: Link): boolean {
    if (base.type !== ARPHRD_ETHER) {
      fail(made, instance.name, 'vmacs are only supported on Ethernet type interfaces');
      return false;
    }
    const message = native.encodeLink('create', {
      name: made.name,
      kind: made.kind,
      parent: base.ifindex,
      mode: made.kind === 'macvlan' ? MACVLAN_PRIVATE : IPVLAN_L2,
      modeFlags: made.kind === 'macvlan' ? 0 : ipvlanFlags(made),
      group: made.group ?? base.group,
      ...(made.kind === 'macvlan' ? { mac: macBytes(made) } : {}),
    });
    const [errno = 0] = native.executeNetlink([message]);
    if (errno === 0) return true;
    // The interface below has just gone: the fault of the instance names it.
    if (errno !== ENODEV || view.byName(made.base) === undefined)
      fail(made, instance.name, errno === EOPNOTSUPP ? `this kernel has no ${made.kind}` : errnoText(errno));
    return false;
  }

  /** Settings come before up: nothing leaves the interface before it is as it should be. */
  function prepare(made: MadeInterface, instance: VrrpInstance, link: Link, base: Link, ours: boolean): Entry | null {
    const holds = made.kind === 'macvlan' && made.family === 4;
    if (holds) arp.hold(made.base, notesOf(base));
    const { ifindex } = link;
    const master = view.byIndex(base.masterIndex)?.linkKind === 'vrf' ? base.masterIndex : 0;
    if (holds && !carriesIpv6(instance, made)) system.writeSetting(`ipv6/conf/${made.name}/disable_ipv6`, '1');
    const messages = [
      encode({
        ifindex,
        ...(ours ? { alias: markText({ process: system.identity(), notes: holds ? arp.notes(made.base) : {} }) } : {}),
        ...(master !== link.masterIndex ? { master } : {}),
        ...(made.kind === 'macvlan' ? { noIpv6Address: true, ipv4Settings: settingsFor(made) } : {}),
      }),
      ...(made.netlink_notify_msg ? [encode({ ifindex: base.ifindex, group: base.group })] : []),
    ];
    const entry = { made, owner: instance.name, ifindex, ours, holds, linkLocal: null, raised: false };
    if (!execute(entry, messages)) return null;
    checkSettings(made);
    return entry;
  }

  function execute(entry: Entry, messages: readonly Uint8Array[]): boolean {
    const errno = native.executeNetlink(messages).find((e) => e !== 0) ?? 0;
    if (errno === 0) return true;
    if (entry.holds) arp.release(entry.made.base);
    // Gone between two lines: its event will bring it back.
    if (errno !== ENODEV) fail(entry.made, entry.owner, errnoText(errno));
    const link = view.byIndex(entry.ifindex);
    if (entry.ours && link) remove(link);
    return false;
  }

  function raise(entry: Entry, instance: VrrpInstance): void {
    const link = view.byIndex(entry.ifindex);
    if (link && (link.flags & IFF_UP) === 0) settling.add(entry.ifindex);
    if (!execute(entry, [encode({ ifindex: entry.ifindex, up: true })])) {
      entries.delete(entry.made.name);
      return;
    }
    entry.raised = true;
    look(entry.made.name);
    address(entry, instance);
  }

  function checkSettings(made: MadeInterface): void {
    if (made.kind !== 'macvlan') return;
    for (const [key, wanted] of Object.entries(settingsFor(made))) {
      const now = system.readSetting(`ipv4/conf/${made.name}/${key}`);
      if (now === null || Number.parseInt(now, 10) === wanted) continue;
      log.warning(`WARNING: net.ipv4.conf.${made.name}.${key} is ${now.trim()}, not ${wanted}: adverts may not be heard`);
    }
  }

  /** The addresses that the interface itself has: a link-local one to send from, or that of an ipvlan. */
  function address(entry: Entry, instance: VrrpInstance): void {
    const { made, ifindex } = entry;
    const wanted = made.kind === 'ipvlan' ? made.address : linkLocal(made, instance);
    if (!wanted) return;
    const spec = (ip: Ip, prefixLength: number) => ({
      family: ipFamily(ip),
      ifindex,
      address: ip,
      prefixLength,
      peer: '',
      broadcast: '',
      label: '',
      scope: made.kind === 'ipvlan' ? 0 : SCOPE_LINK,
      flags: ipFamily(ip) === 6 ? IFA_F_NODAD : 0,
      preferredLifetime: made.kind === 'ipvlan' ? 0xffffffff : 0,
    });
    const old = entry.linkLocal;
    entry.linkLocal = wanted.ip;
    const messages = [native.encodeAddress('add', spec(wanted.ip, wanted.prefixLength))];
    if (old !== null && old !== wanted.ip) messages.push(native.encodeAddress('delete', spec(old, wanted.prefixLength)));
    else if (view.has(ifindex, wanted.ip, wanted.prefixLength)) return;
    const [errno = 0] = native.executeNetlink(messages);
    if (errno !== 0 && errno !== EEXIST) log.info(`(${instance.name}) cannot add ${wanted.ip} to ${made.name} (${errnoText(errno)})`);
    look(made.name);
  }

  function linkLocal(made: MadeInterface, instance: VrrpInstance): MadeInterface['address'] {
    const own = ownMade(instance) === made;
    if (made.family !== 6 || (own && instance.vmac_xmit_base)) return null;
    const ip = linkLocalFor(instance, made, view);
    return ip && { ip, prefixLength: 64 };
  }

  function ensureOne(made: MadeInterface, instance: VrrpInstance, wanted: ReadonlySet<string>, up: boolean): void {
    const base = view.byName(made.base);
    if (!base) {
      forget(made.name);
      return;
    }
    const known = entries.get(made.name);
    let link = view.byName(made.name);
    if (known && link && known.ifindex === link.ifindex && link.parentIndex === base.ifindex) {
      if (known.raised) address(known, instance);
      else if (up) raise(known, instance);
      return;
    }
    forget(made.name);
    if (!link) rename(made, base, wanted);
    for (const other of twins(made, base)) remove(other);
    link = view.byName(made.name);
    if (link && (link.parentIndex !== base.ifindex || !fits(link, made))) {
      if (link.parentIndex !== base.ifindex)
        log.info(`(${instance.name}) Removing old VMAC interface ${made.name} due to conflicting interface`);
      else log.info(`(${instance.name}) Update old VMAC interface ${made.name} due to wrong MAC/mode `);
      remove(link);
      link = undefined;
    }
    const isNew = link === undefined;
    if (isNew) {
      if (!create(made, instance, base)) return;
      link = look(made.name);
    }
    if (!link) return;
    const entry = prepare(made, instance, link, base, isNew || readMark(link.alias) !== null);
    if (!entry) return;
    entries.set(made.name, entry);
    faults.delete(made.name);
    look(made.name);
    if (up) raise(entry, instance);
    if (isNew) log.info(`(${instance.name}): Success creating VMAC interface ${made.name}`);
  }

  /** The same MAC on the same interface under another name: left by an earlier run of ours. */
  function twins(made: MadeInterface, base: Link): Link[] {
    return view.names().flatMap((name) => {
      const link = view.byName(name);
      const same = link && name !== made.name && link.parentIndex === base.ifindex && made.kind === 'macvlan' && fits(link, made);
      return same && readMark(link.alias) !== null ? [link] : [];
    });
  }

  /** How settings were before an earlier run of ours, from whatever it left. */
  function notesOf(base: Link): Readonly<Record<string, number>> {
    const marks = view.names().flatMap((name) => {
      const link = view.byName(name);
      const found = link && readMark(link.alias);
      if (!found) return [];
      const own = Object.entries(found.notes).filter(([key]) => link.parentIndex === base.ifindex || key.includes('.'));
      return [Object.fromEntries(own)];
    });
    return Object.assign({}, ...marks);
  }

  /** The same interface under a name that nobody wants any more. */
  function rename(made: MadeInterface, base: Link, wanted: ReadonlySet<string>): void {
    const same = (e: Entry): boolean => e.made.base === made.base && e.made.kind === made.kind && e.made.mac === made.mac;
    const entry = [...entries.values()].find((e) => same(e) && !wanted.has(e.made.name) && e.ours);
    if (!entry || view.byIndex(entry.ifindex)?.parentIndex !== base.ifindex) return;
    const errors = native.executeNetlink([
      encode({ ifindex: entry.ifindex, up: false }),
      encode({ ifindex: entry.ifindex, name: made.name }),
    ]);
    if (errors.some((errno) => errno !== 0)) return;
    forget(entry.made.name);
    look(made.name);
  }

  function forget(name: string): void {
    const entry = entries.get(name);
    if (!entry) return;
    entries.delete(name);
    settling.delete(entry.ifindex);
    if (entry.holds) arp.release(entry.made.base);
  }

  function isMade(ifindex: number): boolean {
    for (const entry of entries.values()) if (entry.ifindex === ifindex) return true;
    return false;
  }

  function wantedNames(instances: readonly VrrpInstance[]): Set<string> {
    return new Set(instances.flatMap((i) => madeInterfaces(i).map((m) => m.name)));
  }

  return {
    ensure(instances, up = true) {
      const wanted = wantedNames(instances);
      for (const instance of instances) for (const made of madeInterfaces(instance)) ensureOne(made, instance, wanted, up);
    },
    removeOthers(instances, submit) {
      const wanted = wantedNames(instances);
      const gone = [...entries.values()].filter((e) => !wanted.has(e.made.name));
      const leaving: number[] = [];
      const notices: Uint8Array[] = [];
      for (const entry of gone) {
        const link = view.byIndex(entry.ifindex);
        forget(entry.made.name);
        if (!entry.ours || !link) continue;
        leaving.push(entry.ifindex);
        log.detail(`(${entry.owner}) Success removing VMAC interface ${entry.made.name}`);
        const base = view.byName(entry.made.base);
        if (entry.made.netlink_notify_msg && base) notices.push(encode({ ifindex: base.ifindex, group: base.group }));
      }
      for (const link of leftovers(wanted)) {
        leaving.push(link.ifindex);
        const base = view.byIndex(link.parentIndex);
        if (base && link.linkKind === 'macvlan') arp.undo(base.name, notesOf(base));
      }
      if (leaving.length > 0) submit([...removal(leaving), ...notices]);
    },
    fault: (name) => faults.get(name) ?? null,
    isMade,
    truth(event) {
      const { ifindex, flags } = event.link;
      if (event.change !== 'new' || (flags & IFF_UP) !== 0 || settling.has(ifindex) || !isMade(ifindex)) return event;
      // A request that changes nothing waits for the kernel's lock, and so for the end of the deletion.
      return native.executeNetlink([encode({ ifindex })])[0] === ENODEV ? { ...event, change: 'deleted' } : event;
    },
    isStale({ change, link }) {
      if (change !== 'new' || !settling.has(link.ifindex)) return false;
      if ((link.flags & IFF_UP) === 0) return true;
      settling.delete(link.ifindex);
      return false;
    },
    follow(before, link) {
      if (!before || before.mtu === link.mtu) return;
      const on = [...entries.values()].filter((e) => e.made.base === link.name);
      if (on.length > 0) native.executeNetlink(on.map((e) => encode({ ifindex: e.ifindex, mtu: link.mtu })));
    },
  };

  /** Each deletion costs the kernel some 10 ms of waiting; those of one group go together. */
  function removal(links: readonly number[]): Uint8Array[] {
    const [only] = links;
    if (links.length === 1 && only !== undefined) return [native.encodeLink('delete', { ifindex: only })];
    return [...links.map((ifindex) => encode({ ifindex, group: LEAVING })), native.encodeLink('delete', { group: LEAVING })];
  }

  /** Of a run of ours that is over. */
  function leftovers(wanted: ReadonlySet<string>): Link[] {
    return view.names().flatMap((name) => {
      const link = view.byName(name);
      const found = link && !wanted.has(name) ? readMark(link.alias) : null;
      if (!link || !found || [...entries.values()].some((e) => e.ifindex === link.ifindex)) return [];
      return found.process === system.identity() || !system.isAlive(found.process) ? [link] : [];
    });
  }
}

function settingsFor(made: MadeInterface): Partial<Record<Ipv4Setting, number>> {
  if (made.family === 6) return { arp_ignore: 1 };
  return { arp_ignore: 1, accept_local: 1, rp_filter: 0, promote_secondaries: 1 };
}

/** IPv6 is off on an IPv4 VMAC, unless the instance has addresses of the other family. */
export function carriesIpv6(instance: VrrpInstance, made: MadeInterface): boolean {
  return made.family === 6 || instance.virtual_ipaddress_excluded.some((a) => ipFamily(a.ip) === 6);
}
