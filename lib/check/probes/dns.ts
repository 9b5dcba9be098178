// SPDX-License-Identifier: MIT
// DNS_CHECK: one query over UDP, one answer without an error (reference/lvs-and-checkers.md 9.4).

import { randomInt } from 'node:crypto';
import { constants } from 'node:os';
import { errnoText } from '../../base/errno.ts';
import type { Checker } from '../../config/model-lvs.ts';
import { dnsAnswer, dnsQuery } from '../protocol/dns.ts';
import { down, type Probe, type ProbeContext, tryOnce, up } from './probe.ts';

type DnsCheck = Extract<Checker, { kind: 'DNS_CHECK' }>;

export function dnsProbe({ target, type, name }: Pick<DnsCheck, 'target' | 'type' | 'name'>, { sockets, clock }: ProbeContext): Probe {
  return (done) =>
    tryOnce(clock, done, (one) => {
      const id = randomInt(0x10000);
      one.phase(target.connect_timeout, down('read timeout from socket'));
      const socket = sockets.datagrams('udp', target, {
        // Who answers something else may still answer us.
        onData(bytes) {
          const code = dnsAnswer(bytes, id);
          if (code === 0) one.finish(up);
          else if (code !== null) one.finish(down(`read error occurred. (rcode = ${code})`));
        },
        onError({ kind, code }) {
          if (kind === 'local') one.finish({ kind: 'unable', why: code });
          else if (code === 'ENETUNREACH') one.finish(down(`network unreachable for ${target.ip}`));
          else one.finish(down(`failed to read socket; ${errorText(code)}`));
        },
      });
      const refused = socket.send(dnsQuery(id, type, name));
      if (refused) one.finish(down('failed to write socket.'));
      return () => socket.close();
    });
}

/** `errno 111 (Connection refused)` */
function errorText(code: string): string {
  const errno = (constants.errno as Readonly<Record<string, number>>)[code];
  return errno === undefined ? code : `errno ${errno} (${errnoText(errno)})`;
}
