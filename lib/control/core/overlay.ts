// SPDX-License-Identifier: MIT
// What operators have changed at run time, over what the configuration says: priorities of instances, weights of real servers, and
// servers that are left out. Every operation is one of these, so that what it does is what a reload of such a configuration would do. Pure.

import { micros } from '../../base/time.ts';
import type { Config, VrrpInstance } from '../../config/model.ts';
import type { Operated } from '../../ports/operator.ts';
import type { OverlayEntry } from '../document.ts';

export type Overlay = readonly OverlayEntry[];

/** What an entry is about: a later one takes the place of an earlier one. */
export function targetOf(e: OverlayEntry): string {
  return e.kind === 'priority' ? `priority ${e.instance ?? '*'}` : `${e.kind} ${e.pool} ${e.server}`;
}

export function withEntry(overlay: Overlay, entry: OverlayEntry): Overlay {
  return [...without(overlay, targetOf(entry)), entry];
}

export function without(overlay: Overlay, target: string): Overlay {
  return overlay.filter((e) => targetOf(e) !== target);
}

/** What outlives a reload of the files, and is written down. */
export function lasting(overlay: Overlay): Overlay {
  return overlay.filter((e) => !e.untilReload);
}

/** A weight that was set over SNMP: the later word counts, and ends with a reload, as keepalived has it. */
export function snmpWeight(
  pool: string,
  server: string,
  value: number,
  by: Pick<OverlayEntry, 'at' | 'uid' | 'pid' | 'user'>,
): OverlayEntry {
  return { kind: 'weight', pool, server, value, ...by, until: null, why: 'snmp', untilReload: true };
}

/** `now`: time of day, seconds. */
export function unexpired(overlay: Overlay, now: number): Overlay {
  return overlay.filter((e) => e.until === null || e.until > now);
}

/** When the next one expires; null: none does. */
export function nextExpiry(overlay: Overlay): number | null {
  const ends = overlay.flatMap((e) => (e.until === null ? [] : [e.until]));
  return ends.length === 0 ? null : Math.min(...ends);
}

/** The configuration with all of that; the same object where nothing applies. What it does not have is left alone. */
export function overlaid(config: Config, overlay: Overlay): Config {
  if (overlay.length === 0) return config;
  const priorityOf = priorityEntries(overlay);
  const weights = new Map<string, number>(
    overlay.flatMap((e) => (e.kind === 'weight' ? [[`${e.pool} ${e.server}`, e.value] as const] : [])),
  );
  const disabled = new Set(overlay.flatMap((e) => (e.kind === 'disabled' ? [`${e.pool} ${e.server}`] : [])));
  return {
    ...config,
    vrrp_instance: config.vrrp_instance.map((i) => {
      const entry = priorityOf(i.name);
      if (entry === undefined) return i;
      const priority = priorityBy(entry, i);
      // What holds others back from preempting is no wish of who says takeover.
      return isTakeover(entry) ? { ...i, priority, nopreempt: false, preempt_delay: micros(0) } : { ...i, priority };
    }),
    virtual_server: config.virtual_server.map((vs) => ({
      ...vs,
      real_server: vs.real_server.flatMap((rs) => {
        const name = `${vs.name} ${rs.name}`;
        if (disabled.has(name)) return [];
        const weight = weights.get(name);
        return weight === undefined ? rs : { ...rs, weight };
      }),
    })),
  };
}

/** Which instances have another priority because of it, and of whom. */
export function operatedBy(config: Config, overlay: Overlay): Operated[] {
  const priorityOf = priorityEntries(overlay);
  return config.vrrp_instance.flatMap((i) => {
    const entry = priorityOf(i.name);
    const priority = entry === undefined ? i.priority : priorityBy(entry, i);
    if (entry === undefined || priority === i.priority) return [];
    const { why: operation, uid, pid, user } = entry;
    return [{ instance: i.name, configured: i.priority, priority, by: { operation, uid, pid, user } }];
  });
}

function priorityEntries(overlay: Overlay): (instance: string) => OverlayEntry | undefined {
  const all = overlay.find((e) => e.kind === 'priority' && e.instance === null);
  const own = new Map(overlay.flatMap((e) => (e.kind === 'priority' && e.instance !== null ? [[e.instance, e] as const] : [])));
  // Maintenance and takeover are for the whole machine: no single wish stands against it.
  return (instance) => all ?? own.get(instance);
}

function isTakeover(entry: OverlayEntry): boolean {
  return entry.kind === 'priority' && entry.why === 'takeover';
}

/** An address owner has nothing to gain from a takeover. */
function priorityBy(entry: OverlayEntry, { priority }: VrrpInstance): number {
  return isTakeover(entry) ? Math.max(priority, entry.value) : entry.value;
}

export function overlayText(overlay: Overlay): string {
  return `${JSON.stringify({ overlay: 1, entries: overlay }, null, 1)}\n`;
}

/** What overlayText() made, or why this is nothing of the kind. */
export function readOverlay(text: string): { readonly overlay: Overlay } | { readonly wrong: string } {
  let value: { overlay?: unknown; entries?: unknown };
  try {
    value = JSON.parse(text) as typeof value;
  } catch {
    return { wrong: 'it is no JSON' };
  }
  if (typeof value !== 'object' || value === null || !Array.isArray(value.entries)) return { wrong: 'it has no "entries"' };
  if (value.overlay !== 1) return { wrong: '"overlay" is not 1: it is of another version' };
  const bad = value.entries.findIndex((e) => !isEntry(e));
  if (bad >= 0) return { wrong: `entry ${bad + 1} of "entries" is no operation` };
  // The name came later than the rest.
  return { overlay: (value.entries as OverlayEntry[]).map((e) => ({ ...e, user: e.user ?? null })) };
}

function isEntry(value: unknown): value is OverlayEntry {
  if (typeof value !== 'object' || value === null) return false;
  const e = value as Record<string, unknown>;
  const dated = typeof e.at === 'number' && (e.until === null || typeof e.until === 'number') && typeof e.why === 'string';
  if (!dated || typeof e.uid !== 'number' || typeof e.pid !== 'number') return false;
  if (e.user !== undefined && e.user !== null && typeof e.user !== 'string') return false;
  if (e.kind === 'priority') return (e.instance === null || typeof e.instance === 'string') && isPriority(e.value);
  if (e.kind === 'disabled') return typeof e.pool === 'string' && typeof e.server === 'string' && e.value === 0;
  return e.kind === 'weight' && typeof e.pool === 'string' && typeof e.server === 'string' && isWeight(e.value);
}

/** An address owner's 255 cannot be given. */
export function isPriority(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 254;
}

export function isWeight(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 65_535;
}
