// What operators have changed at run time, over what the configuration says: priorities of instances and weights of real servers.
// Every operation is one of these two, so that what it does is what a reload of such a configuration would do. Pure.

import type { Config } from '../../config/model.ts';
import type { OverlayEntry } from '../document.ts';

export type Overlay = readonly OverlayEntry[];

/** What an entry is about: a later one takes the place of an earlier one. */
export function targetOf(e: OverlayEntry): string {
  return e.kind === 'priority' ? `priority ${e.instance ?? '*'}` : `weight ${e.pool} ${e.server}`;
}

export function withEntry(overlay: Overlay, entry: OverlayEntry): Overlay {
  return [...without(overlay, targetOf(entry)), entry];
}

export function without(overlay: Overlay, target: string): Overlay {
  return overlay.filter((e) => targetOf(e) !== target);
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
  const all = overlay.find((e) => e.kind === 'priority' && e.instance === null);
  const priorities = new Map(
    overlay.flatMap((e) => (e.kind === 'priority' && e.instance !== null ? [[e.instance, e.value] as const] : [])),
  );
  const weights = new Map(overlay.flatMap((e) => (e.kind === 'weight' ? [[`${e.pool} ${e.server}`, e.value] as const] : [])));
  return {
    ...config,
    vrrp_instance: config.vrrp_instance.map((i) => {
      // Maintenance is for the whole machine: no single wish stands against it.
      const priority = all?.value ?? priorities.get(i.name);
      return priority === undefined ? i : { ...i, priority };
    }),
    virtual_server: config.virtual_server.map((vs) => ({
      ...vs,
      real_server: vs.real_server.map((rs) => {
        const weight = weights.get(`${vs.name} ${rs.name}`);
        return weight === undefined ? rs : { ...rs, weight };
      }),
    })),
  };
}

export function overlayText(overlay: Overlay): string {
  return `${JSON.stringify({ overlay: 1, entries: overlay }, null, 1)}\n`;
}

/** null: this is no file of ours, or a damaged one. */
export function readOverlay(text: string): Overlay | null {
  let value: { overlay?: unknown; entries?: unknown };
  try {
    value = JSON.parse(text) as typeof value;
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || value.overlay !== 1 || !Array.isArray(value.entries)) return null;
  return value.entries.every(isEntry) ? value.entries : null;
}

function isEntry(value: unknown): value is OverlayEntry {
  if (typeof value !== 'object' || value === null) return false;
  const e = value as Record<string, unknown>;
  const dated = typeof e.at === 'number' && (e.until === null || typeof e.until === 'number') && typeof e.why === 'string';
  if (!dated || typeof e.uid !== 'number' || typeof e.pid !== 'number') return false;
  if (e.kind === 'priority') return (e.instance === null || typeof e.instance === 'string') && isPriority(e.value);
  return e.kind === 'weight' && typeof e.pool === 'string' && typeof e.server === 'string' && isWeight(e.value);
}

/** An address owner's 255 cannot be given. */
export function isPriority(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 254;
}

export function isWeight(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 65_535;
}
