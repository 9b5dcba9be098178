// SPDX-License-Identifier: MIT
// What the engine sends by itself, seen on the wire by a tap at the other end.

import assert from 'node:assert/strict';
import { micros } from '../../lib/base/time.ts';
import { until } from '../support/until.ts';
import {
  type Agent,
  assertPunctual,
  createLan,
  expectation,
  frame,
  gaps,
  type Lan,
  later,
  multicast,
  native,
  tolerance,
  unicast,
  type Wire,
} from './engine-lan.ts';

describe('the engine sends adverts', function () {
  this.timeout(20_000);
  let lan: Lan;
  let agent: Agent;
  let wire: Wire;
  const key = 7;

  beforeEach(async () => {
    lan = await createLan();
    agent = await lan.agent('a');
    wire = lan.wire('b');
    const endpoint = await agent.engine.openEndpoint(multicast(lan.a.ifindex));
    await agent.engine.addRouter(key, endpoint, 51, expectation());
  });
  afterEach(async () => lan.destroy());

  const heard = (count: number): Promise<unknown> => until(`${count} adverts on the wire`, () => wire.adverts().length >= count);

  it('at once and then every interval on an absolute grid, with identifications that count', async () => {
    const every = micros(20_000);
    await agent.engine.advertise(key, frame(), every, 0);
    await heard(51);
    const seen = wire.adverts().slice(0, 51);
    const [first, last] = [seen[0], seen[50]];
    assert.ok(first && last);
    assert.ok(Math.abs(last.at - first.at - 50 * every) < tolerance, `50 intervals took ${last.at - first.at} µs`);
    assert.deepEqual(
      seen.map((advert) => advert.what.ipId),
      seen.map((_, index) => index + 1),
    );
    assert.deepEqual(
      { ...first.what, sourceMac: '' },
      {
        ...first.what,
        sourceMac: '',
        kind: 'advert',
        destinationMac: '01:00:5e:00:00:12',
        source: '192.0.2.1',
        destination: '224.0.0.18',
        ttl: 255,
        vrid: 51,
        version: 2,
        priority: 100,
        interval: 1_000_000,
        addresses: ['192.0.2.100'],
        checksumOk: true,
      },
    );
    assert.equal(first.bytes[15], 0xc0, 'type of service');
    assert.equal(new DataView(first.bytes.buffer, first.bytes.byteOffset).getUint16(20), 0, 'flags and fragment');
    const stats = await agent.engine.stats();
    assert.ok(stats.lateness.reduce((sum, count) => sum + count, 0) >= 50);
  });

  it('while JavaScript is blocked for 500 ms', async () => {
    await agent.engine.advertise(key, frame(), micros(10_000), 0);
    await heard(5);
    const began = native.now();
    await agent.call('agent', 'block', [500]);
    const ended = native.now();
    const during = wire.adverts().filter((advert) => advert.at > began && advert.at < ended);
    assert.ok(during.length >= 45, `${during.length} adverts in 500 ms`);
    assertPunctual(during, 10_000);
  });

  it('without a burst after a stop of the whole process, and still on the grid', async () => {
    const every = 50_000;
    const firstAt = later(20);
    await agent.engine.advertise(key, frame(), micros(every), firstAt);
    await heard(3);
    agent.signal('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 400));
    agent.signal('SIGCONT');
    const continued = native.now();
    await until('adverts after the stop', () => wire.adverts().filter((advert) => advert.at > continued).length >= 6);
    // One at once for the eight that were missed, then on the grid again.
    const after = wire.adverts().filter((advert) => advert.at > continued);
    assert.ok(Math.min(...gaps(after.slice(1))) > every / 2, `${gaps(after)}`);
    for (const advert of after.slice(1)) {
      assert.ok((advert.at - firstAt) % every < tolerance, `${(advert.at - firstAt) % every} µs off the grid`);
    }
  });

  it('from a time given, and takes new content without moving the schedule', async () => {
    const firstAt = later(150);
    await agent.engine.advertise(key, frame(), micros(50_000), firstAt);
    await heard(3);
    await agent.engine.advertise(key, frame({ priority: 120 }), micros(50_000), -1);
    await until('the new priority on the wire', () => wire.adverts().some((advert) => advert.what.priority === 120));
    await heard(8);
    for (const [index, advert] of wire.adverts().entries()) {
      const due = firstAt + index * 50_000;
      assert.ok(advert.at >= due && advert.at - due < tolerance, `advert ${index} was ${advert.at - due} µs late`);
    }
    const priorities = wire.adverts().map((advert) => advert.what.priority);
    assert.deepEqual(priorities, [...priorities].sort(), 'first all old ones, then all new ones');
  });

  it('twice with priority 0 on quiet(2), and nothing after them', async () => {
    await agent.engine.advertise(key, frame(), micros(20_000), 0);
    await heard(3);
    await agent.engine.quiet(key, 2);
    await until('two farewells', () => wire.adverts().filter((advert) => advert.what.priority === 0).length === 2);
    const total = wire.adverts().length;
    const farewells = wire.adverts().slice(-2);
    assert.deepEqual(
      farewells.map((advert) => [advert.what.priority, advert.what.checksumOk]),
      [
        [0, true],
        [0, true],
      ],
    );
    // Silence: a marker sent later is the next thing on the wire.
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(wire.adverts().length, total);
    const counters = await agent.engine.counters(key);
    assert.equal(counters.priorityZeroSent, 2);
    assert.equal(counters.advertSent, total);
  });

  it('without a farewell on quiet(0)', async () => {
    await agent.engine.advertise(key, frame(), micros(20_000), 0);
    await heard(2);
    await agent.engine.quiet(key, 0);
    await agent.engine.stats();
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.ok(wire.adverts().every((advert) => advert.what.priority === 100));
  });

  it('to every unicast peer with one identification', async () => {
    lan.ip('a', 'neigh', 'replace', '192.0.2.2', 'lladdr', '02:00:00:00:00:02', 'dev', 'e0');
    lan.ip('a', 'neigh', 'replace', '192.0.2.3', 'lladdr', '02:00:00:00:00:03', 'dev', 'e0');
    const endpoint = await agent.engine.openEndpoint(unicast(lan.a.ifindex, '192.0.2.1'));
    await agent.engine.addRouter(8, endpoint, 52, expectation());
    await agent.engine.advertise(8, frame({ vrid: 52, destinations: ['192.0.2.2', '192.0.2.3'], ttl: 64 }), micros(50_000), 0);
    await heard(4);
    assert.deepEqual(
      wire
        .adverts()
        .slice(0, 4)
        .map((advert) => [advert.what.destination, advert.what.ipId, advert.what.ttl]),
      [
        ['192.0.2.2', 1, 64],
        ['192.0.2.3', 1, 64],
        ['192.0.2.2', 2, 64],
        ['192.0.2.3', 2, 64],
      ],
    );
  });

  it('over IPv6 with hop limit 255 and a checksum', async () => {
    const endpoint = await agent.engine.openEndpoint(multicast(lan.a.ifindex, 6));
    const virtual = ['fe80::1234', '2001:db8::100'];
    await agent.engine.addRouter(9, endpoint, 53, expectation({ version: 3, addresses: virtual }));
    const own = (await agent.call('native', 'networkSnapshot')) as ReturnType<typeof native.networkSnapshot>;
    const source = own.addresses.find((a) => a.family === 6 && a.ifindex === lan.a.ifindex && a.address.startsWith('fe80'))?.address;
    assert.ok(source);
    await agent.engine.advertise(
      9,
      frame({ version: 3, vrid: 53, interval: micros(100_000), addresses: virtual, source, destinations: ['ff02::12'] }),
      micros(100_000),
      0,
    );
    await heard(2);
    const [advert] = wire.adverts();
    assert.deepEqual(
      [advert?.what.source, advert?.what.destination, advert?.what.ttl, advert?.what.checksumOk, advert?.what.addresses],
      [source, 'ff02::12', 255, true, virtual],
    );
    assert.equal((advert?.bytes[14] ?? 0) & 0x0f, 0x0c, 'traffic class');
  });

  it('reports a failing send once until one succeeds', async () => {
    await agent.engine.advertise(key, frame(), micros(10_000), 0);
    await heard(2);
    lan.ip('a', 'link', 'set', 'e0', 'down');
    await until('the failure is told', () => agent.of('send_failed').length > 0);
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(agent.of('send_failed').length, 1);
    assert.equal(agent.of('send_failed')[0]?.destination, '224.0.0.18');
    const before = wire.adverts().length;
    lan.ip('a', 'link', 'set', 'e0', 'up');
    await until('adverts go out again', () => wire.adverts().length > before + 2);
    lan.ip('a', 'link', 'set', 'e0', 'down');
    await until('the next failure is told', () => agent.of('send_failed').length === 2);
  });
});
