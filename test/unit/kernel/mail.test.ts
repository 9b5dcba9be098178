// SPDX-License-Identifier: MIT
// The SMTP client against servers that behave and servers that do not.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { milliseconds } from '../../../lib/base/time.ts';
import { createClock } from '../../../lib/kernel/clock.ts';
import { createMailTransport } from '../../../lib/kernel/mail.ts';
import type { MailResult } from '../../../lib/ports/mail.ts';

const mail = { from: 'a@b.c', to: ['d@e.f', 'g@h.i'], text: 'Date: x\r\nFrom: y\r\n\r\n.dot\r\nbody\r\n\r\n' };

describe('the SMTP client', () => {
  const cleanups: (() => void)[] = [];
  afterEach(() => {
    for (const cleanup of cleanups.splice(0)) cleanup();
  });

  /** Answers each line by what `answer` says; '' for silence, null to hang up. */
  async function serve(greeting: string, answer: (line: string) => string | null): Promise<number> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      if (greeting !== '') socket.write(greeting);
      let isData = false;
      let rest = '';
      socket.on('data', (bytes) => {
        const lines = (rest + bytes).split('\r\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          if (isData && line !== '.') continue;
          const text = answer(line);
          isData = line === 'DATA' && text?.startsWith('354') === true;
          if (text === null) socket.destroy();
          else if (text !== '') socket.write(`${text}\r\n`);
        }
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    cleanups.push(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    return (server.address() as AddressInfo).port;
  }

  const polite = (line: string) => (line === 'DATA' ? '354 go' : line === 'QUIT' ? '221 bye' : '250 ok');
  const except = (prefix: string, answer: string | null) => (line: string) => (line.startsWith(prefix) ? answer : polite(line));

  async function send(port: number, host = '127.0.0.1'): Promise<MailResult> {
    const transport = createMailTransport(createClock());
    return transport.send(mail, { host, port, name: 'me', timeout: milliseconds(300) }, () => {});
  }
  const kindOf = async (port: Promise<number>) => (await send(await port)).kind;
  const answerOf = async (port: Promise<number>) => {
    const result = await send(await port);
    return result.kind === 'refused' ? `${result.answer.command} ${result.answer.status}` : result.kind;
  };

  it('delivers the very bytes to a real server, without TLS', async () => {
    const received: unknown[] = [];
    const server = new SMTPServer({
      authOptional: true,
      logger: false,
      onData(stream, session, done) {
        let text = '';
        stream.on('data', (bytes: Buffer) => {
          text += bytes;
        });
        stream.on('end', () => {
          const { mailFrom, rcptTo } = session.envelope;
          received.push([
            session.hostNameAppearsAs,
            session.secure,
            mailFrom ? mailFrom.address : null,
            rcptTo.map((r) => r.address),
            text,
          ]);
          done();
        });
      },
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => server.close());
    const { port } = server.server.address() as AddressInfo;
    assert.deepEqual(await send(port), { kind: 'sent', server: `[127.0.0.1]:${port}`, refused: [] });
    assert.deepEqual(received, [['me', false, 'a@b.c', ['d@e.f', 'g@h.i'], mail.text]]);
  });

  it('talks HELO to a server that knows no EHLO', async () => {
    assert.equal(await kindOf(serve('220 hi\r\n', except('EHLO', '500 what?'))), 'sent');
  });

  it('looks a name up', async () => {
    const port = await serve('220 hi\r\n', polite);
    assert.equal((await send(port, 'localhost')).kind, 'sent');
  });

  it('tells which command was refused and with what', async () => {
    assert.equal(await answerOf(serve('554 no\r\n', polite)), '(E)SMTP 554');
    assert.equal(await answerOf(serve('220 hi\r\n', (l) => (/^(EHLO|HELO)/.test(l) ? '550 no' : polite(l)))), 'HELO 550');
    assert.equal(await answerOf(serve('220 hi\r\n', except('MAIL', '451 later'))), 'MAIL 451');
    assert.equal(await answerOf(serve('220 hi\r\n', except('RCPT', '550 nobody'))), 'RCPT 550');
    assert.equal(await answerOf(serve('220 hi\r\n', except('DATA', '452 full'))), 'DATA 452');
    assert.equal(await answerOf(serve('220 hi\r\n', except('.', '552 too big'))), 'BODY 552');
  });

  it('delivers to the others when one recipient is refused', async () => {
    const result = await send(await serve('220 hi\r\n', except('RCPT TO:<g', '550 nobody')));
    assert.deepEqual(result.kind === 'sent' && result.refused, [{ command: 'RCPT', status: 550 }]);
  });

  it('takes nonsense for a refusal', async () => {
    assert.equal(await answerOf(serve('SSH-2.0-OpenSSH\r\n', polite)), '(E)SMTP 0');
    assert.match(await answerOf(serve('220 hi\r\n', except('MAIL', 'whatever'))), /^MAIL 0$/);
  });

  it('knows an unreachable server, a silent one, and one that hangs up', async () => {
    const port = await serve('', polite);
    for (const cleanup of cleanups.splice(0)) cleanup();
    assert.equal((await send(port)).kind, 'unreachable');
    assert.equal(await kindOf(serve('', polite)), 'answer_timeout');
    assert.equal(await kindOf(serve('220 hi\r\n', except('DATA', ''))), 'answer_timeout');
    assert.equal(await kindOf(serve('220 hi\r\n', except('.', ''))), 'answer_timeout');
    assert.equal(await kindOf(serve('220 hi\r\n', except('MAIL', null))), 'closed');
    assert.equal(await kindOf(serve('220 hi\r\n', except('EHLO', null))), 'closed');
  });

  it('is not kept busy by a server that trickles, nor filled by one that floods', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      const timer = setInterval(() => socket.write('220-still\r\n'), 50);
      socket.on('close', () => clearInterval(timer));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    cleanups.push(() => server.close());
    const began = performance.now();
    assert.equal((await send((server.address() as AddressInfo).port)).kind, 'answer_timeout');
    assert.ok(performance.now() - began < 5000);
    assert.equal(await kindOf(serve('2'.repeat(70_000), polite)), 'flooded');
  });

  it('ends everything when asked to', async () => {
    const port = await serve('', polite);
    const transport = createMailTransport(createClock());
    const result = transport.send(mail, { host: '127.0.0.1', port, name: 'me', timeout: milliseconds(30_000) }, () => {});
    setTimeout(() => transport.abort(), 50);
    assert.equal((await result).kind, 'closed');
    transport.abort();
  });
});
