// SPDX-License-Identifier: MIT
// A mail transport that keeps conversations open until a test ends them.

import type { Mail, MailResult, MailServer, MailTransport } from '../../lib/ports/mail.ts';

export interface Conversation {
  readonly mail: Mail;
  readonly server: MailServer;
  /** Sent, unless something else is said; resolves when the sender has taken note. */
  end(result?: MailResult): Promise<void>;
}

export interface FakeMail extends MailTransport {
  /** Not ended yet, oldest first. */
  readonly open: Conversation[];
  /** How many there have been. */
  readonly begun: () => number;
  readonly prepared: () => boolean;
}

export const peer = '[192.0.2.25]:25';

export function createFakeMail(): FakeMail {
  const open: Conversation[] = [];
  let begun = 0;
  let prepared = false;
  return {
    open,
    begun: () => begun,
    prepared: () => prepared,
    prepare() {
      prepared = true;
    },
    send(mail, server, onConnected) {
      begun++;
      onConnected(peer);
      return new Promise((resolve) => {
        const conversation: Conversation = {
          mail,
          server,
          async end(result = { kind: 'sent', server: peer, refused: [] }) {
            open.splice(open.indexOf(conversation), 1);
            resolve(result);
            await new Promise((turn) => setImmediate(turn));
          },
        };
        open.push(conversation);
      });
    },
    abort() {
      for (const conversation of [...open]) void conversation.end({ kind: 'closed', server: peer, reason: '' });
    },
  };
}
