// SPDX-License-Identifier: MIT
// static_ipaddress, static_routes, static_rules and track_group → what the host keeps whatever VRRP does.

import { scopeOf } from './address-scopes.ts';
import { repaired } from './build-context.ts';
import { buildRoutes } from './build-routes.ts';
import { buildRules } from './build-rules.ts';
import type { StaticAddress as StaticEntry } from './entries.ts';
import { type Block, blocksOf, entriesOf, placeOf, type Setting } from './keyword.ts';
import type { root } from './keywords/index.ts';
import type { Config } from './model.ts';
import { deviceIsThere, type PolicyContext, trackGroupOf } from './policy-context.ts';
import type { StaticAddress, TrackGroup } from './policy-model.ts';

type Tree = Block<typeof root>;
type Statics = Pick<Config, 'static_ipaddress' | 'static_routes' | 'static_rules'>;

/** Interface for static addresses without `dev` where default_interface says nothing. */
const usualInterface = 'eth0';

export function buildStatics(tree: Tree, defaultInterface: string | null, policy: PolicyContext): Statics {
  return {
    static_ipaddress: entriesOf(tree, 'static_ipaddress').flatMap((e) => buildAddress(e, defaultInterface, policy) ?? []),
    static_routes: buildRoutes(entriesOf(tree, 'static_routes'), policy),
    static_rules: buildRules(entriesOf(tree, 'static_rules'), policy),
  };
}

function buildAddress(
  { value, place }: Setting<StaticEntry>,
  defaultInterface: string | null,
  policy: PolicyContext,
): StaticAddress | null {
  const dev = value.dev ?? defaultInterface ?? usualInterface;
  if (!deviceIsThere(dev, `interface ${dev} for ip address ${value.ip}/${value.prefixLength}`, place, policy)) return null;
  const tracked = { kind: 'ipaddress', no_track: value.no_track, device: dev } as const;
  const scope = scopeOf(value, place, policy.names, policy.context);
  return { ...value, scope, dev, track_group: trackGroupOf(value.track_group ?? undefined, tracked, place, policy), position: place };
}

/** A group that came to nothing tracks nothing. */
export function withinGroups(statics: Statics, groups: readonly TrackGroup[]): Statics {
  const known = new Set(groups.map((g) => g.name));
  const only = <T extends { readonly track_group: string | null }>(list: readonly T[]): readonly T[] =>
    list.map((o) => (o.track_group === null || known.has(o.track_group) ? o : { ...o, track_group: null }));
  return {
    static_ipaddress: only(statics.static_ipaddress),
    static_routes: only(statics.static_routes),
    static_rules: only(statics.static_rules),
  };
}

/** As written; members are checked when the instances are known. */
export function writtenGroups(tree: Tree): PolicyContext['groups'] {
  const groups = new Map<string, TrackGroup>();
  for (const block of blocksOf(tree, 'track_group')) {
    const group = [...new Set(entriesOf(block, 'group').map((e) => e.value))];
    if (!groups.has(block.name)) groups.set(block.name, { name: block.name, position: block.place, group });
  }
  return groups;
}

/** Groups with the members that exist; those without any are left out. */
export function buildTrackGroups(tree: Tree, instances: ReadonlySet<string>, { context, groups }: PolicyContext): TrackGroup[] {
  const places = new Map(blocksOf(tree, 'track_group').map((b) => [b.name, placeOf(b, 'group')]));
  return [...groups.values()].flatMap(({ name, position, group }) => {
    const report = (message: string, word: string) =>
      repaired(context, places.get(name) ?? position, 'track-group', message, { scope: 'child', word });
    const known = group.filter((member) => {
      if (!instances.has(member)) report(`vrrp instance ${member} specified in track group ${name} doesn't exist - ignoring`, member);
      return instances.has(member);
    });
    if (known.length > 0) return [{ name, position, group: known }];
    report(`Static track group ${name} has no virtual router(s)`, name);
    return [];
  });
}
