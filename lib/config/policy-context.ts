// SPDX-License-Identifier: MIT
// What the builders of routes, rules and static objects share.

import { type BuildContext, fatal, notice, repaired } from './build-context.ts';
import type { Names } from './iproute-names.ts';
import type { Position } from './model.ts';
import type { TrackGroup } from './policy-model.ts';

export interface PolicyContext {
  readonly context: BuildContext;
  readonly names: Names;
  /** Interfaces may come later. */
  readonly dynamic: boolean;
  /** Every track_group that was written. */
  readonly groups: ReadonlyMap<string, TrackGroup>;
  /** The preference of a rule that has none: counts down in each family. */
  nextPreference(family: 4 | 6): number;
}

/** Reports an interface that does not exist; false: what needs it is left out. `what` names both. */
export function deviceIsThere(dev: string, what: string, place: Position, { context, dynamic }: PolicyContext): boolean {
  if (!context.interfaces || context.interfaces.has(dev)) return true;
  if (dynamic) {
    const text = `Configuration specifies interface ${dev} which doesn't currently exist - will use if created`;
    notice(context, place, 'interface-later', text, { word: dev });
    return true;
  }
  fatal(context, place, 'interface-unknown', `WARNING - ${what} doesn't exist`, { scope: 'child', word: dev });
  return false;
}

interface Tracked {
  readonly kind: 'ipaddress' | 'route' | 'rule';
  readonly no_track: boolean;
  /** The interface it stands on; null: none. */
  readonly device: string | null;
}

const needs = {
  ipaddress: 'Static ipaddress cannot have track group if no interface specified',
  route: 'Static route cannot have track group if no oif specified',
  rule: 'Static rule cannot have track_group if dev/iif not specified',
} as const;

/** The group named, null where it cannot be used. */
export function trackGroupOf(name: string | undefined, tracked: Tracked, place: Position, policy: PolicyContext): string | null {
  if (name === undefined) return null;
  const refuse = (message: string) => {
    repaired(policy.context, place, 'track-group', message, { scope: 'child', word: name });
    return null;
  };
  const known = policy.groups.get(name);
  const isLater = known !== undefined && known.position.file === place.file && known.position.line > place.line;
  if (!known || isLater) return refuse(`track_group ${name} not found`);
  if (tracked.device === null) return refuse(needs[tracked.kind]);
  if (tracked.no_track) return refuse(`Static ${tracked.kind} has both track_group and no_track set - not tracking`);
  return name;
}
