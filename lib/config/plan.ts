// SPDX-License-Identifier: MIT
// What a reload from one configuration to another would do, in words: for a look before it happens. Pure; the state of the
// running daemon is not known here, so an effect that hangs on it says so.

import { type ConfigDiff, diffConfigs, type InstanceChange } from './diff.ts';
import type { Config, VrrpInstance } from './model.ts';

export interface PlanStep {
  readonly object: 'vrrp_instance' | 'vrrp_script' | 'vrrp_sync_group' | 'global_defs';
  readonly name: string;
  readonly change: 'add' | 'remove' | 'restart' | 'live' | 'deferred';
  /** Keywords that differ. */
  readonly keywords: readonly string[];
  /** It may change state because of the reload. */
  readonly stateChange: boolean;
  readonly effect: string;
}

export interface Plan {
  /** Objects that stay as they are are not among them. */
  readonly steps: readonly PlanStep[];
  /** Instances that are not touched, timers included. */
  readonly untouched: number;
}

export function planReload(old: Config, next: Config): Plan {
  const diff = diffConfigs(old, next);
  return {
    steps: [...globalSteps(diff), ...diff.instances.flatMap((c) => instanceStep(c) ?? []), ...scriptSteps(diff), ...groupSteps(diff)],
    untouched: diff.instances.filter((c) => c.kind === 'keep').length,
  };
}

function instanceStep(change: InstanceChange): PlanStep | null {
  const step = (name: string, keywords: readonly string[], stateChange: boolean, effect: string): PlanStep => ({
    object: 'vrrp_instance',
    name,
    change: change.kind === 'keep' ? 'live' : change.kind,
    keywords,
    stateChange,
    effect,
  });
  switch (change.kind) {
    case 'keep':
      return null;
    case 'add':
      return step(change.new.name, [], true, 'starts, as at the start of the daemon');
    case 'remove':
      return step(change.old.name, [], true, 'ends: a master sends priority 0 and removes its addresses');
    case 'restart':
      return step(change.new.name, change.changed, true, 'ends and starts anew: a master sends priority 0 and must win an election again');
    case 'live':
      return step(change.new.name, change.changed, mayMove(change.old, change.new), liveEffect(change.old, change.new));
  }
}

/** Another priority, or a tracker that counts from now on, can lose or win an election. */
function mayMove(old: VrrpInstance, next: VrrpInstance): boolean {
  return old.priority !== next.priority || trackers(old) !== trackers(next);
}

function trackers(i: VrrpInstance): string {
  return JSON.stringify([i.track_script, i.track_interface], (key, value: unknown) => (key === 'position' ? undefined : value));
}

function liveEffect(old: VrrpInstance, next: VrrpInstance): string {
  const parts = ['keeps its state'];
  if (old.priority > next.priority)
    parts.push(`priority ${old.priority} to ${next.priority}: a backup above that takes over from a master`);
  if (old.priority < next.priority)
    parts.push(`priority ${old.priority} to ${next.priority}: a backup may take over from a master below that`);
  if (trackers(old) !== trackers(next)) parts.push('its trackers differ: it may enter or leave FAULT, or win or lose an election');
  const before = addresses(old);
  const after = addresses(next);
  const added = [...after].filter((a) => !before.has(a));
  const removed = [...before].filter((a) => !after.has(a));
  if (added.length > 0) parts.push(`a master adds and announces ${added.join(', ')}`);
  if (removed.length > 0) parts.push(`a master removes ${removed.join(', ')}`);
  return parts.join('; ');
}

function addresses(i: VrrpInstance): ReadonlySet<string> {
  return new Set([...i.virtual_ipaddress, ...i.virtual_ipaddress_excluded].map((a) => `${a.ip}/${a.prefixLength}`));
}

function scriptSteps({ scripts }: ConfigDiff): PlanStep[] {
  return scripts.flatMap((change): PlanStep[] => {
    const step = { object: 'vrrp_script' as const, keywords: [], stateChange: false };
    if (change.kind === 'add')
      return [{ ...step, name: change.new.name, change: 'add', effect: 'runs; nobody is held while its first result is awaited' }];
    if (change.kind === 'remove') return [{ ...step, name: change.old.name, change: 'remove', effect: 'is ended and no longer counts' }];
    if (change.changed.length === 0) return [];
    return [{ ...step, name: change.new.name, change: 'live', keywords: change.changed, effect: 'keeps its result' }];
  });
}

function groupSteps({ groups }: ConfigDiff): PlanStep[] {
  return groups.flatMap((change): PlanStep[] => {
    const step = { object: 'vrrp_sync_group' as const, keywords: [] };
    if (change.kind === 'add')
      return [{ ...step, name: change.new.name, change: 'add', stateChange: true, effect: 'its members move together from now on' }];
    if (change.kind === 'remove')
      return [{ ...step, name: change.old.name, change: 'remove', stateChange: false, effect: 'its members move on their own' }];
    if (change.changed.length === 0) return [];
    const members = change.changed.includes('group');
    return [
      { ...step, name: change.new.name, change: 'live', keywords: change.changed, stateChange: members, effect: 'changes while it runs' },
    ];
  });
}

function globalSteps({ globals, needRestart }: ConfigDiff): PlanStep[] {
  const live = globals.filter((key) => !needRestart.includes(key));
  const step = { object: 'global_defs' as const, name: '', stateChange: false };
  return [
    ...(live.length > 0 ? [{ ...step, change: 'live' as const, keywords: live, effect: 'takes effect at the reload' }] : []),
    ...(needRestart.length > 0
      ? [{ ...step, change: 'deferred' as const, keywords: needRestart, effect: 'takes effect when the daemon is restarted' }]
      : []),
  ];
}
