// SPDX-License-Identifier: MIT
// Sockets of checks: bound as asked, told once, closed any number of times.

import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, Socket } from 'node:net';
import { loadNative } from '../../lib/native/load.ts';
import type { ProbeTargetSpec } from '../../lib/native/probe-surface.ts';
import { until } from '../support/until.ts';

const native = loadNative();

function target(port: number, more: Partial<ProbeTargetSpec> = {}): ProbeTargetSpec {
  return { address: '127.0.0.1', port, bindAddress: '', bindPort: 0, bindInterface: '', mark: 0, ...more };
}

async function connect(spec: ProbeTargetSpec, keep = false): Promise<{ errno: number; fd: number }> {
  let told: { errno: number; fd: number } | undefined;
  native.connectProbe(spec, keep, (errno, fd) => {
    assert.equal(told, undefined, 'told twice');
    told = { errno, fd };
  });
  return until('an answer', () => told);
}

describe('a connecting probe', () => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.end(`${socket.remoteAddress} ${socket.remotePort}`);
  });
  let port = 0;
  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  });
  after(() => void server.close());

  it('tells whether it was let in', async () => {
    assert.deepEqual(await connect(target(port)), { errno: 0, fd: -1 });
    assert.equal((await connect(target(1))).errno, 111);
  });

  it('comes from where it was told to, and stays open when asked to', async () => {
    const { fd } = await connect(target(port, { bindAddress: '127.0.0.9', bindPort: 43210, bindInterface: 'lo', mark: 7 }), true);
    const socket = new Socket({ fd });
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    assert.equal(bytes.toString(), '127.0.0.9 43210');
    socket.destroy();
  });

  it('says at once what is wrong on this side', () => {
    const never = () => assert.fail('told');
    assert.throws(() => native.connectProbe(target(port, { bindInterface: 'nowhere0' }), false, never), { code: 'ENODEV' });
    assert.throws(() => native.connectProbe(target(port, { bindAddress: '203.0.113.77' }), false, never), { code: 'EADDRNOTAVAIL' });
    assert.throws(() => native.connectProbe(target(port, { bindAddress: '::1' }), false, never), TypeError);
    assert.throws(() => native.connectProbe(target(port, { bindInterface: 'x'.repeat(16) }), false, never), TypeError);
    assert.throws(() => native.connectProbe(target(65536), false, never), TypeError);
    assert.throws(() => native.connectProbe(target(port, { address: 'localhost' }), false, never), TypeError);
  });

  it('says nothing after it was closed, twice too', async () => {
    const probe = native.connectProbe(target(port), false, () => assert.fail('told'));
    probe.close();
    probe.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
  });

  it('may be closed from its own answer', async () => {
    await new Promise<void>((resolve) => {
      const probe = native.connectProbe(target(port), false, () => {
        probe.close();
        resolve();
      });
    });
  });
});

describe('a connection that is spoken over', () => {
  type Event = { what: string; errno: number; size: number };
  const speak = (spec: ProbeTargetSpec, onOpen: (probe: { write(bytes: Uint8Array): void; close(): void }) => void = () => {}) => {
    const events: Event[] = [];
    const probe = native.streamProbe(spec, (what, errno, bytes) => {
      events.push({ what, errno, size: bytes?.length ?? 0 });
      if (what === 'open') onOpen(probe);
    });
    return { probe, events, words: () => events.map((e) => e.what) };
  };
  const serve = async (act: (socket: Socket) => void): Promise<number> => {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => {});
      act(socket);
    });
    servers.push(server.listen(0, '127.0.0.1'));
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const servers: ReturnType<typeof createServer>[] = [];
  after(() => {
    for (const server of servers) server.close();
  });

  it('writes all it is given, however much, and hears all that comes until the end', async () => {
    const sent = 8 << 20;
    const port = await serve((socket) => {
      let left = sent;
      socket.on('data', (bytes: Buffer) => {
        left -= bytes.length;
        if (left === 0) socket.end(Buffer.alloc(1 << 20));
      });
    });
    const { probe, events, words } = speak(target(port), (open) => open.write(Buffer.alloc(sent)));
    probe.write(Buffer.from('too early'));
    await until('the end', () => words().at(-1) === 'end');
    assert.equal(words()[0], 'open');
    assert.equal(
      events.reduce((sum, e) => sum + e.size, 0),
      1 << 20,
    );
    assert.ok(events.every((e) => e.size <= 128 * 1024));
    probe.write(Buffer.from('too late'));
    probe.close();
  });

  it('tells once that it was refused, or broken', async () => {
    const refused = speak(target(1));
    await until('a refusal', () => refused.events.length > 0);
    assert.deepEqual(refused.events, [{ what: 'refused', errno: 111, size: 0 }]);
    const port = await serve((socket) => setTimeout(() => socket.resetAndDestroy(), 10));
    const broken = speak(target(port));
    await until('a break', () => broken.words().length === 2);
    assert.deepEqual(broken.events.at(-1), { what: 'broken', errno: 104, size: 0 });
  });

  it('says nothing after it was closed, from its own answers too', async () => {
    const port = await serve((socket) => socket.end('hello'));
    const before = speak(target(port));
    before.probe.close();
    before.probe.close();
    const inside = speak(target(port), (probe) => probe.close());
    await until('it was open', () => inside.events.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual([before.words(), inside.words()], [[], ['open']]);
  });
});

describe('a datagram probe', () => {
  it('sends and hears, and is closed from its own answer', async () => {
    const server = createSocket('udp4');
    server.on('message', (bytes, from) => server.send(`${bytes}!`, from.port, from.address));
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    let heard = '';
    const probe = native.datagramProbe('udp', target(server.address().port), (errno, bytes) => {
      heard += `${errno} ${Buffer.from(bytes ?? []).toString()}`;
      probe.close();
    });
    assert.equal(probe.send(Buffer.from('hello')), 0);
    await until('an answer', () => heard === '0 hello!');
    assert.equal(probe.send(Buffer.from('more')), 9);
    server.close();
  });

  it('is told once that nobody listens', async () => {
    const told: number[] = [];
    const probe = native.datagramProbe('udp', target(1), (errno) => void told.push(errno));
    probe.send(Buffer.from('x'));
    await until('the refusal', () => told.length > 0);
    assert.deepEqual(told, [111]);
    probe.close();
  });
});
