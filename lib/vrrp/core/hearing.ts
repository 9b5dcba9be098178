// SPDX-License-Identifier: MIT
// Whether a router hears what it should. An Active one hears nobody as long as all is well, so silence alone says nothing: what
// speaks is a better router that fell silent without a farewell, adverts that the link shows and the socket does not get, and a
// membership that is gone. A router that never had a peer is not deaf. Pure.

import type { Ip } from '../../base/address.ts';
import { add, type Micros, micros, seconds } from '../../base/time.ts';
import type { DeafWhy, Ending, Trouble, TroubleNews } from './troubles.ts';

export interface Hearing {
  /** Since when we are Active; null: we are not. */
  readonly activeSince: Micros | null;
  /** Who was Active before us, better than we are and without a word of farewell. */
  readonly lost: { readonly address: Ip; readonly priority: number; readonly lastAt: Micros } | null;
  /** Adverts on the link since anything reached the socket. */
  readonly arrived: {
    readonly address: Ip;
    readonly mac: string;
    readonly priority: number;
    readonly first: Micros;
    readonly last: Micros;
    readonly count: number;
  } | null;
  /** Looks in a row that found no membership. */
  readonly missed: number;
  readonly told: readonly Trouble[];
}

export interface HearingSettings {
  readonly interval: Micros;
  readonly priority: number;
  readonly preempt: boolean;
}

export type HearingEvent =
  /** `lost`: see Hearing; null: nobody is missed. */
  | { readonly kind: 'became_active'; readonly at: Micros; readonly lost: Hearing['lost'] }
  | { readonly kind: 'left'; readonly at: Micros }
  /** An advert reached the socket, accepted or not. */
  | { readonly kind: 'heard'; readonly at: Micros; readonly source: Ip }
  /** One was seen on the link. */
  | { readonly kind: 'arrived'; readonly at: Micros; readonly source: Ip; readonly mac: string; readonly priority: number }
  /** heardAt: when any advert last reached the socket; 0: never. member: null: not looked at. */
  | { readonly kind: 'looked'; readonly at: Micros; readonly heardAt: Micros; readonly linkUp: boolean; readonly member: boolean | null };

export const hearsAll: Hearing = Object.freeze({ activeSince: null, lost: null, arrived: null, missed: 0, told: Object.freeze([]) });

/** So many adverts that arrive and are not heard are no accident. */
const ENOUGH = 3;
const ENOUGH_LOOKS = 2;
const SHORTEST = seconds(3);
/** The link is looked at for so long after a takeover, and again so often while somebody is missed. */
const WINDOW = seconds(6);
const EVERY = seconds(60);

const patience = (s: HearingSettings, least: Micros): Micros => micros(Math.max(least, 3 * s.interval));

export function hear(
  before: Hearing,
  s: HearingSettings,
  e: HearingEvent,
): { readonly hearing: Hearing; readonly news: readonly TroubleNews[] } {
  switch (e.kind) {
    case 'became_active': {
      // Whoever comes back below a nopreempt router is a backup that says nothing: it would be missed for ever.
      const lost = e.lost !== null && e.lost.priority >= s.priority && s.preempt ? e.lost : null;
      return { hearing: { ...before, activeSince: e.at, lost, arrived: null }, news: [] };
    }
    case 'left':
      return end({ ...before, activeSince: null, lost: null, arrived: null }, e.at, (t) => (t.why === 'not_a_member' ? null : 'left'));
    case 'heard': {
      const lost = before.lost?.address === e.source ? null : before.lost;
      const over = (t: Deaf): Ending | null =>
        t.why === 'dropped_here' || (t.why === 'peer_silent' && t.address === e.source) ? 'heard' : null;
      return end({ ...before, lost, arrived: null }, e.at, over);
    }
    case 'arrived': {
      if (before.activeSince === null) return { hearing: before, news: [] };
      const { source: address, mac, priority, at } = e;
      const a = before.arrived ?? { first: at, count: 0 };
      return { hearing: { ...before, arrived: { address, mac, priority, first: a.first, last: at, count: a.count + 1 } }, news: [] };
    }
    case 'looked':
      return looked(before, s, e);
  }
}

/** Whether adverts on the link should be looked at now. */
export function looksAtLink({ activeSince, lost, told }: Hearing, s: HearingSettings, now: Micros): boolean {
  if (activeSince === null) return false;
  if (told.some((t) => t.kind === 'deaf' && t.why === 'dropped_here')) return true;
  const [passed, window] = [now - activeSince, patience(s, WINDOW)];
  return passed < window || (lost !== null && passed % Math.max(EVERY, 2 * window) < window);
}

type Deaf = Extract<Trouble, { kind: 'deaf' }>;

function looked(before: Hearing, s: HearingSettings, e: Extract<HearingEvent, { kind: 'looked' }>) {
  const { arrived, lost, activeSince } = before;
  // What reached the socket meanwhile was perhaps not told one by one.
  const heard = arrived !== null && e.heardAt >= arrived.first;
  const missed = e.member === null ? before.missed : e.member ? 0 : before.missed + 1;
  const gone = arrived !== null && e.at >= add(arrived.last, patience(s, micros(2 * SHORTEST)));
  const fresh = { ...before, missed, arrived: heard || gone ? null : arrived };
  const overdue = (t: Deaf): Ending | null => {
    if (t.why === 'not_a_member') return e.member === true ? 'member' : null;
    if (t.why === 'peer_silent') return null;
    if (e.heardAt > t.since) return 'heard';
    return fresh.arrived === null ? 'arrives_no_more' : null;
  };
  const { hearing, news } = end(fresh, e.at, overdue);
  const found: Deaf[] = [];
  const is = (why: DeafWhy) => [...hearing.told, ...found].some((t) => t.kind === 'deaf' && t.why === why);
  const say = (why: DeafWhy, since: Micros, of: Pick<Deaf, 'address' | 'mac' | 'priority'>) => {
    if (!is(why)) found.push({ kind: 'deaf', why, since, heardAt: e.heardAt, ...of });
  };
  if (missed >= ENOUGH_LOOKS) say('not_a_member', e.at, { address: null, mac: null, priority: null });
  const a = hearing.arrived;
  if (a !== null && e.linkUp && a.count >= ENOUGH && a.last >= add(a.first, micros(2 * s.interval))) say('dropped_here', a.first, a);
  const due = activeSince !== null && e.at >= add(activeSince, patience(s, SHORTEST));
  if (lost !== null && due && e.linkUp && !is('dropped_here') && !is('not_a_member'))
    say('peer_silent', lost.lastAt, { address: lost.address, mac: null, priority: lost.priority });
  const told = found.map((trouble): TroubleNews => ({ over: false, trouble }));
  return { hearing: { ...hearing, told: [...hearing.told, ...found] }, news: [...news, ...told] };
}

function end(
  before: Hearing,
  at: Micros,
  ending: (t: Deaf) => Ending | null,
): { readonly hearing: Hearing; readonly news: readonly TroubleNews[] } {
  const news: TroubleNews[] = [];
  const told = before.told.filter((t) => {
    const why = t.kind === 'deaf' ? ending(t) : null;
    if (why !== null) news.push({ over: true, trouble: t, ending: why, lasted: micros(Math.max(0, at - t.since)) });
    return why === null;
  });
  return { hearing: news.length === 0 && told.length === before.told.length ? before : { ...before, told }, news };
}
