// SPDX-License-Identifier: MIT
// Other routers that use our VRID as if they were Active, or as if it were another one. An election has its adverts that cross;
// a rival is who goes on. Pure.

import type { Ip } from '../../base/address.ts';
import { add, type Micros, micros, seconds } from '../../base/time.ts';
import type { ContestedWhy, Ending, Trouble, TroubleNews } from './troubles.ts';

export interface Rival {
  readonly why: Exclude<ContestedWhy, 'claim'>;
  readonly address: Ip;
  readonly mac: string | null;
  readonly priority: number | null;
  readonly reason: string;
  readonly since: Micros;
  readonly heardAt: Micros;
  /** Signs of it: adverts, or looks at which there was a new one. */
  readonly signs: number;
  /** The world knows. */
  readonly told: boolean;
}

export type Rivals = readonly Rival[];

export interface RivalSettings {
  readonly interval: Micros;
  /** Who sends on our own link has a MAC address worth telling. */
  readonly unicast: boolean;
}

export type RivalEvent =
  /** Accepted, of another router. `active`: we are. */
  | {
      readonly kind: 'advert';
      readonly at: Micros;
      readonly source: Ip;
      readonly priority: number;
      readonly active: boolean;
      readonly otherAddresses: boolean;
    }
  /** Refused: each that is told, and what a look has found. */
  | { readonly kind: 'refused'; readonly at: Micros; readonly source: Ip; readonly reason: string }
  /** Somebody who was asked about, as the link shows him. */
  | { readonly kind: 'identified'; readonly at: Micros; readonly source: Ip; readonly mac: string }
  /** We are Active no more. */
  | { readonly kind: 'left'; readonly at: Micros }
  | { readonly kind: 'looked'; readonly at: Micros };

/** Sources are strangers' to make up. */
const MOST = 8;
/** Adverts of one that hears us: one or two, even when it is slow. */
const ENOUGH_ADVERTS = 3;
/** One may have been damaged. */
const ENOUGH_REFUSALS = 2;
/** A slow router may need this long to give way. */
const SETTLES = micros(500_000);
/** Signs for which its MAC address is waited. */
const PATIENCE = 2;
const SHORTEST_QUIET = seconds(10);

const enough = ({ why }: Rival): number => (why === 'refused' ? ENOUGH_REFUSALS : ENOUGH_ADVERTS);

/** The rivals after an event, and what is to be told. */
export function hearRival(
  before: Rivals,
  s: RivalSettings,
  e: RivalEvent,
): { readonly rivals: Rivals; readonly news: readonly TroubleNews[] } {
  switch (e.kind) {
    case 'advert':
      return advert(before, s, e);
    case 'refused': {
      const known = before.find((r) => r.address === e.source);
      return known !== undefined && known.why !== 'refused' && known.told
        ? { rivals: before, news: [] }
        : sign(before, s, e.source, e.at, { why: 'refused', priority: null, reason: e.reason });
    }
    case 'identified':
      return settle(
        before.map((r) => (r.address === e.source && r.mac === null ? { ...r, mac: e.mac } : r)),
        s,
      );
    case 'left':
      return end(before, (r) => (r.why === 'two_active' ? 'gave_way' : null));
    case 'looked': {
      const quiet = Math.max(SHORTEST_QUIET, 4 * s.interval) as Micros;
      return end(before, (r) => (e.at >= add(r.heardAt, quiet) ? 'silent' : null));
    }
  }
}

/** Whose MAC address is wanted. */
export function unidentified(rivals: Rivals): Rivals {
  return rivals.filter((r) => r.mac === null && r.signs + 1 >= enough(r));
}

export function troubleOf({ why, address, mac, priority, reason, since }: Rival): Trouble {
  return { kind: 'contested', why, address, mac, priority, reason, since };
}

function advert(before: Rivals, s: RivalSettings, e: Extract<RivalEvent, { kind: 'advert' }>) {
  const of = (why: Ending) => (r: Rival) => (r.address === e.source ? why : null);
  if (e.priority === 0) return end(before, of('farewell'));
  const why = e.otherAddresses ? 'other_addresses' : e.active ? 'two_active' : null;
  if (why === null) return end(before, of('accepted'));
  return sign(before, s, e.source, e.at, { why, priority: e.priority, reason: '' });
}

function sign(before: Rivals, s: RivalSettings, address: Ip, at: Micros, of: Pick<Rival, 'why' | 'priority' | 'reason'>) {
  const known = before.find((r) => r.address === address);
  if (known === undefined) {
    if (before.length >= MOST) return { rivals: before, news: [] };
    return { rivals: [...before, { ...of, address, mac: null, since: at, heardAt: at, signs: 1, told: false }], news: [] };
  }
  // What it is called stays while the world knows it by that name.
  const same = known.why === of.why;
  const next: Rival =
    known.told || same
      ? { ...known, ...(same ? of : {}), heardAt: at, signs: known.signs + 1 }
      : { ...known, ...of, heardAt: at, since: at, signs: 1 };
  return settle(
    before.map((r) => (r === known ? next : r)),
    s,
  );
}

function settle(rivals: Rivals, s: RivalSettings) {
  const news: TroubleNews[] = [];
  const after = rivals.map((r) => {
    const sure = r.signs >= enough(r) && r.heardAt >= add(r.since, SETTLES);
    if (r.told || !sure || (r.mac === null && !s.unicast && r.signs < enough(r) + PATIENCE)) return r;
    const told = { ...r, told: true };
    news.push({ over: false, trouble: troubleOf(told) });
    return told;
  });
  return { rivals: after, news };
}

function end(before: Rivals, ending: (r: Rival) => Ending | null) {
  const news: TroubleNews[] = [];
  const rivals = before.filter((r) => {
    const why = ending(r);
    if (why !== null && r.told) news.push({ over: true, trouble: troubleOf(r), ending: why, lasted: micros(r.heardAt - r.since) });
    return why === null;
  });
  return { rivals, news };
}
