// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { seconds } from '../../../lib/base/time.ts';
import { createMailbox, keptMails } from '../../../lib/notify/mailbox.ts';
import type { MailResult } from '../../../lib/ports/mail.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createFakeMail, peer } from '../../support/fake-mail.ts';
import { createMemoryLog } from '../../support/memory-log.ts';

const unreachable: MailResult = { kind: 'unreachable', server: peer, reason: 'ECONNREFUSED' };
const refused = (status: number): MailResult => ({ kind: 'refused', server: peer, answer: { command: 'RCPT', status } });
const server = { host: '192.0.2.25', port: 25, name: 'me', timeout: seconds(30) };

describe('the mailbox', () => {
  it('holds a few conversations at a time, and delivers all of a burst in order', async () => {
    const { mailbox, mail, post, clock, next } = setup();
    post(500);
    assert.equal(mail.open.length, 8);
    const delivered: string[] = [];
    for (let c = next(); c; c = next()) {
      delivered.push(c.mail.text);
      await c.end();
    }
    assert.deepEqual(
      delivered,
      Array.from({ length: 500 }, (_, i) => String(i)),
    );
    assert.equal(clock.pending(), 0);
    await mailbox.drain(seconds(1));
  });

  it('lets one mail find out whether an unreachable server is back, then sends all', async () => {
    const { mail, post, clock, log, next } = setup();
    post(20);
    for (let c = next(); c; c = next()) await c.end(unreachable);
    assert.equal(mail.begun(), 8);
    clock.advance(seconds(60));
    assert.equal(mail.open.length, 1);
    await next()?.end(unreachable);
    clock.advance(seconds(59));
    assert.equal(mail.open.length, 0);
    clock.advance(seconds(1));
    assert.equal(mail.open.length, 1);
    await next()?.end();
    assert.equal(mail.open.length, 8);
    let sent = 1;
    for (let c = next(); c; c = next()) {
      await c.end();
      sent++;
    }
    assert.equal(sent, 20);
    assert.equal(log.lines.filter((l) => l === `SMTP connection ERROR to ${peer}. (ECONNREFUSED)`).length, 9);
  });

  it('gives a mail up that is ten minutes old', async () => {
    const { mail, post, clock, log, next } = setup();
    post(1);
    await next()?.end(unreachable);
    for (let i = 0; i < 30; i++) {
      clock.advance(seconds(60));
      await next()?.end(unreachable);
    }
    assert.equal(mail.open.length, 0);
    assert.equal(clock.pending(), 0);
    assert.match(log.lines.at(-1) ?? '', /^SMTP alert given up after \d+ tries - subject 0$/);
  });

  it('tries a temporary refusal again later, while the others go on', async () => {
    const { mail, post, clock, log, next } = setup();
    post(2);
    await next()?.end(refused(451));
    await next()?.end();
    clock.advance(seconds(4));
    assert.equal(mail.begun(), 2);
    clock.advance(seconds(1));
    assert.equal(mail.begun(), 3);
    await next()?.end();
    assert.ok(log.lines.includes(`Error processing RCPT cmd on SMTP server ${peer}. SMTP status code = 451`));
  });

  it('takes a final refusal for final', async () => {
    const { mail, post, clock, next } = setup();
    post(1);
    await next()?.end(refused(550));
    assert.equal(clock.pending(), 0);
    assert.equal(mail.begun(), 1);
  });

  it('drops the oldest beyond its limit', () => {
    const { post, log } = setup();
    post(keptMails + 8 + 1);
    assert.deepEqual(
      log.lines.filter((l) => l.startsWith('SMTP alert given up')),
      [`SMTP alert given up, ${keptMails} others wait - subject 8`],
    );
  });

  it('sends what waits to a new server at once', async () => {
    const { mailbox, mail, post, next } = setup();
    post(1);
    await next()?.end(unreachable);
    mailbox.setServer({ ...server, host: '192.0.2.26' });
    assert.equal(mail.open[0]?.server.host, '192.0.2.26');
  });

  it('forgets what waits when there is no server any more', async () => {
    const { mailbox, mail, post, clock, next } = setup();
    post(1);
    await next()?.end(unreachable);
    mailbox.setServer(null);
    clock.advance(seconds(100));
    assert.equal(mail.begun(), 1);
  });

  it('is drained when the last mail is sent', async () => {
    const { mailbox, post, clock, log, next } = setup();
    post(10);
    const drained = mailbox.drain(seconds(1));
    for (let c = next(); c; c = next()) await c.end();
    await drained;
    assert.equal(clock.pending(), 0);
    assert.equal(log.lines.filter((l) => l === 'SMTP alert successfully sent.').length, 10);
  });

  it('is drained at its limit, whatever hangs', async () => {
    const { mailbox, mail, post, clock, log } = setup();
    post(10);
    const drained = mailbox.drain(seconds(1));
    clock.advance(seconds(1));
    await drained;
    assert.equal(mail.open.length, 0);
    assert.ok(log.lines.includes('10 SMTP alerts not sent'));
  });

  it('is drained at once when nothing can be sent now', async () => {
    const { mailbox, post, next } = setup();
    post(1);
    await next()?.end(unreachable);
    await mailbox.drain(seconds(1));
  });
});

function setup() {
  const clock = createFakeClock();
  const log = createMemoryLog();
  const mail = createFakeMail();
  const mailbox = createMailbox(mail, clock, log);
  mailbox.setServer(server);
  let count = 0;
  const post = (how: number) => {
    for (let i = 0; i < how; i++, count++) mailbox.post({ from: 'a@b', to: ['c@d'], text: String(count) }, `subject ${count}`);
  };
  return { clock, log, mail, mailbox, post, next: () => mail.open[0] };
}
