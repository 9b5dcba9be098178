// SPDX-License-Identifier: MIT
// vrrp_sync_group blocks → SyncGroup, and what membership does to the trackers of instances
// (reference/vrrp-protocol.md section 8).

import { type BuildContext, notice, repaired } from './build-context.ts';
import type { BuiltGlobals } from './build-globals.ts';
import type { ScriptBuilder } from './build-scripts.ts';
import type { KnownTracked } from './build-tracked.ts';
import { buildTrackers } from './build-trackers.ts';
import { type Block, blocksOf, entriesOf, placeOf, type Setting, valueIn } from './keyword.ts';
import { globalDefs } from './keywords/global-defs.ts';
import type { root } from './keywords/index.ts';
import { syncGroup } from './keywords/vrrp-groups.ts';
import type { Script, SyncGroup, TrackedLists, TrackedObject, VrrpInstance } from './model.ts';

type Tree = Block<typeof root>;
type GroupBlock = Block<typeof syncGroup>;

interface Built {
  readonly groups: readonly SyncGroup[];
  /** The instances, without the trackers that their groups forbid. */
  readonly instances: readonly VrrpInstance[];
}

export function buildSyncGroups(
  tree: Tree,
  instances: readonly VrrpInstance[],
  globals: BuiltGlobals,
  scripts: ScriptBuilder,
  known: KnownTracked,
  context: BuildContext,
): Built {
  const globalBlock = blocksOf(tree, 'global_defs')[0] ?? null;
  const mailed = valueIn(globalDefs, globalBlock, 'smtp_alert_vrrp') ?? valueIn(globalDefs, globalBlock, 'smtp_alert') ?? false;
  const groupOf = new Map<string, SyncGroup>();
  const groups = blocksOf(tree, 'vrrp_sync_group').flatMap((block) => {
    const members = membersOf(block, new Set(instances.map((i) => i.name)), groupOf, context);
    if (members.length === 0) return [];
    const group = build(block, members);
    for (const name of members) groupOf.set(name, group);
    checkOwners(group, instances, context);
    return [group];
  });
  return {
    groups,
    instances: instances.map((i) => {
      const group = groupOf.get(i.name);
      return group ? { ...i, ...trackersOf(i, group, context) } : i;
    }),
  };

  function build(block: GroupBlock, members: readonly string[]): SyncGroup {
    const consumer = { owner: false, interface: null, dynamic: globals.defs.dynamic_interfaces };
    const command = (key: NotifyKey) => notifyScript(block, key, scripts, context);
    return {
      name: block.name,
      position: block.place,
      group: members,
      ...buildTrackers(block, consumer, known, context),
      sync_group_tracking_weight: valueIn(syncGroup, block, 'sync_group_tracking_weight'),
      notify_master: command('notify_master'),
      notify_backup: command('notify_backup'),
      notify_fault: command('notify_fault'),
      notify_stop: command('notify_stop'),
      notify: command('notify'),
      smtp_alert: valueIn(syncGroup, block, 'smtp_alert') ?? mailed,
    };
  }
}

/** Each instance is in one group, once; a group without members is none. */
function membersOf(
  block: GroupBlock,
  defined: ReadonlySet<string>,
  groupOf: ReadonlyMap<string, SyncGroup>,
  context: BuildContext,
): string[] {
  const { name } = block;
  const entries = entriesOf(block, 'group');
  const removed = (code: string, text: string) =>
    repaired(context, block.place, code, text, { scope: 'child', expected: 'group { INSTANCE... }', effect: 'the group does not exist' });
  if (entries.length === 0) {
    removed('sync-group-empty', `Sync group ${name} has no virtual router(s). removing`);
    return [];
  }
  const members: string[] = [];
  const ignore = ({ value, place }: Setting<string>, code: string, text: string) => repaired(context, place, code, text, { word: value });
  for (const entry of entries) {
    const { value } = entry;
    if (!defined.has(value))
      ignore(entry, 'sync-group-unknown', `Virtual router ${value} specified in sync group ${name} doesn't exist - ignoring`);
    else if (groupOf.has(value) || members.includes(value))
      ignore(entry, 'sync-group-twice', `Virtual router ${value} cannot exist in more than one sync group; ignoring ${name}`);
    else members.push(value);
  }
  if (members.length === 0)
    removed('sync-group-empty', `Sync group ${name}, no matching virtual router found in group declaration - removing`);
  if (members.length === 1) {
    const text = `Sync group ${name} has only 1 virtual router(s) - this probably isn't what you want`;
    repaired(context, placeOf(block, 'group'), 'sync-group-single', text, { severity: 'warning' });
  }
  return members;
}

