// SPDX-License-Identifier: MIT
// Telling the world about servers and services, in keepalived's order: script, FIFO lines, mail (reference: notifications
// document, sections 1.4, 2 and 3; lvs-and-checkers.md 4.5). Nothing here waits.

import type { Micros } from '../base/time.ts';
import type { PoolNotifier } from '../ports/pool-notifier.ts';
import { type AlertContext, createPostOffice } from './alerts.ts';
import { createEventFifos, type FifoContext } from './fifos.ts';
import { commandOf } from './script-jobs.ts';
import { createScriptQueue } from './script-queue.ts';

export type PoolNotifierContext = FifoContext & AlertContext;

export function createPoolNotifier(context: PoolNotifierContext): PoolNotifier {
  const { clock, log } = context;
  const queue = createScriptQueue(context.processes, clock, log);
  const fifos = createEventFifos('lvs', context);
  const office = createPostOffice(context);
  const word = (up: boolean) => (up ? 'UP' : 'DOWN');

  return {
    apply(config) {
      fifos.open(config.global_defs);
      office.apply(
        config.global_defs,
        config.virtual_server.some((vs) => vs.smtp_alert || vs.real_server.some((rs) => rs.smtp_alert)),
      );
    },
    serverChanged(vs, rs, up) {
      const script = up ? rs.notify_up : rs.notify_down;
      if (script) queue.push(`RS ${rs.name} ${vs.name}`, [commandOf(script, [], log)]);
      fifos.write(`RS ${rs.name} ${vs.name} ${word(up)}\n`);
    },
    serviceChanged(vs, up, text) {
      const script = up ? vs.quorum_up : vs.quorum_down;
      if (script) queue.push(`VS ${vs.name}`, [commandOf(script, [], log)]);
      fifos.write(`VS ${vs.name} ${word(up)}\n`);
      if (vs.smtp_alert) office.post({ subject: `Virtualserver ${vs.name} - ${word(up)}`, body: `=> ${text} <=` });
    },
    mailCheck(vs, rs, up, text) {
      if (!rs.smtp_alert) return;
      office.post({ subject: `Realserver ${rs.name} of virtual server ${vs.name} - ${word(up)}`, body: `=> ${text} <=` });
    },
    async drain(limit: Micros) {
      const over = new Promise<void>((resolve) => void clock.after(limit, resolve));
      await Promise.all([queue.drain(limit), office.drain(limit), Promise.race([fifos.close(), over])]);
    },
  };
}
