// The probe of each kind of check.

import type { Checker } from '../../config/model-lvs.ts';
import type { Probe, ProbeContext } from './probe.ts';
import { tcpProbe } from './tcp.ts';

/** A check that asks; the others are told. */
export type ActiveChecker = Exclude<Checker, { kind: 'FILE_CHECK' | 'BFD_CHECK' }>;

export function isActive(checker: Checker): checker is ActiveChecker {
  return checker.kind !== 'FILE_CHECK' && checker.kind !== 'BFD_CHECK';
}

/** `page`: which one of a check of pages. */
export type MakeProbe = (checker: ActiveChecker, page: number) => Probe;

export function createProbes(context: ProbeContext): MakeProbe {
  return (checker, _page) => {
    switch (checker.kind) {
      case 'TCP_CHECK':
        return tcpProbe(checker.target, context);
      default:
        return (done) => context.clock.after(checker.timing.delay_loop, () => done({ kind: 'unable', why: 'not implemented yet' }));
    }
  };
}
