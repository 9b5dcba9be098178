// An instance explained: its priority as a sum, its timers, who is Active and why, and what would happen next. From the status
// document and the same arithmetic that the machine runs on. Pure.

import { micros } from '../../base/time.ts';
import { clampPriority, contribution, downInterval, skewTime } from '../../base/vrrp-arithmetic.ts';
import type { InstanceStatus, PriorityPart } from '../document.ts';

/** What would happen if one thing changed now. */
export interface Prospect {
  /** `script chk failed` */
  readonly what: string;
  /** Priority after it; null: it is in FAULT, or it does not change. */
  readonly priority: number | null;
  readonly outcome: string;
}

export interface Explanation {
  readonly name: string;
  readonly state: string;
  /** Why it is in this state. */
  readonly because: string;
  readonly prospects: readonly Prospect[];
}

export function explainInstance(i: InstanceStatus): Explanation {
  return { name: i.name, state: i.state, because: because(i), prospects: [...peers(i), ...i.priority.parts.map((p) => tracker(i, p))] };
}

function because(i: InstanceStatus): string {
  const cause = i.lastTransition?.cause;
  if (cause !== undefined && i.state !== 'FAULT') return cause;
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

function peers(i: InstanceStatus): Prospect[] {
  if (i.state === 'MASTER') {
    return [
      {
        what: 'this router died',
        priority: null,
        outcome: `a backup takes over within ${seconds(worstDown(i))}; at an orderly end within its skew time, at most ${seconds(skew(i, 1))}`,
      },
      ...(i.priority.base === 255
        ? []
        : [
            {
              what: `a router with a priority above ${i.priority.effective} spoke`,
              priority: null,
              outcome: 'this router becomes BACKUP at once',
            },
          ]),
    ];
  }
  if (i.state !== 'BACKUP' || i.active === null || i.active.self) return [];
  const who = i.active.address;
  const held = i.group === null ? '' : `, when all of sync group ${i.group} can`;
  return [
    {
      what: `${who} fell silent`,
      priority: null,
      outcome: `this router becomes MASTER ${seconds(i.downIntervalSeconds)} after its last advert${held}`,
    },
    { what: `${who} ended in order`, priority: null, outcome: `this router becomes MASTER after ${seconds(i.skewSeconds)}${held}` },
  ];
}

/** What if a tracker that is up failed, or one that is down came back. */
function tracker(i: InstanceStatus, part: PriorityPart): Prospect {
  const failing = part.state === 'up';
  const name = `${part.kind} ${part.name} ${failing ? 'failed' : 'came up'}`;
  if (part.kind === 'file')
    return { what: `file ${part.name} held another number`, priority: null, outcome: `the number × ${part.weight} is added` };
  const other = failing ? 'down' : 'up';
  if (part.weight === 0) {
    const faults = (other === 'down') !== part.reverse;
    if (faults) return { what: name, priority: null, outcome: 'FAULT, with a farewell: others take over after their skew time' };
    const rest = i.faults.length > (part.faults ? 1 : 0);
    return { what: name, priority: null, outcome: part.faults && !rest ? 'it leaves FAULT and becomes BACKUP' : 'nothing changes' };
  }
  if (i.priority.base === 255) return { what: name, priority: 255, outcome: 'nothing changes: an address owner keeps 255' };
  const sum = i.priority.sum - part.adds + contribution({ value: part.weight, reverse: part.reverse }, other);
  const priority = clampPriority(sum);
  return { what: name, priority, outcome: consequence(i, priority) };
}

function consequence(i: InstanceStatus, priority: number): string {
  if (priority === i.priority.effective) return 'the priority stays';
  if (i.state === 'MASTER') {
    return priority < i.priority.effective ? `it stays MASTER unless a backup that preempts has more than ${priority}` : 'it stays MASTER';
  }
  if (i.state !== 'BACKUP' || i.active === null) return 'its state stays';
  const { address, priority: theirs } = i.active;
  if (priority <= theirs) return `it stays BACKUP: ${address} has ${theirs}`;
  if (!i.preempt) return `it stays BACKUP: nopreempt, although ${address} has only ${theirs}`;
  const delay = i.preemptDelaySeconds > 0 ? `, not before a preempt delay of ${seconds(i.preemptDelaySeconds)}` : '';
  return `it takes over from ${address} (${theirs}) after ${seconds(down(i, priority))}${delay}`;
}

function skew(i: InstanceStatus, priority: number): number {
  return skewTime(i.version, priority, micros(i.activeIntervalSeconds * 1e6)) / 1e6;
}

/** Active_Down_Interval at another priority; the factor is what the present one has. */
function down(i: InstanceStatus, priority: number): number {
  return i.downIntervalSeconds - i.skewSeconds + skew(i, priority);
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
