// What can move the addresses and is not in the table: said, so that nobody takes the table for the whole truth.

import type { Block, Setting } from '../keyword.ts';
import { type Member, placed, placeIn } from './nodes.ts';
import type { CheckKind, ClusterFinding, ClusterPlace } from './types.ts';
import type { World } from './world.ts';

const lists: Readonly<Record<string, CheckKind>> = {
  track_script: 'script',
  track_interface: 'interface',
  track_file: 'file',
  track_process: 'process',
  track_bfd: 'bfd',
};

export function leftOut(world: World): ClusterFinding[] {
  const places = world.members.flatMap((m, n) => [...uncounted(world, m, n), ...groupsOf(m)]);
  if (places.length === 0) return [];
  return [
    {
      code: 'cluster-not-counted',
      severity: 'notice',
      router: world.name,
      message: 'some of what can move the addresses is not in the table',
      places,
      effect:
        'failures of these change priorities or lead to FAULT beyond what the table shows; in a sync group those of every other member do too',
      advice: 'keep it in mind when reading the table',
    },
  ];
}

/** Tracked as written, but no check of the world: values of files, kinds without a model, objects that are disabled. */
function uncounted(world: World, m: Member, member: number): ClusterPlace[] {
  const block = blocks(m, 'vrrp_instance').find((b) => b.name === m.instance.name);
  return Object.entries(lists).flatMap(([keyword, kind]) => {
    const entries = (block?.settings[keyword] ?? []) as readonly Setting<{ readonly name: string }>[];
    return entries.flatMap(({ value: { name } }) => {
      const counted = world.checks.some((c) => c.member === member && c.kind === kind && c.name === name);
      return counted || name === m.instance.interface ? [] : [placeIn(m, [keyword], `${keyword} ${name}`, name)];
    });
  });
}

function groupsOf(m: Member): ClusterPlace[] {
  return blocks(m, 'vrrp_sync_group').flatMap((group) => {
    const names = ((group.settings.group ?? []) as readonly Setting<string>[]).map((s) => s.value);
    return names.includes(m.instance.name) && names.length > 1 ? [placed(m.node, group.place, `member of sync group ${group.name}`)] : [];
  });
}

function blocks(m: Member, keyword: string): readonly Block[] {
  return (m.node.tree?.settings[keyword] ?? []) as readonly Block[];
}
