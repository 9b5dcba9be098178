// SPDX-License-Identifier: MIT
// genhash beside the packaged one: the same servers on loopback, the same words, the same output.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { createServer as createTlsServer } from 'node:tls';
import { launcher, requireBuild } from './support.ts';

/** What a server answers to any request. */
const answers: Readonly<Record<string, (socket: Socket) => void>> = {
  page: (s) => s.end('HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nhello\n'),
  'not found': (s) => s.end('HTTP/1.0 404 Not Found\r\n\r\nnothing here'),
  'more than it says': (s) => s.end('HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nhello'),
  'no body': (s) => s.end('HTTP/1.0 200 OK\r\n\r\n'),
  'nothing at all': (s) => s.end(),
  nonsense: (s) => s.end('garbage'),
  silence: () => {},
  'half a page': (s) => void s.write('HTTP/1.0 200 OK\r\n\r\nhel'),
};

async function run(command: string, args: readonly string[]): Promise<{ status: number | null; out: string; err: string }> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: 10_000 });
  const [out, err, status] = await Promise.all([
    buffer(child.stdout),
    buffer(child.stderr),
    new Promise<number | null>((resolve) => child.once('close', resolve)),
  ]);
  return { status, out: out.toString('latin1'), err: err.toString('latin1') };
}

describe('genhash', function () {
  this.timeout(30_000);
  const folder = mkdtempSync(join(tmpdir(), 'ka-genhash-'));
  const ours = join(folder, 'genhash');
  symlinkSync(launcher, ours);

  let server: Server;
  let port = 0;
  let requests: string[] = [];
  let answer: (socket: Socket) => void = () => {};
  before((done) => {
    requireBuild();
    server = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', (bytes) => {
        requests.push(bytes.toString('latin1'));
        answer(socket);
      });
    }).listen(0, '127.0.0.1', () => {
      port = (server.address() as { port: number }).port;
      done();
    });
  });
  after(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  const both = async (words: readonly string[]) => {
    const where = ['-s', '127.0.0.1', '-p', String(port), ...words];
    requests = [];
    const theirs = await run('genhash', where);
    const mine = await run(ours, where);
    const timeless = (text: string) => text.replace(/= [0-9]+ usecs/, '= N usecs');
    assert.equal(timeless(mine.out), timeless(theirs.out));
    assert.deepEqual([mine.status, mine.err], [theirs.status, theirs.err]);
    assert.equal(new Set(requests).size, 1, JSON.stringify(requests));
    return mine.out;
  };

  for (const [name, what] of Object.entries(answers)) {
    it(`prints what keepalived's prints of a server with ${name}`, async () => {
      answer = what;
      await both(['-u', '/', '-t', '1']);
    });
  }

  it('shows what it received when asked to, and asks as it is told', async () => {
    answer = answers.page ?? answer;
    assert.match(await both(['-v', '-u', '/x', '-V', 'www.example.org', '-P', '1.1']), /HTML Buffer/);
    await both(['-u', '/', '-P', '1.0c']);
  });

  it('-S speaks TLS, and names the virtual host with -I', async () => {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-subj', '/CN=x'], {
      stdio: 'ignore',
    });
    const names: string[] = [];
    const secure = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (socket) => {
      names.push(String(socket.servername));
      socket.on('error', () => {});
      socket.once('data', () => answers.page?.(socket));
    }).listen(0, '127.0.0.1');
    await once(secure, 'listening');
    const where = ['-s', '127.0.0.1', '-p', String((secure.address() as { port: number }).port), '-u', '/', '-S'];
    for (const words of [where, [...where, '-V', 'www.example.org', '-I']])
      assert.deepEqual(await run(ours, words), { status: 0, out: 'b1946ac92492d2347c6235b4d2611184\n', err: '' });
    assert.deepEqual(names, ['false', 'www.example.org']);
    secure.close();
    const plain = ['-s', '127.0.0.1', '-p', String(port), '-u', '/', '-S', '-t', '1'];
    answer = answers.nonsense ?? answer;
    assert.match((await run(ours, plain)).out, /^SSL handshake\/communication error connecting to$/m);
  });

  it('-m marks its packets, and a wrong mark is refused', async function () {
    if (process.geteuid?.() !== 0) return this.skip();
    // In a network of its own: packets with the mark are sent back as refused, others arrive.
    const script = `ip link set lo up; nft add table t; nft add chain t o '{ type filter hook output priority 0; }'
      nft add rule t o meta mark 7 counter reject with tcp reset
      python3 -c 'import socket
s = socket.create_server(("127.0.0.1", 80)); print("up", flush=True)
while True: c = s.accept()[0]; c.recv(999); c.sendall(b"HTTP/1.0 200 OK\\r\\n\\r\\nhello\\n"); c.close()' > /dev/null & server=$!
      until ss -ltn | grep -q :80; do sleep 0.05; done
      for mark in 0 6 7; do "$@" -s 127.0.0.1 -p 80 -u / -m $mark; done
      nft list chain t o | grep -o 'packets [1-9]'; kill $server`;
    const { out, err } = await run('unshare', ['--net', 'sh', '-c', script, 'sh', ours]);
    assert.match(out, /^(b1946ac92492d2347c6235b4d2611184\n){2}Connection failed\npackets 1\n$/, err);
    assert.equal((await run(ours, ['-s', '127.0.0.1', '-p', '1', '-u', '/', '-m', 'x'])).status, 1);
  });

  it('is what -T and --genhash become', async () => {
    answer = answers.page ?? answer;
    const where = ['-s', '127.0.0.1', '-p', String(port), '-u', '/'];
    const { out } = await run(ours, where);
    assert.equal(out, 'b1946ac92492d2347c6235b4d2611184\n');
    for (const word of ['-T', '--genhash']) assert.equal((await run(launcher, [word, ...where])).out, out);
  });

  it('refuses a wrong command line with status 1 and nothing on standard output', async () => {
    for (const words of [['-x'], ['-h'], ['-s', 'www.example.org', '-p', '1', '-u', '/'], ['-s', '127.0.0.1', '-p', '99999', '-u', '/']]) {
      const [theirs, mine] = await Promise.all([run('genhash', words), run(ours, words)]);
      assert.deepEqual([mine.status, mine.out], [theirs.status, ''], words.join(' '));
    }
  });

  it('says so when nobody listens', async () => {
    const words = ['-s', '127.0.0.1', '-p', '1', '-u', '/'];
    const [theirs, mine] = await Promise.all([run('genhash', words), run(ours, words)]);
    assert.deepEqual(mine, theirs);
  });
});
