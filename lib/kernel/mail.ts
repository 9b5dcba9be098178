// SPDX-License-Identifier: MIT
// MailTransport over nodemailer's SMTP connection: the raw form, since the headers are keepalived's own. Loaded when the first
// configuration asks for mails. No STARTTLS and no authentication, as keepalived; but EHLO before HELO, and dots are doubled.

import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import { micros, seconds } from '../base/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { Mail, MailResult, MailServer, MailTransport, SmtpAnswer } from '../ports/mail.ts';

/** No honest answer is longer. */
const longestAnswer = 64 * 1024;
/** A whole conversation may take so many time-outs; each single answer may take one. */
const patience = 4;
const closeWithin = seconds(1);

interface SmtpError extends Error {
  readonly code?: string | undefined;
  readonly originalCode?: string | undefined;
  readonly timeoutType?: string | undefined;
  readonly command?: string | undefined;
  readonly responseCode?: number | false | undefined;
}

export function createMailTransport(clock: Clock): MailTransport {
  const open = new Set<() => void>();
  let library: Promise<typeof SMTPConnection> | null = null;
  const load = () => {
    library ??= import('nodemailer/lib/smtp-connection').then((m) => m.default);
    return library;
  };
  return {
    prepare: () => void load().catch(() => {}),
    async send(mail, server, onConnected) {
      try {
        return await converse(await load(), mail, server, { clock, open, onConnected });
      } catch (error) {
        return { kind: 'broken', server: nameOf(server), reason: error instanceof Error ? error.message : String(error) };
      }
    },
    abort() {
      for (const close of [...open]) close();
    },
  };
}

interface Surroundings {
  readonly clock: Clock;
  readonly open: Set<() => void>;
  readonly onConnected: (server: string) => void;
}

function converse(Connection: typeof SMTPConnection, mail: Mail, server: MailServer, around: Surroundings): Promise<MailResult> {
  const limit = server.timeout / 1000;
  const connection = new Connection({
    host: server.host,
    port: server.port,
    secure: false,
    ignoreTLS: true,
    name: server.name,
    connectionTimeout: limit,
    greetingTimeout: limit,
    socketTimeout: limit,
    dnsTimeout: limit,
    maxResponseSize: longestAnswer,
    socketCloseTimeout: closeWithin / 1000,
    allowInternalNetworkInterfaces: true,
  });
  return new Promise((resolve) => {
    const { open, clock } = around;
    const peer = nameOf(server);
    let over = false;
    const finish = (result: MailResult) => {
      if (over) return;
      over = true;
      cancel();
      open.delete(abort);
      resolve(result);
    };
    const fail = (error: SmtpError) => finish(resultOf(error, peer));
    const stop = (kind: 'answer_timeout' | 'closed') => {
      finish({ kind, server: peer, reason: '' });
      connection.close();
    };
    const abort = () => stop('closed');
    const cancel = clock.after(micros(patience * server.timeout), () => stop('answer_timeout'));
    open.add(abort);

    connection.on('error', fail);
    connection.on('end', () => finish({ kind: 'closed', server: peer, reason: '' }));
    connection.connect((error) => {
      if (over) return;
      if (error) return fail(error);
      around.onConnected(peer);
      connection.send({ from: mail.from, to: [...mail.to] }, mail.text, (refusal, info) => {
        if (over) return;
        if (refusal) fail(refusal);
        else finish({ kind: 'sent', server: peer, refused: (info?.rejectedErrors ?? []).map(answerOf) });
        connection.quit();
        // Whether it answers our farewell is of no interest.
        clock.after(closeWithin, () => connection.close());
      });
    });
  });
}

function nameOf({ host, port }: MailServer): string {
  return `[${host}]:${port}`;
}

function resultOf(error: SmtpError, server: string): MailResult {
  const reason = error.originalCode ?? error.code ?? error.message;
  if (error.code === 'ETIMEDOUT') {
    const kind = error.timeoutType === 'CONNECT_TIMEOUT' ? 'connect_timeout' : 'answer_timeout';
    return { kind, server, reason: '' };
  }
  if (error.responseCode || error.command === 'HELO') return { kind: 'refused', server, answer: answerOf(error) };
  if (/maximum allowed size/.test(error.message)) return { kind: 'flooded', server, reason };
  // Something was said instead of a greeting, or of an answer.
  if (error.code === 'EPROTOCOL' || error.code === 'EENVELOPE' || error.code === 'EMESSAGE')
    return { kind: 'refused', server, answer: answerOf(error) };
  if (error.code === 'ESOCKET' || error.code === 'EDNS') {
    const cut = error.originalCode === 'ECONNRESET' || error.originalCode === 'EPIPE';
    return { kind: cut ? 'closed' : 'unreachable', server, reason };
  }
  if (error.code === 'ECONNECTION') return { kind: 'closed', server, reason: '' };
  return { kind: 'broken', server, reason };
}

function answerOf(error: SmtpError): SmtpAnswer {
  return { command: commandOf(error), status: error.responseCode || 0 };
}

function commandOf({ command, code }: SmtpError): SmtpAnswer['command'] {
  switch (command) {
    case 'EHLO':
    case 'HELO':
      return 'HELO';
    case 'MAIL FROM':
      return 'MAIL';
    case 'RCPT TO':
      return 'RCPT';
    case 'DATA':
      return code === 'EMESSAGE' ? 'BODY' : 'DATA';
    default:
      return '(E)SMTP';
  }
}
