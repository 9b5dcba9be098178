// SPDX-License-Identifier: MIT
// Mails on their way: a few conversations at a time, what the server cannot take now is tried again, and what it never takes is
// given up in the end. Nothing waits for it.

import { add, type Micros, micros, seconds } from '../base/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Mail, MailResult, MailServer, MailTransport } from '../ports/mail.ts';

const conversations = 8;
/** 255 instances that change their minds four times. */
export const keptMails = 1000;
/** After this the news is old. */
const lifetime = seconds(600);
/** Before the next try: of all after a server that cannot be talked to, of one mail after a temporary refusal. */
const delays = [seconds(5), seconds(10), seconds(20), seconds(40), seconds(60)] as const;

export interface Mailbox {
  /** Where to from now on, also what waits already; null: nowhere. */
  setServer(server: MailServer | null): void;
  post(mail: Mail, subject: string): void;
  /** Resolves when all is sent, or at `limit`; what is left is dropped, and counted in the log. */
  drain(limit: Micros): Promise<void>;
}

interface Waiting {
  readonly mail: Mail;
  readonly subject: string;
  readonly since: Micros;
  tries: number;
  notBefore: Micros;
}

export function createMailbox(transport: MailTransport, clock: Clock, log: Log): Mailbox {
  let server: MailServer | null = null;
  let waiting: Waiting[] = [];
  let underway = 0;
  /** Tries in a row that came to nothing. */
  let failures = 0;
  let pausedUntil = micros(0);
  let cancel = () => {};
  let draining: (() => void) | null = null;

  const work = () => {
    cancel();
    const now = clock.now();
    // After a failure one mail finds out whether the server is back.
    const most = failures > 0 ? 1 : conversations;
    while (server && underway < most && now >= pausedUntil) {
      const next = waiting.findIndex((w) => w.notBefore <= now);
      const [item] = next < 0 ? [] : waiting.splice(next, 1);
      if (!item) break;
      if (now - item.since > lifetime) log.info(`SMTP alert given up after ${item.tries} tries - ${item.subject}`);
      else void send(item, server);
    }
    if (draining) settle();
    else if (waiting.length > 0 && underway < most) {
      const due = Math.max(pausedUntil, Math.min(...waiting.map((w) => w.notBefore)));
      cancel = clock.after(micros(Math.max(0, due - now)), work);
    }
  };

  const send = async (item: Waiting, to: MailServer) => {
    underway++;
    item.tries++;
    const result = await transport.send(item.mail, to, (name) => log.detail(`Remote SMTP server ${name} connected.`));
    underway--;
    for (const line of linesFor(result)) log.info(line);
    if (result.kind === 'sent') log.detail('SMTP alert successfully sent.');
    if (result.kind === 'sent' || result.kind === 'refused') failures = 0;
    else {
      failures++;
      pausedUntil = add(clock.now(), delayAfter(failures));
    }
    if (shouldRetry(result)) {
      item.notBefore = result.kind === 'refused' ? add(clock.now(), delayAfter(item.tries)) : micros(0);
      waiting.unshift(item);
    }
    work();
  };

  const settle = () => {
    const now = clock.now();
    const soon = server !== null && now >= pausedUntil && waiting.some((w) => w.notBefore <= now);
    if (underway === 0 && !soon) draining?.();
  };

  return {
    setServer(next) {
      const moved = next?.host !== server?.host || next?.port !== server?.port;
      server = next;
      if (next === null) waiting = [];
      if (moved) {
        failures = 0;
        pausedUntil = micros(0);
      }
      work();
    },
    post(mail, subject) {
      if (!server) return;
      if (waiting.length >= keptMails) {
        const oldest = waiting.shift();
        log.info(`SMTP alert given up, ${keptMails} others wait - ${oldest?.subject}`);
      }
      waiting.push({ mail, subject, since: clock.now(), tries: 0, notBefore: micros(0) });
      work();
    },
    drain(limit) {
      return new Promise((resolve) => {
        const stopWaiting = clock.after(limit, () => draining?.());
        draining = () => {
          draining = () => {};
          stopWaiting();
          const left = waiting.length + underway;
          waiting = [];
          server = null;
          transport.abort();
          if (left > 0) log.info(`${left} SMTP alerts not sent`);
          resolve();
        };
        work();
      });
    },
  };
}

function delayAfter(tries: number): Micros {
  return delays[Math.min(tries, delays.length) - 1] ?? delays[0];
}

/** What the server refused for good stays refused. */
function shouldRetry(result: MailResult): boolean {
  if (result.kind === 'sent') return false;
  return result.kind !== 'refused' || result.answer.status < 500;
}

/** keepalived's words for what went wrong. */
function linesFor(result: MailResult): string[] {
  const { server } = result;
  const refusal = (a: { command: string; status: number }) =>
    `Error processing ${a.command} cmd on SMTP server ${server}. SMTP status code = ${a.status}`;
  const because = 'reason' in result && result.reason !== '' ? ` (${result.reason})` : '';
  switch (result.kind) {
    case 'sent':
      return result.refused.map(refusal);
    case 'refused':
      return [refusal(result.answer)];
    case 'unreachable':
      return [`SMTP connection ERROR to ${server}.${because}`];
    case 'connect_timeout':
      return [`Timeout connecting SMTP server ${server}.`];
    case 'answer_timeout':
      return [`Timeout reading data to remote SMTP server ${server}.`];
    case 'closed':
      return [`Remote SMTP server ${server} has closed the connection.`];
    case 'flooded':
      return [`Received buffer from remote SMTP server ${server} overflow our get read buffer length.`];
    case 'broken':
      return [`Error reading data from remote SMTP server ${server}.${because}`];
  }
}
