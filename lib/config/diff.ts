// SPDX-License-Identifier: MIT
// Old × new configuration → what a reload does to each object. A change is applied while running or by stopping and
// starting the object, as the row of its keyword says.

import type { Table } from './keyword.ts';
import { globalDefs } from './keywords/global-defs.ts';
import { root } from './keywords/index.ts';
import { vrrpInstance } from './keywords/vrrp-instance.ts';
import type { Config, GlobalDefs, SyncGroup, VrrpInstance, VrrpScript } from './model.ts';

export type InstanceChange =
  /** Nothing changed: not touched, timers included. */
  | { readonly kind: 'keep'; readonly old: VrrpInstance; readonly new: VrrpInstance }
  /** New settings while it runs. */
  | { readonly kind: 'live'; readonly old: VrrpInstance; readonly new: VrrpInstance; readonly changed: readonly string[] }
  /** The same virtual router, but it must be stopped and started. */
  | { readonly kind: 'restart'; readonly old: VrrpInstance; readonly new: VrrpInstance; readonly changed: readonly string[] }
  | { readonly kind: 'add'; readonly new: VrrpInstance }
  | { readonly kind: 'remove'; readonly old: VrrpInstance };

/** What becomes of a thing that can change while it runs: `changed` are the keywords. */
type ObjectChange<T> =
  | { readonly kind: 'keep'; readonly old: T; readonly new: T; readonly changed: readonly string[] }
  | { readonly kind: 'add'; readonly new: T }
  | { readonly kind: 'remove'; readonly old: T };

/** Kept with the same command and user: its result is, too. */
export type ScriptChange = ObjectChange<VrrpScript>;
/** By name. Members and scripts change while the group runs; its members are told apart as instances. */
export type GroupChange = ObjectChange<SyncGroup>;

export interface ConfigDiff {
  /** Removals first, then the new configuration's order. */
  readonly instances: readonly InstanceChange[];
  readonly scripts: readonly ScriptChange[];
  readonly groups: readonly GroupChange[];
  /** Changed keywords of global_defs, and `garp_group`. */
  readonly globals: readonly string[];
  /** Those of them that only a restart of the daemon applies. */
  readonly needRestart: readonly string[];
}

export function diffConfigs(old: Config, next: Config): ConfigDiff {
  const globals = changedKeys(old.global_defs, next.global_defs);
  if (comparable(old.garp_group) !== comparable(next.garp_group)) globals.push('garp_group');
  return {
    instances: diffInstances(old.vrrp_instance, next.vrrp_instance),
    scripts: diffScripts(old.vrrp_script, next.vrrp_script),
    groups: diffGroups(old.vrrp_sync_group, next.vrrp_sync_group),
    globals,
    needRestart: globals.filter((key) => reloadOf(key in globalDefs ? globalDefs : root, key) === 'never'),
  };
}

/** What makes two instances the same virtual router (reference/cli-and-process.md section 7); the name is no part. */
export function instanceIdentity(i: VrrpInstance): string {
  const unicast = i.unicast_peer.length > 0;
  const kind = unicast ? [i.unicast_src_ip] : [i.mcast_dst_ip, i.use_vmac !== null, i.use_vmac_addr];
  return JSON.stringify([i.virtual_router_id, i.family, i.interface, unicast, ...kind]);
}

function diffInstances(old: readonly VrrpInstance[], next: readonly VrrpInstance[]): InstanceChange[] {
  const matches = matchUp(old, next, [(i) => `${instanceIdentity(i)} ${i.name}`, instanceIdentity]);
  const removed = old.filter((o) => !matches.has(o));
  const former = new Map([...matches].map(([o, n]) => [n, o]));
  return [
    ...removed.map((o) => ({ kind: 'remove' as const, old: o })),
    ...next.map((n) => {
      const o = former.get(n);
      return o ? changeOf(o, n) : { kind: 'add' as const, new: n };
    }),
  ];
}

function changeOf(old: VrrpInstance, next: VrrpInstance): InstanceChange {
  const changed = changedKeys(old, next);
  if (changed.length === 0) return { kind: 'keep', old, new: next };
  const restart = changed.some((key) => reloadOf(vrrpInstance, key) === 'restart');
  return { kind: restart ? 'restart' : 'live', old, new: next, changed };
}

/** Keys that are no row: what they come from is a row of its own. */
const derived: Readonly<Record<string, 'live' | 'restart' | 'never'>> = {
  name: 'live',
  family: 'restart',
  firewall: 'never',
};

function reloadOf(table: Table, key: string): 'live' | 'restart' | 'never' {
  const row = table[key];
  return row && 'reload' in row ? row.reload : (derived[key] ?? 'live');
}

function diffScripts(old: readonly VrrpScript[], next: readonly VrrpScript[]): ScriptChange[] {
  const command = (s: VrrpScript) => JSON.stringify([s.script.words, s.script.user, s.script.run_as]);
  return paired(old, next, matchUp(old, next, [(s) => `${command(s)} ${s.name}`, command]));
}

function diffGroups(old: readonly SyncGroup[], next: readonly SyncGroup[]): GroupChange[] {
  return paired(old, next, matchUp(old, next, [(g) => g.name]));
}

/** Removals first, then the new order. */
function paired<T extends VrrpScript | SyncGroup>(old: readonly T[], next: readonly T[], matches: ReadonlyMap<T, T>): ObjectChange<T>[] {
  const former = new Map([...matches].map(([o, n]) => [n, o]));
  return [
    ...old.filter((o) => !matches.has(o)).map((o) => ({ kind: 'remove' as const, old: o })),
    ...next.map((n) => {
      const o = former.get(n);
      return o ? { kind: 'keep' as const, old: o, new: n, changed: changedKeys(o, n) } : { kind: 'add' as const, new: n };
    }),
  ];
}

/** Pairs old and new objects by the first key that they share; each object is in one pair at most. */
function matchUp<T>(old: readonly T[], next: readonly T[], keys: readonly ((item: T) => string)[]): Map<T, T> {
  const pairs = new Map<T, T>();
  const taken = new Set<T>();
  for (const key of keys) {
    const free = new Map<string, T[]>();
    for (const o of old) {
      if (pairs.has(o)) continue;
      const list = free.get(key(o)) ?? [];
      list.push(o);
      free.set(key(o), list);
    }
    for (const n of next) {
      if (taken.has(n)) continue;
      const o = free.get(key(n))?.shift();
      if (!o) continue;
      pairs.set(o, n);
      taken.add(n);
    }
  }
  return pairs;
}

function changedKeys<T extends VrrpInstance | VrrpScript | SyncGroup | GlobalDefs>(old: T, next: T): string[] {
  return Object.keys(next).filter((key) => {
    if (key === 'position') return false;
    return comparable(old[key as keyof T]) !== comparable(next[key as keyof T]);
  });
}

/** JSON without places: moving a line is no change. */
function comparable(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) => (key === 'position' ? undefined : inner));
}
