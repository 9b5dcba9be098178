// SPDX-License-Identifier: MIT
// An instance explained: why it is what it is, from the status document. What would happen next is asked of its machine
// (vrrp/core/prospects.ts), so that it can be nothing else than what then happens. Pure.

import { micros } from '../../base/time.ts';
import { downInterval, skewTime } from '../../base/vrrp-arithmetic.ts';
import type { InstanceStatus, Prospect } from '../document.ts';

export interface Explanation {
  readonly name: string;
  readonly state: string;
  /** Why it is in this state. */
  readonly because: string;
  readonly prospects: readonly Prospect[];
}

export function explainInstance(i: InstanceStatus, prospects: readonly Prospect[]): Explanation {
  return { name: i.name, state: i.state, because: because(i), prospects: [...aboutOthers(i), ...prospects] };
}

function because(i: InstanceStatus): string {
  if (i.lastTransition?.cause !== undefined && i.state !== 'FAULT' && i.state !== 'UNKNOWN') return causeText(i.lastTransition);
  switch (i.state) {
    case 'MASTER':
      return 'no router with a better claim is heard';
    case 'BACKUP':
      if (i.active === null) return 'it waits whether somebody else is Active';
      if (i.active.priority >= i.priority.effective) return `${i.active.address} advertises priority ${i.active.priority}`;
      return i.preempt
        ? `${i.active.address} is Active, and will be preempted`
        : `${i.active.address} is Active, and nopreempt leaves it so`;
    case 'FAULT':
      return i.faults.length > 0 ? i.faults.join('; ') : 'another member of its sync group is in FAULT, or a script has not reported yet';
    case 'INIT':
      return 'it has not begun';
    case 'UNKNOWN':
      return 'the VRRP process does not answer';
  }
}

/** `sync_group: follows VI_2 (unopposed)`, `operator: failover by root`, `peer_silent: 192.0.2.2` */
function causeText({ cause, evidence }: NonNullable<InstanceStatus['lastTransition']>): string {
  const { leader, leaderCause, operation, operator, name, peer } = evidence ?? {};
  const words = leader
    ? `follows ${leader}${leaderCause ? ` (${leaderCause})` : ''}`
    : operation
      ? `${operation}${operator ? ` by ${operator}` : ''}`
      : (name ?? peer);
  return words ? `${cause}: ${words}` : `${cause}`;
}

/** What machines elsewhere do when this one is no more: nobody here can ask them, so it is what the protocol says. */
function aboutOthers(i: InstanceStatus): Prospect[] {
  if (i.state !== 'MASTER') return [];
  const outcome = `a backup takes over within ${seconds(worstDown(i))}`;
  return [{ what: 'this router died', priority: null, state: 'UNKNOWN', afterSeconds: null, outcome }];
}

/** Of the slowest backup, with three intervals. */
function worstDown(i: InstanceStatus): number {
  const interval = micros(i.intervalSeconds * 1e6);
  return downInterval(3, interval, skewTime(i.version, 1, interval)) / 1e6;
}

/** Three digits that mean something. */
function seconds(value: number): string {
  return value < 1 ? `${Math.round(value * 1000)} ms` : `${Number(value.toPrecision(3))} s`;
}
