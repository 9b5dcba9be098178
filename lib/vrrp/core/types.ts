// SPDX-License-Identifier: MIT
// One virtual router as the state machine sees it: settings (what was configured, in RFC 9568 words) and instance
// (what is true now). Both are plain frozen data. keepalived's words are translated to these in shell/settings.ts.

import type { Family, Ip } from '../../base/address.ts';
import type { Micros } from '../../base/time.ts';

export type State = 'initialize' | 'backup' | 'active' | 'fault';

/** Gratuitous ARP / NA schedule (reference/vrrp-protocol.md section 9.2). */
export interface AnnounceSettings {
  /** Rounds when becoming active. */
  readonly repeat: number;
  /** Second burst this much later; 0 none. */
  readonly delay: Micros;
  /** Period of refresh bursts; 0 none. */
  readonly refresh: Micros;
  readonly refreshRepeat: number;
  readonly lowerPriorityRepeat: number;
  readonly lowerPriorityDelay: Micros;
  /** Period of announcements on interfaces that send no adverts; 0 none. */
  readonly extra: Micros;
}

export interface Settings {
  readonly name: string;
  readonly vrid: number;
  readonly version: 2 | 3;
  readonly family: Family;
  /** Adverts go to peers one by one, not to a group. */
  readonly unicast: boolean;
  /** Configured Priority, 1..255; 255 is the address owner. */
  readonly priority: number;
  /** `state MASTER` was configured. Only an owner starts active by it. */
  readonly wantsActive: boolean;
  readonly advertisementInterval: Micros;
  /** Preempt_Mode */
  readonly preempt: boolean;
  readonly preemptDelay: Micros;
  /** Factor of Active_Down_Interval; 3 in the RFC. */
  readonly downTimerAdverts: number;
  /** lower_prio_no_advert: do not answer a lower priority advert. */
  readonly silentOnLower: boolean;
  /** higher_prio_send_advert: one advert before yielding. */
  readonly advertBeforeYield: boolean;
  readonly announce: AnnounceSettings;
  /** Make before break: a planned end serves until the successor is heard. */
  readonly handover: boolean;
  /** All routers speak from one link-layer address: a network has room for one of them at a time. */
  readonly sharedMac: boolean;
  /** timer_expired_backup: a router that was held up past its peers' patience gives way even when it hears nobody. */
  readonly yieldsWhenLate: boolean;
  /** Removals within a minute that are made good before the router gives up the role; 0: any number. */
  readonly restoreLimit: number;
}

/** Why an instance is in Fault; the state leaves Fault when the set is empty. Named as operators read them. */
export type FaultReason =
  | { readonly kind: 'interface_down'; readonly name: string }
  | { readonly kind: 'interface_missing'; readonly name: string }
  | { readonly kind: 'no_source_address'; readonly family: Family }
  | { readonly kind: 'source_not_configured' }
  | { readonly kind: 'script'; readonly name: string }
  /** status: what the content would add to Priority. */
  | { readonly kind: 'file'; readonly name: string; readonly status: number }
  | { readonly kind: 'process'; readonly name: string }
  | { readonly kind: 'bfd'; readonly name: string }
  | { readonly kind: 'socket'; readonly text: string }
  | { readonly kind: 'config'; readonly text: string };

export interface ActiveRouter {
  readonly address: Ip;
  readonly priority: number;
}

/** What its sync group says to a member about to decide (section 8). */
export interface GroupSay {
  /** Another member is faulty. */
  readonly fault: boolean;
  /** Another member still waits for its scripts. */
  readonly waiting: boolean;
  /** The group is Active, or every other member would be if it could. */
  readonly mayLead: boolean;
  /** Every member is an owner configured MASTER: only then the group starts Active. */
  readonly ownersOnly: boolean;
}

/** For a router without a group. */
export const ALONE: GroupSay = Object.freeze({ fault: false, waiting: false, mayLead: true, ownersOnly: true });

export interface Instance {
  readonly state: State;
  /** Between startup and stop. */
  readonly started: boolean;
  /** In Backup, and Active but for the sync group: Active_Down_Timer ran out before those of other members did. */
  readonly held: boolean;
  /** End of the startup delay, 0 without one: no deadline counts from an earlier time, and nothing is heard before. */
  readonly notBefore: Micros;
  /** Generation of the armed deadline; an expiry with another one is ignored (invariant I2). */
  readonly generation: number;
  /**
   * The one armed deadline, null when there is none. Backup: when Active_Down_Timer fires. Active: when the watch over
   * another owner ends (ownerConflict), or the handover (leaving).
   */
  readonly due: Micros | null;
  /** Active_Adver_Interval: ours, or in v3 that of the last accepted advert. */
  readonly activeAdverInterval: Micros;
  /** What goes out: base plus tracking, clamped; 255 for an owner. */
  readonly effectivePriority: number;
  readonly trackingDelta: number;
  readonly faults: readonly FaultReason[];
  /**
   * Weight-0 scripts that have not reported yet hold the instance silently. While they do after a startup the state is
   * 'initialize' (keepalived's dumps say FAULT for it), as it is for all members of its sync group.
   */
  readonly waiting: boolean;
  /** End of a running preempt delay. */
  readonly preemptDelayUntil: Micros | null;
  /** Last router heard as active; null when none or when it is ourselves. */
  readonly heard: ActiveRouter | null;
  /** Our own source address, for the tie; null when there is none. */
  readonly source: Ip | null;
  /** Owner conflict (section 6.5 point 3): we stepped from 255 to 254. */
  readonly ownerLowered: boolean;
  /** Another router advertises 255 with a lower address while we are active at 255; null when none does. */
  readonly ownerConflict: OwnerConflict | null;
  /** When it woke up, Active, after a pause in which another router may have become so: it listens before it speaks. */
  readonly wokeLate: Micros | null;
  /** Active, has said farewell and serves until somebody else does; null: not so. */
  readonly leaving: Leaving | null;
  /** When something of ours was removed by somebody else in the last minute, oldest first. */
  readonly removals: readonly Micros[];
}

export interface Leaving {
  /** Who was heard to take over; null: nobody yet. */
  readonly successor: Ip | null;
}

/** Two address owners (reference/vrrp-protocol.md 6.5 point 3): it had fair warning when two more of our adverts are out. */
export interface OwnerConflict {
  readonly address: Ip;
  /** When the second advert after the discovery goes out. A 255 advert from then until `due` makes us step down to 254. */
  readonly watchFrom: Micros;
}
