// SPDX-License-Identifier: MIT
// The probe of each kind of check.

import type { Checker, WebPage } from '../../config/model-lvs.ts';
import { dnsProbe } from './dns.ts';
import { miscProbe } from './misc.ts';
import { pingProbe } from './ping.ts';
import type { Probe, ProbeContext } from './probe.ts';
import { smtpProbe } from './smtp.ts';
import { tcpProbe } from './tcp.ts';
import { udpProbe } from './udp.ts';
import { webProbe } from './web.ts';

/** A check that asks; the others are told. */
export type ActiveChecker = Exclude<Checker, { kind: 'FILE_CHECK' | 'BFD_CHECK' }>;

export function isActive(checker: Checker): checker is ActiveChecker {
  return checker.kind !== 'FILE_CHECK' && checker.kind !== 'BFD_CHECK';
}

/** `page`: which one of a check of pages. `weight`: of the server, as configured. */
export type MakeProbe = (checker: ActiveChecker, page: number, weight: number) => Probe;

export function createProbes(context: ProbeContext): MakeProbe {
  return (checker, number, weight) => {
    switch (checker.kind) {
      case 'TCP_CHECK':
        return tcpProbe(checker.target, context);
      case 'PING_CHECK':
        return pingProbe(checker.target, context);
      case 'UDP_CHECK':
        return udpProbe(checker, context);
      case 'DNS_CHECK':
        return dnsProbe(checker, context);
      case 'SMTP_CHECK':
        return smtpProbe(checker, context);
      case 'MISC_CHECK':
        return miscProbe(checker, weight, context);
      case 'HTTP_GET':
      case 'SSL_GET': {
        const page = checker.url[number] as WebPage;
        return webProbe({ kind: checker.kind, http_protocol: checker.http_protocol, target: checker.target, page }, context);
      }
    }
  };
}
