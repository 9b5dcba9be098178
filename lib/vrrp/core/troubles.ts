// SPDX-License-Identifier: MIT
// What can stand wrong with a router without any change of its state: somebody contests its role, or it hears nobody although
// it should. Pure data; docs/decisions/0028-rivals-and-deafness.md.

import type { Ip } from '../../base/address.ts';
import type { Micros } from '../../base/time.ts';

/** two_active: another router is Active beside us. refused, other_addresses: it uses our VRID and cannot be ours. claim: ARP or ND. */
export type ContestedWhy = 'two_active' | 'refused' | 'other_addresses' | 'claim';
/**
 * peer_silent: a better router fell silent and never said farewell. dropped_here: adverts arrive on the interface and not at our
 * socket. not_a_member: nobody on this host is in the group any more.
 */
export type DeafWhy = 'peer_silent' | 'dropped_here' | 'not_a_member';

export type Trouble = {
  /** When it began, which is known only later. */
  readonly since: Micros;
  /** Of the other router; of a claim the virtual address; null: it is about nobody. */
  readonly address: Ip | null;
  /** Text; null: not known, or another router is between. */
  readonly mac: string | null;
  /** Priority it advertises; null: not known. */
  readonly priority: number | null;
} & (
  | { readonly kind: 'contested'; readonly why: ContestedWhy /** Of `refused`: the rung of the receive ladder. */; readonly reason: string }
  | { readonly kind: 'deaf'; readonly why: DeafWhy /** When anything was heard last; 0: never. */; readonly heardAt: Micros }
);

/** Why it is over. */
export type Ending = 'silent' | 'gave_way' | 'farewell' | 'accepted' | 'heard' | 'member' | 'left' | 'arrives_no_more';

/** What is to be told. */
export type TroubleNews =
  | { readonly over: false; readonly trouble: Trouble }
  /** `lasted`: from its beginning to its last sign. */
  | { readonly over: true; readonly trouble: Trouble; readonly ending: Ending; readonly lasted: Micros };
