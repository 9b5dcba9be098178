// SPDX-License-Identifier: MIT
// What can move the addresses and is not in the table: said, so that nobody takes the table for the whole truth.

import { syncGroupOf } from '../group-tracking.ts';
import type { Block, Setting } from '../keyword.ts';
import type { TrackedLists } from '../model.ts';
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
  const places = world.members.flatMap((m, n) => uncounted(world, m, n));
  if (places.length === 0) return [];
  return [
    {
      code: 'cluster-not-counted',
      severity: 'notice',
      router: world.name,
      message: 'some of what can move the addresses is not in the table',
      places,
      effect: 'failures of these change priorities or lead to FAULT beyond what the table shows',
      advice: 'keep it in mind when reading the table',
    },
  ];
}

/** Tracked as written, but no check of the world: values of files, kinds without a model, objects that are disabled. */
function uncounted(world: World, m: Member, member: number): ClusterPlace[] {
  const group = syncGroupOf(m.node.config, m.instance.name);
  const own = blocks(m, 'vrrp_instance').filter((b) => b.name === m.instance.name);
  const ofGroup = blocks(m, 'vrrp_sync_group').filter((b) => b.name === group?.name);
  const mates = m.node.config.vrrp_instance.filter((i) => i.name !== m.instance.name && group?.group.includes(i.name));
  return Object.entries(lists).flatMap(([keyword, kind]) => {
    const written = [...own, ...ofGroup].flatMap((block) =>
      ((block.settings[keyword] ?? []) as readonly Setting<{ readonly name: string }>[]).map(({ value: { name }, place }) => ({
        name,
        place: placed(m.node, place, `${keyword} ${name}`),
      })),
    );
    // Of the other members only what leads to FAULT, and this one with it.
    const ofMates = mates.flatMap((mate) =>
      mate[keyword as keyof TrackedLists]
        .filter((t) => t.weight.value === 0)
        .map(({ name }) => ({ name, place: placeIn({ ...m, instance: mate }, [keyword], `${keyword} ${name}`, name) })),
    );
    const counted = (name: string) => world.checks.some((c) => c.member === member && c.kind === kind && c.name === name);
    return [...written, ...ofMates].flatMap(({ name, place }) => (counted(name) || name === m.instance.interface ? [] : [place]));
  });
}

function blocks(m: Member, keyword: string): readonly Block[] {
  return (m.node.tree?.settings[keyword] ?? []) as readonly Block[];
}
