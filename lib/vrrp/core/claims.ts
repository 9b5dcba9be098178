// SPDX-License-Identifier: MIT
// Somebody else says by ARP or Neighbor Discovery that an address of an active router is his: a rival that the adverts do
// not reach, a stale owner, a host configured twice. Neighbours that believed it must hear of us again, so the address is
// announced: at once, and once more after any claim that came since; ever more slowly while it goes on, so that two
// routers in a true conflict do not chase each other (RFC 5227 2.4 (c)). Pure.

import type { Ip } from '../../base/address.ts';
import { add, type Micros, micros, seconds } from '../../base/time.ts';

/** Between the first two answers; doubled from one to the next. */
const FIRST_GAP = seconds(1);
/** DEFEND_INTERVAL of RFC 5227: in a lasting conflict each side announces so seldom. */
const DEFEND_INTERVAL = seconds(10);
/** A conflict is over when nobody has claimed anything for so long: three periods of a slow rival. */
export const QUIET = seconds(30);

/** One conflict from the first claim to the end of QUIET. */
export interface Contention {
  /** When the first claim came. */
  readonly since: Micros;
  readonly answeredAt: Micros;
  /** No answer before answeredAt + gap. */
  readonly gap: Micros;
  readonly heardAt: Micros;
  readonly claims: number;
  readonly answers: number;
  /** Claimed since the last answer. */
  readonly owed: readonly Ip[];
}

export type ClaimEvent =
  | { readonly kind: 'claimed'; readonly at: Micros; readonly address: Ip; readonly mac: string }
  /** The time asked for by `wakeAt`, or later. */
  | { readonly kind: 'woken'; readonly at: Micros };

export type ClaimEffect =
  /** One announcement of each. */
  | { readonly kind: 'announce'; readonly addresses: readonly Ip[] }
  | { readonly kind: 'contested'; readonly address: Ip; readonly mac: string }
  | { readonly kind: 'resolved'; readonly claims: number; readonly answers: number; readonly lasted: Micros };

/** The conflict after an event, null when there is none, and what is to be done. */
export function hearClaim(
  before: Contention | null,
  e: ClaimEvent,
): { readonly contention: Contention | null; readonly effects: readonly ClaimEffect[] } {
  if (before === null) {
    if (e.kind === 'woken') return { contention: null, effects: [] };
    const contention = { since: e.at, answeredAt: e.at, gap: FIRST_GAP, heardAt: e.at, claims: 1, answers: 1, owed: [] };
    const { address, mac } = e;
    return {
      contention,
      effects: [
        { kind: 'announce', addresses: [address] },
        { kind: 'contested', address, mac },
      ],
    };
  }
  const heard = e.kind === 'claimed' ? withClaim(before, e.at, e.address) : before;
  const { owed, claims, answers } = heard;
  if (owed.length > 0 && e.at >= add(heard.answeredAt, heard.gap)) {
    const gap = Math.min(heard.gap * 2, DEFEND_INTERVAL) as Micros;
    return {
      contention: { ...heard, answeredAt: e.at, gap, answers: answers + 1, owed: [] },
      effects: [{ kind: 'announce', addresses: owed }],
    };
  }
  const over = owed.length === 0 && e.at >= add(heard.heardAt, QUIET);
  if (!over) return { contention: heard, effects: [] };
  // From the first claim to the last: that nobody claims any more is known only QUIET later.
  const lasted = micros(heard.heardAt - heard.since);
  return { contention: null, effects: [{ kind: 'resolved', claims, answers, lasted }] };
}

/** When the conflict has to be looked at again. */
export function wakeAt(c: Contention): Micros {
  return c.owed.length > 0 ? add(c.answeredAt, c.gap) : add(c.heardAt, QUIET);
}

function withClaim(c: Contention, at: Micros, address: Ip): Contention {
  const owed = c.owed.includes(address) ? c.owed : [...c.owed, address];
  return { ...c, heardAt: at, claims: c.claims + 1, owed };
}
