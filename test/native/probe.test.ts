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
