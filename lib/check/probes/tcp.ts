// SPDX-License-Identifier: MIT
// TCP_CHECK: a connection, closed as soon as it stands (reference/lvs-and-checkers.md 9.1).

import type { CheckTarget } from '../../config/model-lvs.ts';
import { down, type Probe, type ProbeContext, tryOnce, up } from './probe.ts';

export function tcpProbe(target: CheckTarget, { sockets, clock }: ProbeContext): Probe {
  return (done) =>
    tryOnce(clock, done, (one) => {
      one.phase(target.connect_timeout, down('timeout'));
      return sockets.knock(target, (error) => {
        if (error === null) one.finish(up);
        else if (error.kind === 'local') one.finish({ kind: 'unable', why: error.code });
        else one.finish(down(error.kind === 'timeout' ? 'timeout' : 'failed'));
      });
    });
}
