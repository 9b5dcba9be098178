// SPDX-License-Identifier: MIT
// Counters of a router that outlive its sockets: the engine forgets its own with the endpoint, the shell adds them up here
// first. keepalived's groups and names; what the engine tells apart more finely is summed (reference: VRRP document, 4.2).

import type { RouterCounters } from '../../native/surface.ts';
import type { Statistics } from '../../ports/vrrp-view.ts';

/** What only the shell sees, and the engine's counters from before the sockets were opened anew. */
export interface Tally {
  becameMaster: number;
  releasedMaster: number;
  /** Accepted adverts whose address list differs from ours. */
  addressMismatches: number;
  /** How often it was held up for longer than other routers wait. */
  wokeLate: number;
  /** Messages of others that claimed an address of ours. */
  claims: number;
  past: Statistics;
}

export function newTally(): Tally {
  return { becameMaster: 0, releasedMaster: 0, addressMismatches: 0, wokeLate: 0, claims: 0, past: nothing };
}

/** `engine`: the router's counters now; null while it has no sockets. */
export function statisticsOf(tally: Tally, engine: RouterCounters | null): Statistics {
  const sum = engine === null ? tally.past : plus(tally.past, fromEngine(engine));
  return {
    ...sum,
    becameMaster: tally.becameMaster,
    releasedMaster: tally.releasedMaster,
    lateWakeUps: tally.wokeLate,
    addressList: sum.addressList + tally.addressMismatches,
  };
}

/** The engine is about to forget this router: keeps what it counted. */
export function keepCounters(tally: Tally, engine: RouterCounters): void {
  tally.past = plus(tally.past, fromEngine(engine));
}

export function clearTally(tally: Tally): void {
  Object.assign(tally, newTally());
}

const nothing: Statistics = {
  advertReceived: 0,
  advertSent: 0,
  becameMaster: 0,
  releasedMaster: 0,
  checksum: 0,
  version: 0,
  length: 0,
  interval: 0,
  ttl: 0,
  type: 0,
  addressList: 0,
  authTypeInvalid: 0,
  authTypeMismatch: 0,
  authFailure: 0,
  hmacMissing: 0,
  hmacMalformed: 0,
  hmacUnknownKey: 0,
  hmacInvalid: 0,
  hmacStale: 0,
  hmacReplay: 0,
  priorityZeroReceived: 0,
  priorityZeroSent: 0,
  lateWakeUps: 0,
};

function fromEngine(c: RouterCounters): Statistics {
  const r = c.refused;
  return {
    ...nothing,
    advertReceived: c.advertReceived,
    advertSent: c.advertSent,
    checksum: r.checksum,
    version: r.version,
    length: r.length + r.ip_length,
    interval: r.interval,
    ttl: r.ttl + r.unicast_ttl,
    type: r.type,
    addressList: r.cast_kind,
    authTypeInvalid: r.auth_type_invalid,
    authTypeMismatch: r.auth_type_mismatch + r.ah_header_mismatch,
    authFailure: r.auth_failure + r.ah_next_header + r.ah_icv + r.ah_spi + r.ah_sequence,
    hmacMissing: r.auth_ext_missing,
    hmacMalformed: r.auth_ext_malformed,
    hmacUnknownKey: r.auth_ext_unknown_key,
    hmacInvalid: r.auth_ext_invalid_hmac,
    hmacStale: r.auth_ext_stale,
    hmacReplay: r.auth_ext_replay,
    priorityZeroReceived: c.priorityZeroReceived,
    priorityZeroSent: c.priorityZeroSent,
  };
}

function plus(a: Statistics, b: Statistics): Statistics {
  const keys = Object.keys(a) as (keyof Statistics)[];
  return Object.fromEntries(keys.map((k) => [k, a[k] + b[k]])) as unknown as Statistics;
}
