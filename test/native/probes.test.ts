// SPDX-License-Identifier: MIT
// Each kind of check against real servers on loopback: good ones, and every way to be a bad one.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { milliseconds } from '../../lib/base/time.ts';
import type { Outcome } from '../../lib/check/core/outcome.ts';
import { type ActiveChecker, createProbes } from '../../lib/check/probes/index.ts';
import { createClock } from '../../lib/kernel/clock.ts';
import { createProbeSockets } from '../../lib/kernel/probe-sockets.ts';
import { createProcesses } from '../../lib/kernel/processes.ts';
import { loadNative } from '../../lib/native/load.ts';
import { createMemoryLog } from '../support/memory-log.ts';
import { load } from '../unit/config/load.ts';

const native = loadNative();
const clock = createClock();
const log = createMemoryLog();
const processes = createProcesses({ clock, log, native, environment: process.env });
const sockets = createProbeSockets(native);
const makeProbe = createProbes({ sockets, clock, processes, log });

/** The check of these lines, for a server at this port. */
function checkOf(kind: string, port: number, lines = ''): ActiveChecker {
  const text = `virtual_server 10.0.0.1 80 {\nprotocol TCP\nreal_server 127.0.0.1 ${port} {\nweight 10\n${kind} {\nconnect_timeout 0.3\n${lines}\n}\n}\n}\n`;
  const loaded = load(text);
  const [checker] = loaded.config?.virtual_server[0]?.real_server[0]?.checkers ?? [];
  assert.ok(checker && checker.kind !== 'FILE_CHECK' && checker.kind !== 'BFD_CHECK', loaded.findings.map((f) => f.message).join('; '));
  return checker;
}

function ask(checker: ActiveChecker, page = 0): Promise<Outcome> {
  return new Promise((resolve) => void makeProbe(checker, page, 10)(resolve));
}