function checkOwners(group: SyncGroup, instances: readonly VrrpInstance[], context: BuildContext): void {
  const members = instances.filter((i) => group.group.includes(i.name));
  const owners = members.filter((i) => i.priority === 255);
  if (owners.length === 0 || owners.length === members.length) return;
  const text = `Sync group ${group.name} has some member(s) as address owner and some not as address owner. This won't work.`;
  repaired(context, group.position, 'sync-group-owners', text, {
    severity: 'warning',
    word: group.name,
    effect: 'the owners wait for the other members before they become MASTER',
  });
}

/**
 * What a member still tracks by itself. Priorities of members should differ between routers in the same way, so weights
 * of single members go, unless the group allows them; what the group tracks too is the group's.
 */
function trackersOf(i: VrrpInstance, group: SyncGroup, context: BuildContext): TrackedLists {
  const report = (code: string, text: string, name: string) =>
    repaired(context, i.position, code, `(${i.name}) ${text}`, { scope: 'child', word: name });
  const kept = (key: keyof TrackedLists): readonly TrackedObject[] => {
    const mine = i[key].flatMap((t) => {
      if (group.sync_group_tracking_weight || t.weight.value === 0 || key === 'track_process') return [t];
      const what = key.slice('track_'.length);
      const weightless = { ...t, weight: { ...t.weight, value: 0 } };
      if (key === 'track_interface') {
        report('sync-group-weight', `ignoring ${t.name} tracked interface weight due to SYNC group`, t.name);
        return [weightless];
      }
      if (key === 'track_file' && t.weight.value === 1) {
        report('sync-group-weight', `ignoring weight from tracked file ${t.name} due to SYNC group. specify weight 0`, t.name);
        return [weightless];
      }
      const weights = key === 'track_script' ? 'weights' : `weight ${t.weight.value}`;
      report('sync-group-weight', `ignoring tracked ${what} ${t.name} with ${weights} due to SYNC group`, t.name);
      return [];
    });
    for (const t of mine) if (group[key].some((g) => g.name === t.name)) reportTwice(key, t.name);
    return mine;
  };

  function reportTwice(key: keyof TrackedLists, name: string): void {
    const text = `${key} ${name} is configured on VRRP instance and sync group. Remove vrrp instance`;
    if (key === 'track_interface') report('sync-group-tracked-twice', `${text} or sync group config`, name);
    else notice(context, i.position, 'sync-group-tracked-twice', `(${i.name}) ${text} config`, { scope: 'child', word: name });
  }

  for (const { name } of group.track_interface) if (name === i.interface) reportTwice('track_interface', name);
  return {
    track_interface: kept('track_interface'),
    track_script: kept('track_script'),
    track_file: kept('track_file'),
    track_process: kept('track_process'),
    track_bfd: kept('track_bfd'),
  };
}

type NotifyKey = 'notify_master' | 'notify_backup' | 'notify_fault' | 'notify_stop' | 'notify';

function notifyScript(block: GroupBlock, key: NotifyKey, scripts: ScriptBuilder, context: BuildContext): Script | null {
  const command = valueIn(syncGroup, block, key);
  if (!command) return null;
  const { script } = scripts.script(command, placeOf(block, key));
  if (!script) {
    notice(context, placeOf(block, key), 'notify-dropped', `(${block.name}) ${key} script is not run`, {
      word: key,
      effect: 'transitions are not told to it',
    });
  }
  return script;
}
