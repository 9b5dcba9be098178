// SPDX-License-Identifier: MIT
// Two instances with one VRID on one wire, which the configuration cannot show: an interface has come back as another kind, or
// on another interface below (reference: VRRP document, section 12, allow_if_changes).

import type { VrrpInstance } from '../../config/model.ts';
import type { NetworkView } from './network-view.ts';
import { isUnicast } from './settings.ts';

/** Interfaces are not stacked higher. */
const MOST_LEVELS = 8;

/** Others that would conflict if they shared the wire. */
export function sharingVrid(config: VrrpInstance, all: readonly VrrpInstance[]): VrrpInstance[] {
  if (isUnicast(config) || config.interface === null) return [];
  return all.filter(
    (other) =>
      other.name !== config.name &&
      other.virtual_router_id === config.virtual_router_id &&
      other.family === config.family &&
      other.mcast_dst_ip === config.mcast_dst_ip &&
      other.interface !== null &&
      !isUnicast(other),
  );
}

/** keepalived's words for the conflict with an instance before this one, which goes on; null: there is none. */
export function vridConflict(config: VrrpInstance, all: readonly VrrpInstance[], view: NetworkView): string | null {
  const wire = wireOf(config, view);
  if (wire === null) return null;
  const earlier = all.slice(
    0,
    Math.max(
      0,
      all.findIndex((i) => i.name === config.name),
    ),
  );
  const rival = sharingVrid(config, earlier).find((other) => wireOf(other, view) === wire);
  if (!rival) return null;
  return `VRID conflict between ${rival.name} and ${config.name} IPv${config.family} vrid ${config.virtual_router_id}`;
}

/** Index of the interface at the bottom; null while the instance's does not exist. */
function wireOf({ interface: name }: VrrpInstance, view: NetworkView): number | null {
  let link = name === null ? undefined : view.byName(name);
  for (let level = 0; link && level < MOST_LEVELS; level++) {
    const stacked = link.linkKind === 'macvlan' || link.linkKind === 'ipvlan';
    const below = stacked ? view.byIndex(link.parentIndex) : undefined;
    if (!below) return link.ifindex;
    link = below;
  }
  return link?.ifindex ?? null;
}
