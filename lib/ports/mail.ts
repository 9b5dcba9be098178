// SPDX-License-Identifier: MIT
// Handing one mail to one server.

import type { Micros } from '../base/time.ts';

export interface Mail {
  /** Bare address. */
  readonly from: string;
  /** Bare addresses, at least one. */
  readonly to: readonly string[];
  /** Headers and body as they are to arrive, lines ended by CR LF. */
  readonly text: string;
}

export interface MailServer {
  /** Numeric address, or a name that is looked up at each connection. */
  readonly host: string;
  readonly port: number;
  /** Our name in the greeting. */
  readonly name: string;
  /** For connecting, and for each answer. */
  readonly timeout: Micros;
}

/** What the server did with one command. */
export interface SmtpAnswer {
  /** As in keepalived's log. */
  readonly command: '(E)SMTP' | 'HELO' | 'MAIL' | 'RCPT' | 'DATA' | 'BODY';
  /** 0: it was no SMTP answer at all. */
  readonly status: number;
}

export type MailResult =
  /** `refused`: recipients that did not get it, while others did. */
  | { readonly kind: 'sent'; readonly server: string; readonly refused: readonly SmtpAnswer[] }
  | { readonly kind: 'refused'; readonly server: string; readonly answer: SmtpAnswer }
  /** No such conversation came about, or not to its end. `reason`: errno or the like, '' when nothing is known. */
  | {
      readonly kind: 'unreachable' | 'connect_timeout' | 'answer_timeout' | 'closed' | 'flooded' | 'broken';
      readonly server: string;
      readonly reason: string;
    };

export interface MailTransport {
  /** Loads what sending needs; later calls of send() do without waiting for it. */
  prepare(): void;
  /** onConnected: the server has greeted. Never rejects; resolves within a small multiple of the time-out. */
  send(mail: Mail, server: MailServer, onConnected: (server: string) => void): Promise<MailResult>;
  /** Ends all conversations: what they were sending resolves as `closed`. */
  abort(): void;
}
