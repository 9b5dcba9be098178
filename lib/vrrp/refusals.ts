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

/** The log line, or null for what keepalived drops in silence. */
export function refusalText(name: string, version: 2 | 3, r: Refusal): string | null {
  switch (r.reason) {
    case 'truncated':
      return `(${name}) received a truncated VRRP packet from ${r.source}, ${r.received} bytes`;
    case 'too_short':
      return `VRRP packet too short - ${r.received} bytes`;
    case 'unknown_vrid':
      return null;
    case 'ah_header_mismatch':
      return r.received === 51
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
    case 'auth_type_invalid':
      return `(${name}) Invalid auth type from ${r.source}: ${r.received}`;
    case 'auth_type_mismatch':
      return `(${name}) received a ${r.received} auth from ${r.source}, expecting ${r.expected}!`;
    case 'auth_failure':
      return `(${name}) received an invalid passwd from ${r.source}!`;
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
      return `(${name}) TTL/HL ${r.received} from ${r.source} not in the range of its peer entry`;
    default:
      return exhaustive(r.reason);
  }
}
