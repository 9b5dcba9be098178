// SPDX-License-Identifier: MIT
// Log lines for what the engine's receive ladder reports: an advert that was accepted but is odd, and the first refusal
// for each reason (reference: VRRP document, section 4.2).

import { toCentiseconds } from '../../base/time.ts';
import type { VrrpInstance } from '../../config/model.ts';
import type { EngineEvent } from '../../native/surface.ts';

type Advert = Extract<EngineEvent, { kind: 'advert' }>;

/** Lines for rows 12, 17 and 18 of the ladder; each at most once until `told` is cleared. */
export function advertLines(config: VrrpInstance, event: Advert, told: Set<string>): string[] {
  const lines: string[] = [];
  const once = (key: string, text: string): void => {
    if (told.has(key)) return;
    told.add(key);
    lines.push(text);
  };
  if (event.intervalMismatch) {
    const [ours, theirs] = [toCentiseconds(config.advert_int), toCentiseconds(event.interval)];
    once('interval', `(${config.name}) advertisement interval mismatch ours = ${ours} centi-sec rcv'd=${theirs} centi-sec`);
  }
  if (event.addressMismatch === 'count') {
    once('count', `(${config.name}) expected ${config.virtual_ipaddress.length} VIPs but received ${event.mismatchDetail}`);
  }
  if (event.addressMismatch === 'missing') {
    const missing = config.virtual_ipaddress[event.mismatchDetail]?.ip ?? '?';
    const text = `(${config.name}) ip address associated with VRID ${config.virtual_router_id} not present in advert from ${event.source}: ${missing}`;
    once('missing', text);
  }
  if (event.clockSkew) {
    const window = config.auth_hmac?.time_window;
    const text = `(${config.name}) authentication clock skew ${event.clockSkew} sec from ${event.source} approaching window ${window} sec`;
    once('skew', text);
  }
  if (event.ahSynced) lines.push(`(${config.name}) IPSEC-AH : Syncing seq_num - Increment seq`);
  return lines;
}
