// SPDX-License-Identifier: MIT
// Why an advertisement was refused, in keepalived's words (reference: VRRP document, section 4.2). One line per reason
// reaches the log until the instance changes state or accepts somebody new; every refusal is counted by the engine.

import { exhaustive } from '../base/result.ts';
import type { RefusalReason } from '../native/surface.ts';

export interface Refusal {
  readonly reason: RefusalReason;
  readonly source: string;
  readonly received: number;
  readonly expected: number;
}

/** What the sender's TTL is held against. */
export interface TtlRange {
  readonly min_ttl: number;
  readonly max_ttl: number;
}

/** The log line, or null for what keepalived drops in silence. `range` is that of the sender, if it is a peer. */
export function refusalText(name: string, version: 2 | 3, r: Refusal, range: TtlRange = { min_ttl: 0, max_ttl: 255 }): string | null {
  switch (r.reason) {
    case 'truncated':
      return `(${name}) received a truncated VRRP packet from ${r.source}, ${r.received} bytes`;
    case 'too_short':
      return `VRRP packet too short - ${r.received} bytes`;
    case 'unknown_vrid':
      return null;
    case 'ah_header_mismatch':
      return r.received === 1
        ? `(${name}) Received AH header but auth type not AH from ${r.source}`
        : `(${name}) No AH header but auth type is AH from ${r.source}`;
    case 'length': {
      const kind = r.received > r.expected ? 'long' : 'short';
      return `(${name}) vrrp packet from ${r.source} too ${kind}, length ${r.received} and expect ${r.expected}`;
    }
    case 'ttl':
      return `(${name}) invalid TTL/HL from ${r.source}. Received ${r.received} and expect ${r.expected}`;
    case 'version':
      return `(${name}) wrong VRRP version from ${r.source}. Received ${r.received} and expect ${r.expected}`;
    // keepalived has counters for these; the words are ours.
    case 'auth_ext_missing':
      return `(${name}) advert from ${r.source} has no auth_hmac trailer`;
    case 'auth_ext_not_peer':
      return `(${name}) unicast source address ${r.source} not a unicast peer`;
    case 'auth_ext_malformed':
      return `(${name}) malformed auth_hmac trailer from ${r.source}`;
    case 'auth_ext_stale':
      return `(${name}) stale auth_hmac trailer from ${r.source}: its clock is ${r.received} sec from ours, window ${r.expected} sec`;
    case 'auth_ext_unknown_key':
      return `(${name}) auth_hmac trailer from ${r.source} signed with key ${r.received}, which is not configured`;
    case 'auth_ext_invalid_hmac':
      return `(${name}) invalid auth_hmac signature from ${r.source}, key ${r.received}`;
    case 'auth_ext_replay':
      return `(${name}) replayed auth_hmac advert from ${r.source}`;
    case 'auth_type_invalid':
      return `(${name}) Invalid auth type from ${r.source}: ${r.received}`;
    case 'auth_type_mismatch':
      return `(${name}) received a ${r.received} auth from ${r.source}, expecting ${r.expected}!`;
    case 'auth_failure':
      return `(${name}) received an invalid passwd from ${r.source}!`;
    case 'ah_next_header':
      return null;
    case 'ah_icv':
      return `(${name}) IPSEC-AH : invalid IPSEC HMAC-MD5 value. Due to fields mutation or bad password !`;
    case 'ah_spi':
      return `IPSEC AH : invalid IPSEC SPI value. ${r.received} and expect ${r.expected}`;
    case 'ah_sequence':
      return `(${name}) IPSEC-AH : sequence number ${r.received} already processed. Packet dropped. Local(${r.expected})`;
    case 'interval':
      return `(${name}) advertisement interval mismatch with ${r.source} mine=${r.expected} sec rcv'd=${r.received} sec`;
    case 'type':
      return `(${name}) Invalid packet type from ${r.source}. ${r.received} and expect ${r.expected}`;
    case 'ip_length':
      return `(${name}) ip_tot_len mismatch against received length from ${r.source}. ${r.expected} and received ${r.received}`;
    case 'checksum':
      return `(${name}) Invalid VRRPv${version} checksum from ${r.source}`;
    case 'cast_kind': {
      const [want, got] = r.expected === 1 ? ['uni', 'multi'] : ['multi', 'uni'];
      return `(${name}) Expected ${want}cast packet but received ${got}cast packet from ${r.source}`;
    }
    case 'owner_ignores':
      return `(${name}) Dropping packet(s) from ${r.source} since we are address owner`;
    case 'unicast_source':
      return `(${name}) unicast source address ${r.source} not a unicast peer`;
    case 'unicast_ttl':
      return `(${name}) TTL/HL ${r.received} from ${r.source} not in range [${range.min_ttl}, ${range.max_ttl}]`;
    default:
      return exhaustive(r.reason);
  }
}
