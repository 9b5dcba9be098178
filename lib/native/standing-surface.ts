// SPDX-License-Identifier: MIT
// Standing orders of the engine: what it does with the deadline of a router, or of a whole sync group, before JavaScript
// wakes (decisions.md section 1). Part of surface.ts, whose rules hold here.

import type { Micros } from '../base/time.ts';
import type { AdvertFrame, AnnouncePlan, LeaseOrder } from './surface.ts';

/**
 * What beats an Active router: an advert with this interval and a higher priority, or the same from a higher address. lastWord:
 * it advertises once more before it is quiet.
 */
export interface Concession {
  readonly priority: number;
  readonly address: string;
  readonly interval: Micros;
  readonly lastWord: boolean;
}

/** What may be done with the deadline of a router in Backup, or an Active one when it is beaten. Each rule is what the machine would do. */
export interface MemberOrders {
  readonly key: number;
  /** Of the armed deadline; the rules die with it. Each deed of the engine but a plain refresh counts it up by one, as the machine does. */
  readonly generation: number;
  /** Number of the last event of this router that was read, 0 for none: until then JavaScript decides. */
  readonly read: number;
  /** The advert that changes nothing but the deadline: that goes `down` behind its reception, and nothing is told. */
  readonly refresh: { readonly source: string; readonly priority: number; readonly interval: Micros; readonly down: Micros } | null;
  /** Where an accepted advert with priority 0 puts the deadline, counted from its reception; 0: JavaScript decides. */
  readonly skew: Micros;
  /** Its deadline ran out before those of others that move with it. */
  readonly held: boolean;
  /** When it runs out while one of the others is not held: deadline again after this; 0: JavaScript decides. */
  readonly wait: Micros;
  /** For an Active router, and for one that a takeover of the engine's made so; null: JavaScript decides. */
  readonly concession: Concession | null;
}

/** Becoming Active at the deadline that leaves no member unheld: adverts of all routers, one batch for rtnetlink, announcements. */
export interface Takeover {
  readonly routers: readonly {
    readonly key: number;
    readonly frame: AdvertFrame;
    readonly every: Micros;
    readonly resignation: LeaseOrder;
  }[];
  /** Answered by one netlink_done when there are messages. */
  readonly ticket: number;
  readonly netlink: readonly Uint8Array[];
  /** As announce(), but `at` counts from the takeover. */
  readonly announcements: readonly (AnnouncePlan & { readonly key: number })[];
}

/** Giving way of all routers at once: they fall silent, their deadlines run, what they hold goes in one batch. */
export interface YieldOrders {
  /** down: deadline, counted from the reception of the advert. */
  readonly routers: readonly { readonly key: number; readonly down: Micros }[];
  /** Answered by one netlink_done when there are messages. */
  readonly ticket: number;
  readonly netlink: readonly Uint8Array[];
}

/** A BFD session without which an Active unit is in Fault. */
export interface FaultOrder {
  /** At most 31 bytes. */
  readonly session: string;
  /** Whose machine hears of it. */
  readonly key: number;
  /** Adverts with priority 0, 0..2: one number for each router of `yield`. */
  readonly farewells: readonly number[];
}

export interface StandingOrders {
  /** Keys of the routers that move together, or of one that moves alone; all have been withheld. */
  readonly all: readonly number[];
  /** Those in Backup, or, without a takeover, those that are Active. */
  readonly members: readonly MemberOrders[];
  readonly takeover: Takeover | null;
  /** As soon as they are Active. */
  readonly yield: YieldOrders | null;
  /** Need `yield`, whose routers say farewell and let go without a deadline. */
  readonly faults: readonly FaultOrder[];
}

/** One thing the engine did: a deadline that ran out, or an advert that moved it or was given way to. */
export type Deed =
  /** late: how much later than due it was noticed. */
  | { readonly kind: 'expired'; readonly key: number; readonly at: Micros; readonly late: Micros }
  | {
      readonly kind: 'advert';
      readonly key: number;
      readonly at: Micros;
      readonly source: string;
      readonly priority: number;
      readonly interval: Micros;
    }
  /** A session was lost; see FaultOrder. */
  | { readonly kind: 'lost'; readonly key: number; readonly at: Micros; readonly session: string };

export interface Deeds {
  /** In the order in which they were done. */
  readonly deeds: readonly Deed[];
  /** Of each member, with the refreshes that were not told. */
  readonly deadlines: readonly { readonly key: number; readonly due: Micros }[];
}

export interface StandingCalls {
  /** Orders in place of former ones; from then on the engine acts. Throws Error{code} when an advert cannot be encoded. */
  giveOrders(orders: StandingOrders): void;
  /** The orders given last go on, for other deadlines of the same members. */
  confirmOrders(key: number, members: readonly Pick<MemberOrders, 'key' | 'generation' | 'read'>[]): void;
  /**
   * Keeps the engine from acting for this router and those that move with it until orders are given or confirmed, and says
   * what it did since; null when it cannot have done anything. Every step of a machine comes after this.
   */
  withholdOrders(key: number): Deeds | null;
}
