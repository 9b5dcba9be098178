// SPDX-License-Identifier: MIT
// States in the words that scripts, FIFOs, dumps, JSON and SNMP use; core says active and initialize, operators read
// MASTER and INIT (reference/notifications.md 1.1, reference/cli-and-process.md section 7).

import type { NotifyState } from '../ports/notifier.ts';
import type { State } from '../vrrp/core/types.ts';

/** Word for notify scripts, FIFO lines and mail. Who enters Initialize has been running before: that is a stop. */
export function notifyWord(state: State): NotifyState {
  return NOTIFY[state];
}

/** Word in dumps. */
export function stateWord(state: State): 'INIT' | 'BACKUP' | 'MASTER' | 'FAULT' {
  return DUMP[state];
}

/** Number in JSON and SNMP, 0..3. */
export function stateNumber(state: State): number {
  return NUMBER[state];
}

/** Numbers of the states that exist only in notifications. */
export const notifyOnlyNumber = { DELETED: 97, STOP: 98 } as const;

const NOTIFY = { initialize: 'STOP', backup: 'BACKUP', active: 'MASTER', fault: 'FAULT' } as const satisfies Record<State, NotifyState>;
const DUMP = { initialize: 'INIT', backup: 'BACKUP', active: 'MASTER', fault: 'FAULT' } as const satisfies Record<State, string>;
const NUMBER = { initialize: 0, backup: 1, active: 2, fault: 3 } as const satisfies Record<State, number>;
