// SPDX-License-Identifier: MIT
// Which notifications are mailed, to whom and from whom (reference: notifications document, sections 1.3 and 3.1).

import type { Micros } from '../base/time.ts';
import type { Config, GlobalDefs } from '../config/model.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { MailTransport } from '../ports/mail.ts';
import type { Notification } from '../ports/notifier.ts';
import { bareAddress, type Letter, letterFor, mailText } from './mail-text.ts';
import { createMailbox } from './mailbox.ts';

/** What the settings leave open. */
export interface MailIdentity {
  /** Canonical name of this host. */
  readonly hostName: string;
  /** Node name: the default router_id. */
  readonly nodeName: string;
  readonly userName: string;
}

export interface AlertContext {
  readonly mail: MailTransport;
  readonly clock: Clock;
  readonly log: Log;
  /** Asked once, when mails are configured. */
  readonly mailIdentity: () => MailIdentity;
}

export interface Alerts {
  apply(config: Config): void;
  tell(notification: Notification): void;
  drain(limit: Micros): Promise<void>;
}

/** Mails of one process: to whom, from whom and by which server is the configuration's business. */
export interface PostOffice {
  /** `wanted`: something may be told by mail, so what sending needs is loaded now. */
  apply(defs: GlobalDefs, wanted: boolean): void;
  /** Nothing while the configuration names no server or recipients. */
  post(letter: Letter): void;
  drain(limit: Micros): Promise<void>;
}

export function createPostOffice(context: AlertContext): PostOffice {
  const mailbox = createMailbox(context.mail, context.clock, context.log);
  let globals: GlobalDefs | null = null;
  let identity: MailIdentity | null = null;

  return {
    apply(defs, wanted) {
      globals = defs.smtp_server && defs.notification_email.length > 0 ? defs : null;
      if (!globals) return mailbox.setServer(null);
      identity ??= context.mailIdentity();
      if (wanted) context.mail.prepare();
      const { smtp_server, smtp_helo_name, smtp_connect_timeout } = globals;
      mailbox.setServer(smtp_server && { ...smtp_server, name: smtp_helo_name ?? identity.hostName, timeout: smtp_connect_timeout });
    },
    post(letter) {
      if (!globals || !identity) return;
      const from = globals.notification_email_from ?? `${identity.userName}@${identity.hostName}`;
      const to = globals.notification_email;
      const text = mailText(letter, { from, to, routerId: globals.router_id ?? identity.nodeName }, new Date());
      mailbox.post({ from: bareAddress(from), to: to.map(bareAddress), text }, letter.subject);
    },
    drain: (limit) => mailbox.drain(limit),
  };
}

export function createAlerts(context: AlertContext): Alerts {
  const office = createPostOffice(context);
  let defs: GlobalDefs | null = null;
  /** Last state mailed, by kind and name: the same news is not told twice. */
  const told = new Map<string, string>();

  return {
    apply(config) {
      defs = config.global_defs;
      office.apply(
        defs,
        [...config.vrrp_instance, ...config.vrrp_sync_group].some((o) => o.smtp_alert),
      );
    },
    tell(n) {
      const letter = n.mail ? letterFor(n) : null;
      // What cannot be mailed now is not remembered as mailed.
      if (!letter || !defs?.smtp_server || defs.notification_email.length === 0) return;
      if (n.state === 'FAULT' && defs.no_email_faults) return;
      const object = `${n.kind} ${n.name}`;
      if (told.get(object) === n.state) return;
      told.set(object, n.state);
      office.post(letter);
    },
    drain: (limit) => office.drain(limit),
  };
}
