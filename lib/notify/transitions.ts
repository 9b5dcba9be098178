// SPDX-License-Identifier: MIT
// Telling the world about one event, in keepalived's order: scripts, FIFO lines, mail (reference: notifications document,
// section 1.2). Nothing here waits.

import type { Micros } from '../base/time.ts';
import type { Notifier } from '../ports/notifier.ts';
import { type AlertContext, createAlerts } from './alerts.ts';
import { fifoLine } from './event-lines.ts';
import { createEventFifos, type FifoContext } from './fifos.ts';
import { jobsFor } from './script-jobs.ts';
import { createScriptQueue } from './script-queue.ts';

export type NotifierContext = FifoContext & AlertContext;

export function createNotifier(context: NotifierContext): Notifier {
  const queue = createScriptQueue(context.processes, context.clock, context.log);
  const fifos = createEventFifos('vrrp', context);
  const alerts = createAlerts(context);
  return {
    apply(config) {
      fifos.open(config.global_defs);
      alerts.apply(config);
    },
    notify(notification) {
      queue.push(`${notification.kind} ${notification.name}`, jobsFor(notification, context.log));
      fifos.write(fifoLine(notification));
      alerts.tell(notification);
    },
    async drain(limit: Micros) {
      const over = new Promise<void>((resolve) => void context.clock.after(limit, resolve));
      await Promise.all([queue.drain(limit), alerts.drain(limit), Promise.race([fifos.close(), over])]);
    },
  };
}
