// SPDX-License-Identifier: MIT
// keepalived.stats: the counters of every instance (reference: process document, section 13).

import type { InstanceView, VrrpView } from '../ports/vrrp-view.ts';

/** The whole file; '' without instances. */
export function statsText(view: VrrpView): string {
  return view.instances.map(instanceText).join('');
}

function instanceText({ config, statistics: s }: InstanceView): string {
  return `VRRP Instance: ${config.name}
  Advertisements:
    Received: ${s.advertReceived}
    Sent: ${s.advertSent}
  Became master: ${s.becameMaster}
  Released master: ${s.releasedMaster}
  Packet Errors:
    Length: ${s.length}
    TTL: ${s.ttl}
    Invalid Type: ${s.type}
    Advertisement Interval: ${s.interval}
    Address List: ${s.addressList}
  Authentication Errors:
    Invalid Type: ${s.authTypeInvalid}
    Type Mismatch: ${s.authTypeMismatch}
    Failure: ${s.authFailure}
  Authentication Extension Errors:
    Missing: ${s.hmacMissing}
    Malformed: ${s.hmacMalformed}
    Unknown Key: ${s.hmacUnknownKey}
    Invalid HMAC: ${s.hmacInvalid}
    Stale: ${s.hmacStale}
    Replay: ${s.hmacReplay}
  Priority Zero:
    Received: ${s.priorityZeroReceived}
    Sent: ${s.priorityZeroSent}
`;
}
