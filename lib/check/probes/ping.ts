// SPDX-License-Identifier: MIT
// PING_CHECK: one echo request, its reply (reference/lvs-and-checkers.md 9.6). Each has a socket of its own, so that the reply to
// an earlier one is nobody's.

import { ipFamily } from '../../base/address.ts';
import type { CheckTarget } from '../../config/model-lvs.ts';
import type { ProbeError } from '../../ports/probes.ts';
import { echoRequest, isEchoReply } from '../protocol/icmp.ts';
import { down, type Probe, type ProbeContext, type Try, tryOnce, up } from './probe.ts';

export function pingProbe(target: CheckTarget, { sockets, clock }: ProbeContext): Probe {
  const family = ipFamily(target.ip);
  let last = 0;
  return (done) => {
    last = (last + 1) & 0xffff;
    const sequence = last;
    return tryOnce(clock, done, (one) => {
      one.phase(target.connect_timeout, down('timeout'));
      const socket = sockets.datagrams('echo', target, {
        onData: (bytes) => one.finish(isEchoReply(family, bytes, sequence) ? up : down('failed')),
        onError: (error) => fail(one, error),
      });
      const refused = socket.send(echoRequest(family, sequence));
      // A firewall rule of this machine: nothing is wrong with the socket's address.
      if (refused) fail(one, refused, 'send');
      return () => socket.close();
    });
  };
}

function fail(one: Try, { kind, code }: ProbeError, step?: 'send'): void {
  one.finish(kind === 'local' ? { kind: 'unable', why: code, ...(step && { step }) } : down('failed'));
}
