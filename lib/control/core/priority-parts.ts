// SPDX-License-Identifier: MIT
// A priority as the sum of its parts: what each tracker of an instance, those of its sync group among them, does to it now.

import { contribution } from '../../base/vrrp-arithmetic.ts';
import { syncGroupOf, withGroupTracking } from '../../config/group-tracking.ts';
import type { Config, SyncGroup, TrackedLists, TrackedObject, VrrpInstance } from '../../config/model.ts';
import type { VrrpView } from '../../ports/vrrp-view.ts';
import { FILE_FAULT, fileStatus } from '../../track/core/aggregate.ts';
import type { PriorityPart } from '../document.ts';

type State = PriorityPart['state'];

const lists = {
  interface: 'track_interface',
  script: 'track_script',
  file: 'track_file',
  process: 'track_process',
  bfd: 'track_bfd',
} as const satisfies Record<PriorityPart['kind'], keyof TrackedLists>;

/** In the order in which they are summed. An address owner (255) ignores weights. */
export function partsOf(instance: VrrpInstance, view: VrrpView): PriorityPart[] {
  const all = withGroups(view.config).find((i) => i.name === instance.name) ?? instance;
  const group = syncGroupOf(view.config, instance.name);
  return Object.entries(lists).flatMap(([kind, list]) =>
    all[list].map((tracked) => part(kind as PriorityPart['kind'], tracked, view, instance.priority === 255, groupIn(group, list, tracked))),
  );
}

// One view is looked at by many instances.
const known = new WeakMap<Config, readonly VrrpInstance[]>();

function withGroups(config: Config): readonly VrrpInstance[] {
  let all = known.get(config);
  if (all === undefined) {
    all = withGroupTracking(config);
    known.set(config, all);
  }
  return all;
}

function groupIn(group: SyncGroup | null, list: keyof TrackedLists, { name }: TrackedObject): string | null {
  return group?.[list].some((t) => t.name === name) ? group.name : null;
}

function part(kind: PriorityPart['kind'], tracked: TrackedObject, view: VrrpView, owner: boolean, group: string | null): PriorityPart {
  const { name, weight } = tracked;
  const common = { kind, name, weight: weight.value, reverse: weight.reverse, group };
  if (kind === 'file') {
    const value = view.files.find((f) => f.config.name === name)?.value ?? 0;
    const status = fileStatus(weight, value);
    const faults = status === FILE_FAULT;
    return { ...common, state: faults ? 'down' : 'up', adds: faults || owner ? 0 : status, faults };
  }
  const state = stateOf(kind, name, view);
  const faults = weight.value === 0 && state !== 'unknown' && (state === 'down') !== weight.reverse;
  return { ...common, state, adds: owner ? 0 : contribution(weight, state), faults };
}

function stateOf(kind: Exclude<PriorityPart['kind'], 'file'>, name: string, view: VrrpView): State {
  const word = (up: boolean | undefined): State => (up === true ? 'up' : 'down');
  switch (kind) {
    case 'script':
      return view.scripts.find((s) => s.config.name === name)?.verdict ?? 'unknown';
    case 'interface':
      return word(view.links.find((l) => l.name === name)?.up);
    case 'process':
      return word(view.processes.find((p) => p.config.name === name)?.hasQuorum);
    case 'bfd':
      return word(view.bfds.find((b) => b.config.name === name)?.up);
  }
}
