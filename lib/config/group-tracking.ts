// SPDX-License-Identifier: MIT
// What each instance tracks in the end: its own trackers, and those of its sync group in their place where both name the
// same thing (reference/vrrp-protocol.md section 8).

import type { Config, SyncGroup, TrackedLists, TrackedObject, VrrpInstance } from './model.ts';

export function syncGroupOf(config: Config, instance: string): SyncGroup | null {
  return config.vrrp_sync_group.find((g) => g.group.includes(instance)) ?? null;
}

/** The instances with the trackers of their groups added; those without a group are the same objects. */
export function withGroupTracking(config: Config): readonly VrrpInstance[] {
  if (config.vrrp_sync_group.length === 0) return config.vrrp_instance;
  const groupOf = new Map(config.vrrp_sync_group.flatMap((g) => g.group.map((name) => [name, g] as const)));
  return config.vrrp_instance.map((i) => {
    const group = groupOf.get(i.name);
    return group ? { ...i, ...merged(i, group) } : i;
  });
}

function merged(own: TrackedLists, group: TrackedLists): TrackedLists {
  const both = (key: keyof TrackedLists): readonly TrackedObject[] => {
    const ofGroup = new Set(group[key].map((t) => t.name));
    return [...group[key], ...own[key].filter((t) => !ofGroup.has(t.name))];
  };
  return {
    track_interface: both('track_interface'),
    track_script: both('track_script'),
    track_file: both('track_file'),
    track_process: both('track_process'),
    track_bfd: both('track_bfd'),
  };
}
