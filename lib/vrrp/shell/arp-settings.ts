// SPDX-License-Identifier: MIT
// The kernel's settings that virtual MACs need on the interfaces below them and on all: set when the first one comes, put
// back when the last one goes unless somebody else changed them meanwhile (reference: VRRP document, section 10.1).

import { errnoText } from '../../base/errno.ts';
import { madeInterfaces } from '../../config/made-interfaces.ts';
import type { VrrpInstance } from '../../config/model.ts';
import type { NativeAddon } from '../../native/surface.ts';
import type { Log } from '../../ports/log.ts';
import type { System } from '../../ports/system.ts';
import type { KernelWriter } from './kernel-writer.ts';
import type { NetworkView } from './network-view.ts';

/**
 * Answers for the virtual addresses come from the interface that holds them, and from no other; nor may a question that the
 * interface below asks name a virtual address with its own MAC (arp_announce, which keepalived leaves alone).
 */
const below = { arp_ignore: 1, arp_filter: 1, arp_announce: 2 } as const;
type BelowKey = keyof typeof below;
const belowKeys = Object.keys(below) as BelowKey[];

export interface ArpSettings {
  /** An IPv4 VMAC stands on this interface. `known`: how its settings were before an earlier run of ours. */
  hold(base: string, known: Readonly<Record<string, number>>): void;
  /** One of its VMACs goes. */
  release(base: string): void;
  /** Puts back what an earlier run noted, where nobody needs it now. */
  undo(base: string, known: Readonly<Record<string, number>>): void;
  /** To be noted with a VMAC of this interface: how the settings were. */
  notes(base: string): Readonly<Record<string, number>>;
}

export function createArpSettings(native: NativeAddon, system: System, view: NetworkView, log: Log): ArpSettings {
  const bases = new Map<string, { users: number; readonly before: Record<BelowKey, number | null> }>();
  let filter: ReverseFilter | null = null;

  const read = (name: string, key: string): number | null => {
    const text = system.readSetting(`ipv4/conf/${name}/${key}`);
    return text === null ? null : Number.parseInt(text, 10);
  };

  function setBelow(name: string, values: Partial<Record<BelowKey, number>>): void {
    const link = view.byName(name);
    if (!link || Object.keys(values).length === 0) return;
    const [errno = 0] = native.executeNetlink([native.encodeLink('set', { ifindex: link.ifindex, ipv4Settings: values })]);
    for (const [key, value] of Object.entries(values)) {
      const now = read(name, key);
      if (errno === 0 && (now === null || now === value)) continue;
      log.warning(`WARNING: net.ipv4.conf.${name}.${key} is ${now ?? 'unknown'} and cannot be set to ${value} (${errnoText(errno)})`);
    }
  }

  const settings: ArpSettings = {
    hold(base, known) {
      filter ??= takeReverseFilter(system, view, log, known);
      const entry = bases.get(base);
      if (entry) {
        entry.users++;
        return;
      }
      const before = Object.fromEntries(belowKeys.map((key) => [key, known[key] ?? read(base, key)])) as Record<BelowKey, number | null>;
      bases.set(base, { users: 1, before });
      setBelow(base, below);
    },
    release(base) {
      const entry = bases.get(base);
      if (!entry || --entry.users > 0) return;
      bases.delete(base);
      const back = belowKeys.filter((key) => entry.before[key] !== null && read(base, key) === below[key]);
      setBelow(base, Object.fromEntries(back.map((key) => [key, entry.before[key] ?? 0])));
      if (bases.size > 0) return;
      filter?.putBack();
      filter = null;
    },
    undo(base, known) {
      if (Object.keys(known).length === 0 || bases.has(base)) return;
      settings.hold(base, known);
      settings.release(base);
    },
    notes(base) {
      const before = Object.entries(bases.get(base)?.before ?? {}).flatMap(([key, value]) => (value === null ? [] : [[key, value]]));
      return { ...Object.fromEntries(before), ...filter?.notes };
    },
  };
  return settings;
}

/** arp_ignore: answer on the interface that has the address, or not at all. */
const ON_ITS_INTERFACE = 1;
const NEVER = 8;

/** Whether the virtual MACs of an instance answer for the addresses on them; in the turn of other changes of the kernel. */
export function answerArp(
  {
    native,
    view,
    writer,
  }: { readonly native: NativeAddon; readonly view: NetworkView; readonly writer: Pick<KernelWriter, 'submitOther'> },
  instance: VrrpInstance,
  on: boolean,
): void {
  const links = madeInterfaces(instance).flatMap((made) => (made.kind === 'macvlan' ? (view.byName(made.name) ?? []) : []));
  if (links.length === 0) return;
  const ipv4Settings = { arp_ignore: on ? ON_ITS_INTERFACE : NEVER };
  writer.submitOther(links.map(({ ifindex }) => native.encodeLink('set', { ifindex, ipv4Settings })));
}

interface ReverseFilter {
  readonly notes: Readonly<Record<string, number>>;
  putBack(): void;
}

/** `all` would hold for virtual MACs too, so each interface gets at least its value and `all` becomes 0. */
function takeReverseFilter(system: System, view: NetworkView, log: Log, known: Readonly<Record<string, number>>): ReverseFilter {
  const path = (name: string): string => `ipv4/conf/${name}/rp_filter`;
  const read = (name: string): number => Number.parseInt(system.readSetting(path(name)) ?? '0', 10) || 0;
  const write = (name: string, value: number): boolean => {
    const fault = system.writeSetting(path(name), String(value));
    if (fault !== null) log.warning(`WARNING: cannot set net.ipv4.conf.${name}.rp_filter to ${value} (${fault})`);
    return fault === null;
  };
  const all = read('all');
  const raised = new Map<string, { readonly from: number; readonly to: number }>();
  if (all > 0) {
    for (const name of ['default', ...view.names()]) {
      const from = read(name);
      if (from >= all) continue;
      if (name === 'default') log.notice(`NOTICE: setting sysctl net.ipv4.conf.default.rp_filter from ${from} to ${all}`);
      if (write(name, all)) raised.set(name, { from, to: all });
    }
    log.notice(`NOTICE: setting sysctl net.ipv4.conf.all.rp_filter from ${all} to 0`);
    write('all', 0);
  }
  const before = all > 0 ? all : (known['all.rp_filter'] ?? 0);
  const wasDefault = raised.get('default')?.from ?? known['default.rp_filter'];
  if (all === 0 && before > 0 && wasDefault !== undefined) raised.set('default', { from: wasDefault, to: before });
  return {
    notes: before === 0 ? {} : { 'all.rp_filter': before, ...(wasDefault === undefined ? {} : { 'default.rp_filter': wasDefault }) },
    putBack() {
      if (before > 0 && read('all') === 0 && write('all', before))
        log.notice(`NOTICE: resetting sysctl net.ipv4.conf.all.rp_filter to ${before}`);
      for (const [name, { from, to }] of raised) {
        if (read(name) !== to || system.readSetting(path(name)) === null) continue;
        if (write(name, from) && name === 'default') log.notice(`NOTICE: resetting sysctl net.ipv4.conf.default.rp_filter to ${from}`);
      }
    },
  };
}