/** `up`, or why not. */
async function verdict(checker: ActiveChecker, page = 0): Promise<string> {
  const outcome = await ask(checker, page);
  return outcome.kind === 'up' ? 'up' : `${outcome.kind === 'unable' ? 'unable: ' : ''}${outcome.why}`;
}

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function serve(each: (socket: Socket) => void): Promise<number> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => {});
    each(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

/** Answers each request with this text and ends. */
const answering = (text: string | Buffer) => serve((socket) => void socket.once('data', () => void socket.end(text)));
const silent = () => serve(() => {});
const resetting = () => serve((socket) => void socket.once('data', () => void socket.resetAndDestroy()));
const ok = (body: string) => `HTTP/1.0 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

describe('TCP_CHECK', () => {
  it('is up where somebody listens', async () => {
    assert.equal(await verdict(checkOf('TCP_CHECK', await silent())), 'up');
  });
  it('is down where nobody does, and where nobody answers', async () => {
    assert.equal(await verdict(checkOf('TCP_CHECK', 1)), 'failed');
    const nowhere = createProbes({ sockets: { ...createProbeSockets(native), knock: () => () => {} }, clock, processes, log });
    const outcome = await new Promise<Outcome>((resolve) => void nowhere(checkOf('TCP_CHECK', 1), 0, 1)(resolve));
    assert.deepEqual(outcome, { kind: 'down', why: 'timeout' });
  });
  it('learns nothing where this side is in the way', async () => {
    const port = await silent();
    assert.equal(await verdict(checkOf('TCP_CHECK', port, 'bind_if nowhere0')), 'unable: ENODEV');
    assert.equal(await verdict(checkOf('TCP_CHECK', port, 'bindto 203.0.113.9')), 'unable: EADDRNOTAVAIL');
  });
});

describe('HTTP_GET', () => {
  const page = (port: number, lines = '', more = '') => checkOf('HTTP_GET', port, `${more}\nurl {\npath /x\n${lines}\n}`);

  it('is up when status, digest and pattern are as wanted', async () => {
    const md5 = createHash('md5').update('hello').digest('hex');
    const port = await answering(ok('hello'));
    assert.equal(await verdict(page(port)), 'up');
    const outcome = await ask(page(port, `status_code 200-204 301\ndigest ${md5}\nregex ^HTTP.*hel+o\nregex_options dotall`));
    assert.deepEqual(outcome, {
      kind: 'up',
      recovered: ['HTTP status code success to %r url(/x)', 'MD5 digest success to %r url(/x)', 'Regex match success to %r url(/x)'],
    });
  });

  it('asks as keepalived does, wherever the response is cut', async () => {
    let request = '';
    const port = await serve((socket) => {
      socket.on('data', (bytes) => {
        request += bytes;
        if (!request.endsWith('\r\n\r\n')) return;
        for (const [i, c] of [...ok('body')].entries()) setTimeout(() => (c === 'y' ? socket.end(c) : socket.write(c)), i * 2);
      });
    });
    const md5 = createHash('md5').update('body').digest('hex');
    assert.equal(await verdict(page(port, `digest ${md5}\nvirtualhost www.example`, 'http_protocol 1.1')), 'up');
    assert.equal(request, 'GET /x HTTP/1.1\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\nHost: www.example\r\n\r\n');
  });

  it('says which criterion failed', async () => {
    const port = await answering('HTTP/1.1 404 Not Found\r\n\r\nhello');
    assert.equal(await verdict(page(port)), 'HTTP status code error to');
    assert.equal(await verdict(page(port, `status_code 404\ndigest ${'0'.repeat(32)}`)), 'MD5 digest error to');
    assert.equal(await verdict(page(port, 'status_code 404\nregex goodbye')), 'Regex match failed');
    assert.equal(await verdict(page(port, 'status_code 404\nregex hello\nregex_no_match')), 'Regex match failed');
    assert.equal(await verdict(page(port, 'status_code 404\nregex goodbye\nregex_no_match')), 'up');
    assert.equal(await verdict(page(port, 'status_code 404\nregex hello\nregex_max_offset 25')), 'Regex match failed');
    assert.equal(await verdict(page(port, 'status_code 404\nregex hello\nregex_min_offset 26\nregex_max_offset 26')), 'up');
  });

  it('tells of a length that is not as announced, once, and does not mind', async () => {
    const port = await answering('HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\nhello');
    const probe = makeProbe(page(port), 0, 1);
    const run = () => new Promise<Outcome>((resolve) => void probe(resolve));
    const first = await run();
    assert.deepEqual(first.kind === 'up' && first.notes, [
      'http_check for RS %r VS %v url /x: content_length (9) does not match received bytes (5)',
    ]);
    const second = await run();
    assert.ok(second.kind === 'up' && second.notes === undefined);
  });

  it('gives up on servers that say nothing, too little, or something else', async () => {
    assert.equal(await verdict(page(await silent())), 'Timeout WEB read');
    assert.equal(await verdict(page(await serve((s) => void s.write('HTTP/1.0 200 OK\r\n\r\nx')))), 'Timeout HTTP read');
    assert.equal(await verdict(page(await answering(''))), 'Read, no data received from ');
    assert.equal(await verdict(page(await answering('HTTP/1.0 200 OK\r\n'))), 'Read, no data received from ');
    assert.equal(await verdict(page(await answering('HTTP/1.0 200\r\n\r\n'))), 'HTTP status code error to');
    assert.equal(await verdict(page(await answering(Buffer.alloc(5000, 65)))), 'Read, no data received from ');
    assert.equal(await verdict(page(await resetting())), 'Read error with');
    assert.equal(await verdict(page(1)), 'Connection failed');
    // A redirection is a status like any other: nobody follows it.
    assert.equal(await verdict(page(await answering('HTTP/1.0 302 Found\r\nLocation: /x\r\n\r\n'))), 'HTTP status code error to');
  });

  it('reads a body of a GiB without keeping it', async () => {
    const piece = Buffer.alloc(1 << 20, 97);
    const port = await serve((socket) => {
      socket.write('HTTP/1.0 200 OK\r\n\r\n');
      let left = 1024;
      const more = () => {
        while (left-- > 0) if (!socket.write(piece)) return void socket.once('drain', more);
        socket.end();
      };
      more();
    });
    const before = process.memoryUsage().rss;
    assert.equal(await verdict(page(port, 'regex b')), 'Regex match failed');
    assert.ok(process.memoryUsage().rss - before < 100 << 20, 'memory');
  }).timeout(40_000);

  it('does not hang on a pattern that would take for ever', async () => {
    const port = await answering(ok(`${'a'.repeat(40)}!`));
    assert.equal(await verdict(page(port, 'regex "(a+)+$x"')), 'Regex match failed');
  });
});

describe('SSL_GET', () => {
  let folder = '';
  let key = '';
  let cert = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), `ka-test-${process.pid}-`));
    const files = { key: join(folder, 'key'), cert: join(folder, 'cert') };
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', files.key, '-out', files.cert, '-subj', '/CN=x', '-days', '1'],
      {
        stdio: 'ignore',
      },
    );
    key = readFileSync(files.key, 'utf8');
    cert = readFileSync(files.cert, 'utf8');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  async function serveTls(each: (name: string | false | null, socket: Socket) => void): Promise<number> {
    const server = createTlsServer({ key, cert }, (socket) => {
      socket.on('error', () => {});
      socket.once('data', () => each(socket.servername, socket));
    });
    server.on('tlsClientError', () => {});
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(() => server.close());
    return (server.address() as AddressInfo).port;
  }
  const page = (port: number, lines = '', more = '') => checkOf('SSL_GET', port, `${more}\nurl {\npath /x\n${lines}\n}`);

  it('is up whatever the certificate, with a name in its hello only when asked to', async () => {
    const names: unknown[] = [];
    const port = await serveTls((name, socket) => {
      names.push(name);
      socket.end(ok('hello'));
    });
    assert.equal(await verdict(page(port)), 'up');
    assert.equal(await verdict(page(port, 'virtualhost www.example', 'enable_sni')), 'up');
    assert.equal(await verdict(page(port, 'tls_compliant')), 'up');
    assert.deepEqual(names, [false, 'www.example', false]);
  });

  it('shows the certificate it was given, to a server that asks for it', async () => {
    const server = createTlsServer({ key, cert, ca: cert, requestCert: true, rejectUnauthorized: true }, (socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.end(ok('hello')));
    });
    server.on('tlsClientError', () => {});
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    assert.match(await verdict(page(port)), /error|no data/i);
    const files = { password: null, ca: null, certificate: join(folder, 'cert'), key: join(folder, 'key') };
    await sockets.useMaterial(files);
    assert.equal(await verdict(page(port)), 'up');
    await assert.rejects(sockets.useMaterial({ ...files, key: join(folder, 'missing') }), { code: 'ENOENT' });
    await assert.rejects(sockets.useMaterial({ ...files, key: files.certificate }));
    assert.equal(await verdict(page(port)), 'up');
    await sockets.useMaterial(null);
  });

  it('gives up on servers that stall or speak no TLS', async () => {
    assert.equal(await verdict(page(await silent())), 'Timeout connecting');
    assert.equal(await verdict(page(await answering('HTTP/1.0 200 OK\r\n\r\n'))), 'SSL handshake/communication error connecting to');
    assert.equal(await verdict(page(await resetting())), 'SSL handshake/communication error connecting to');
    assert.equal(await verdict(page(await serveTls(() => {}))), 'Timeout WEB read');
    assert.equal(await verdict(page(await serveTls((_n, socket) => void socket.write('HTTP/1.0 200 OK\r\n\r\nx')))), 'Timeout SSL read');
  });
});

describe('SMTP_CHECK', () => {
  const smtp = (port: number) => checkOf('SMTP_CHECK', port, 'helo_name me.example');
  const script = (...answers: readonly string[]) =>
    serve((socket) => {
      const left = [...answers];
      socket.write(left.shift() ?? '');
      socket.on('data', () => {
        const next = left.shift();
        if (next !== undefined) socket.write(next);
      });
    });

  it('is up when it is greeted', async () => {
    assert.equal(await verdict(smtp(await script('220 hi\r\n', '250 me\r\n', '221 bye\r\n'))), 'up');
  });
  it('says what is wrong', async () => {
    const port = await script('554 no\r\n');
    assert.equal(await verdict(smtp(port)), `Bad greeting banner from server [127.0.0.1]:${port}`);
    const rude = await script('220 hi\r\n', '500 no\r\n');
    assert.equal(await verdict(smtp(rude)), `Bad HELO response from server [127.0.0.1]:${rude}`);
    const mute = await silent();
    assert.equal(await verdict(smtp(mute)), `Read timeout from server [127.0.0.1]:${mute}`);
    const short = await serve((socket) => void socket.end());
    assert.equal(await verdict(smtp(short)), `Read failure from server [127.0.0.1]:${short}`);
    assert.equal(await verdict(smtp(1)), 'Could not connect to server [127.0.0.1]:1');
  });
});

async function serveDatagrams(answer: (bytes: Buffer) => readonly Uint8Array[]): Promise<number> {
  const socket = createSocket('udp4');
  socket.on('message', (bytes, from) => {
    for (const reply of answer(bytes)) socket.send(reply, from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  closing.push(() => socket.close());
  return socket.address().port;
}

describe('DNS_CHECK', () => {
  const dns = (port: number) => checkOf('DNS_CHECK', port, 'type A\nname www.example.com');
  const answer = (query: Buffer, flags: number) => {
    const bytes = Buffer.from(query);
    bytes.writeUInt16BE(flags, 2);
    return bytes;
  };

  it('is up at an answer without an error, however many others come before', async () => {
    const port = await serveDatagrams((query) => [
      Buffer.from('junk'),
      Buffer.alloc(0),
      answer(Buffer.concat([Buffer.from([9, 9]), query]), 0x8180),
      answer(query, 0x8180),
    ]);
    assert.equal(await verdict(dns(port)), 'up');
  });
  it('is down at an error, at silence and where nobody listens', async () => {
    assert.equal(await verdict(dns(await serveDatagrams((query) => [answer(query, 0x8182)]))), 'read error occurred. (rcode = 2)');
    assert.equal(await verdict(dns(await serveDatagrams(() => []))), 'read timeout from socket');
    assert.equal(await verdict(dns(1)), 'failed to read socket; errno 111 (Connection refused)');
  });
});

describe('UDP_CHECK', () => {
  const udp = (port: number, lines = '') => checkOf('UDP_CHECK', port, lines);

  it('takes silence for good, unless a reply is required', async () => {
    const mute = await serveDatagrams(() => []);
    assert.equal(await verdict(udp(mute)), 'up');
    assert.equal(await verdict(udp(mute, 'require_reply')), 'failed');
    assert.equal(await verdict(udp(1)), 'failed');
  });
  it('sends what it is told to, and compares what comes', async () => {
    let heard = '';
    const port = await serveDatagrams((bytes) => {
      heard = bytes.toString('hex');
      return [Buffer.from('0a0b0c', 'hex')];
    });
    assert.equal(await verdict(udp(port, 'payload 01 0203\nrequire_reply 0a xb')), 'up');
    assert.equal(heard, '010203');
    assert.equal(await verdict(udp(port, 'require_reply ff')), 'mismatch');
    assert.equal(await verdict(udp(port, 'require_reply 0a\nmin_reply_length 4')), 'mismatch');
    assert.equal(await verdict(udp(port, 'require_reply')), 'up');
    assert.equal(heard, Buffer.from('keepalived check - keepalived ch').toString('hex'));
  });
});

describe('MISC_CHECK', () => {
  const misc = (script: string, more = ''): ActiveChecker => {
    const checker = checkOf('MISC_CHECK', 1, `misc_path /usr/bin/true\n${more}`.replace('connect_timeout 0.3', ''));
    assert.equal(checker.kind, 'MISC_CHECK');
    const words = ['/bin/sh', '-c', script];
    return { ...checker, script: { ...checker.script, words, path: null }, misc_timeout: milliseconds(300) } as ActiveChecker;
  };
  it('is as good as its script', async () => {
    assert.equal(await verdict(misc('exit 0')), 'up');
    assert.equal(await verdict(misc('exit 3')), 'failed| (exited with status 3)');
    assert.equal(await verdict(misc('kill -9 $$')), 'failed| (due to signal 9)');
    assert.equal(await verdict(misc('sleep 5')), 'timed out|');
  });
  it('takes the weight from it', async () => {
    assert.deepEqual(await ask(misc('exit 12', 'misc_dynamic')), { kind: 'up', weight: 0 });
    assert.deepEqual(await ask(misc('exit 2', 'misc_dynamic')), { kind: 'up', weight: -10 });
    assert.deepEqual(await ask(misc('exit 0', 'misc_dynamic')), { kind: 'up', weight: 0 });
    assert.deepEqual(await ask(misc('exit 1', 'misc_dynamic')), { kind: 'down', why: 'failed| (exited with status 1)', weight: 0 });
  });
});
