// SPDX-License-Identifier: MIT
// UDP_CHECK: silence is good unless a reply is required (reference/lvs-and-checkers.md 9.5).

import type { Checker } from '../../config/model-lvs.ts';
import { hexBytes, isExpectedReply, usualPayload } from '../protocol/udp.ts';
import { down, type Probe, type ProbeContext, tryOnce, up } from './probe.ts';

type UdpCheck = Omit<Extract<Checker, { kind: 'UDP_CHECK' }>, 'kind' | 'timing'>;

const usualLength = 32;

export function udpProbe(check: UdpCheck, { sockets, clock }: ProbeContext): Probe {
  const { target, payload, require_reply } = check;
  const sent = payload === null ? usualPayload(usualLength) : hexBytes(payload);
  const failed = down('failed');
  return (done) =>
    tryOnce(clock, done, (one) => {
      one.phase(target.connect_timeout, require_reply === null ? up : failed);
      const socket = sockets.datagrams('udp', target, {
        onData(bytes) {
          if (require_reply === null) return one.finish(up);
          const rule = { pattern: require_reply, shortest: check.min_reply_length, longest: check.max_reply_length };
          one.finish(isExpectedReply(bytes, rule) ? up : down('mismatch'));
        },
        // What is wrong on this side counts too here.
        onError: () => one.finish(failed),
      });
      if (socket.send(sent)) one.finish(failed);
      return () => socket.close();
    });
}
