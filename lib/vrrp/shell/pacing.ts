// SPDX-License-Identifier: MIT
// How far apart announcements leave (reference: VRRP document, section 9.2): a gap for each interface, or for several of a
// garp_group together, and one for each kind of frame. What is stacked on an interface (a VMAC, an ipvlan) shares its gap:
// it is one wire.

import type { Family } from '../../base/address.ts';
import { type Micros, micros } from '../../base/time.ts';
import type { Config } from '../../config/model.ts';
import type { Link } from '../../native/surface.ts';
import type { NetworkView } from './network-view.ts';

/** Gap, and which frames keep it together (AnnouncePlan of the engine). */
export interface Pace {
  readonly pacing: Micros;
  readonly clock: number;
}

const NO_PACE: Pace = { pacing: micros(0), clock: 0 };
/** Clocks of groups lie above those of interfaces. */
const GROUPS = 0x8000_0000;

/** The pace of a kind of frame (4: ARP, 6: NA) on an interface. */
export function paceOf(config: Pick<Config, 'global_defs' | 'garp_group'>, view: NetworkView, link: Link, family: Family): Pace {
  const base = stackedOn(link, view);
  const name = base?.name ?? link.name;
  const place = config.garp_group.findIndex((g) => g.interface === name || g.interfaces.includes(name));
  const group = config.garp_group[place];
  const { vrrp_garp_interval, vrrp_gna_interval } = config.global_defs;
  const pacing = family === 4 ? pick(group, group?.garp_interval, vrrp_garp_interval) : pick(group, group?.gna_interval, vrrp_gna_interval);
  if (pacing === 0) return NO_PACE;
  const owner = group?.interfaces.includes(name) ? GROUPS / 2 + place : (base ?? link).ifindex;
  return { pacing, clock: 2 * owner + (family === 6 ? 1 : 0) };
}

/** A group stands in the place of the global intervals, with what it does not set as well. */
function pick(group: object | undefined, own: Micros | null | undefined, global: Micros): Micros {
  return group ? (own ?? micros(0)) : global;
}

function stackedOn(link: Link, view: NetworkView): Link | undefined {
  return link.linkKind === 'macvlan' || link.linkKind === 'ipvlan' ? view.byIndex(link.parentIndex) : undefined;
}
