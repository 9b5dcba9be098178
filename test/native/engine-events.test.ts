// SPDX-License-Identifier: MIT
// What the engine receives and reports: order of a batch, generations, refusals, floods.

import assert from 'node:assert/strict';
import { micros } from '../../lib/base/time.ts';
import { until } from '../support/until.ts';
import {
  type Agent,
  assertPunctual,
  createLan,
  ethernet,
  expectation,
  frame,
  type Lan,
  later,
  multicast,
  native,
  tolerance,
  type Wire,
} from './engine-lan.ts';

/** A packet of a router at 192.0.2.2 as the tap puts it on the wire. */
function foreign(changes: Parameters<typeof frame>[0] = {}): Uint8Array {
  return ethernet(native.encodeAdvert(frame({ source: '192.0.2.2', ...changes }), '224.0.0.18', 1));
}

describe('the engine reports', function () {
  this.timeout(20_000);
  let lan: Lan;
  let agent: Agent;
  let wire: Wire;
  const key = 3;

  beforeEach(async () => {
    lan = await createLan();
    agent = await lan.agent('a');
    wire = lan.wire('b');
    const endpoint = await agent.engine.openEndpoint(multicast(lan.a.ifindex));
    await agent.engine.addRouter(key, endpoint, 51, expectation());
    await agent.engine.listen(key, true);
  });
  afterEach(async () => lan.destroy());

  it('a deadline at its time with its generation, and only the last one armed', async () => {
    const due = later(100);
    await agent.engine.arm(key, later(50), 1);
    await agent.engine.arm(key, due, 2);
    await until('the expiry', () => agent.of('expired').length > 0);
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.deepEqual(
      agent.of('expired').map(({ key: k, at, generation }) => ({ key: k, at, generation })),
      [{ key, at: due, generation: 2 }],
    );
    const late = agent.of('expired')[0]?.late ?? Number.NaN;
    assert.ok(late >= 0 && late < tolerance, `${late} µs late`);
  });

  it('nothing for a deadline that was disarmed', async () => {
    await agent.engine.arm(key, later(50), 1);
    await agent.engine.disarm(key);
    await new Promise((resolve) => setTimeout(resolve, 120));
    assert.deepEqual(agent.of('expired'), []);
  });

  it('an advert with what it says, at the time the kernel received it', async () => {
    const near = lan.wire('a');
    wire.send(foreign({ priority: 200 }));
    await until('the advert', () => agent.of('advert').length > 0 && near.adverts().length > 0);
    const [advert] = agent.of('advert');
    const [seen] = near.adverts();
    assert.ok(advert && seen);
    assert.deepEqual(
      { ...advert, at: 0, batch: 0, number: 0 },
      {
        kind: 'advert',
        number: 0,
        key,
        at: 0,
        batch: 0,
        source: '192.0.2.2',
        priority: 200,
        interval: 1_000_000,
        ttl: 255,
        addressMismatch: 'none',
        mismatchDetail: 0,
        intervalMismatch: false,
        ahSynced: false,
        clockSkew: 0,
      },
    );
    // Both are the kernel's stamp of one packet; clocks are compared anew for each reading.
    assert.ok(Math.abs(advert.at - seen.at) < 100, `${advert.at - seen.at} µs apart`);
  });

  it('an advert received before the due time before the expiry, though JavaScript was blocked over both', async () => {
    const due = later(200);
    await agent.engine.arm(key, due, 9);
    const blocked = agent.call('agent', 'block', [500]);
    await new Promise((resolve) => setTimeout(resolve, 80));
    wire.send(foreign());
    await blocked;
    await until('both events', () => agent.of('expired').length === 1 && agent.of('advert').length === 1);
    const [advert] = agent.of('advert');
    assert.ok(advert && advert.at < due, 'the advert came before the due time');
    const kinds = agent.events.filter((event) => event.kind === 'advert' || event.kind === 'expired').map((event) => event.kind);
    assert.deepEqual(kinds, ['advert', 'expired']);
  });

  it('everything that piled up behind a blocked JavaScript in order of time', async () => {
    await agent.engine.addRouter(4, 1, 52, expectation());
    await agent.engine.listen(4, true);
    await agent.sequence([['arm', [key, later(120), 1]]], 0);
    await agent.engine.arm(4, later(60), 1);
    const blocked = agent.call('agent', 'block', [300]);
    for (let i = 0; i < 10; ++i) {
      // One that said the same would be told as one with it.
      wire.send(foreign({ vrid: i % 2 === 0 ? 51 : 52, priority: 50 + i }));
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    await blocked;
    await until('all events', () => agent.of('advert').length === 10 && agent.of('expired').length === 2);
    const times = agent.events.map((event) => event.at);
    assert.deepEqual(
      times,
      [...times].sort((x, y) => x - y),
    );
  });

  it('nothing and counts nothing while it does not listen', async () => {
    await agent.engine.listen(key, false);
    wire.send(foreign());
    wire.send(foreign({ version: 3 }));
    await agent.engine.listen(key, true);
    wire.send(foreign({ priority: 7 }));
    await until('the advert after that', () => agent.of('advert').length > 0);
    assert.deepEqual(
      agent.of('advert').map((advert) => advert.priority),
      [7],
    );
    const counters = await agent.engine.counters(key);
    assert.equal(counters.advertReceived, 1);
    assert.equal(counters.refused.version, 0);
  });

  it('the first refusal of each reason, counts all, and tells again after clearRefusals', async () => {
    const wrongTtl = foreign({ ttl: 254 });
    const wrongVersion = foreign({ version: 3 });
    for (let i = 0; i < 3; ++i) wire.send(wrongTtl);
    wire.send(wrongVersion);
    wire.send(foreign({ vrid: 99 }));
    await until('all counted', async () => (await agent.engine.counters(key)).refused.version === 1);
    assert.deepEqual(
      agent.of('refused').map(({ reason, received, expected, source }) => ({ reason, received, expected, source })),
      [
        { reason: 'ttl', received: 254, expected: 255, source: '192.0.2.2' },
        { reason: 'version', received: 3, expected: 2, source: '192.0.2.2' },
      ],
    );
    assert.equal((await agent.engine.counters(key)).refused.ttl, 3);
    await until('the unknown VRID counted', async () => (await agent.engine.stats()).unknownVrid === 1);
    await agent.engine.clearRefusals(key);
    wire.send(wrongTtl);
    await until('told again', () => agent.of('refused').length === 3);
    await agent.engine.clearCounters(key);
    assert.equal((await agent.engine.counters(key)).refused.ttl, 0);
  });

  it('adverts of the right one of two unicast routers with one VRID', async () => {
    const spec = { ...multicast(lan.a.ifindex), kind: 'unicast' as const, address: '192.0.2.1' };
    const endpoint = await agent.engine.openEndpoint(spec);
    const peer = (address: string) => ({ peers: [{ address, minTtl: 0, maxTtl: 255 }] });
    await agent.engine.addRouter(20, endpoint, 60, expectation(peer('192.0.2.2')));
    await agent.engine.addRouter(21, endpoint, 60, expectation(peer('192.0.2.3')));
    await agent.engine.listen(20, true);
    await agent.engine.listen(21, true);
    const other = await lan.agent('b');
    const sender = await other.engine.openEndpoint({ ...spec, ifindex: lan.b.ifindex, address: '192.0.2.2' });
    await other.engine.addRouter(1, sender, 60, expectation());
    await other.engine.advertise(1, frame({ vrid: 60, source: '192.0.2.2', destinations: ['192.0.2.1'] }), micros(20_000), 0);
    await until('three adverts', () => agent.of('advert').length >= 3);
    assert.ok(agent.of('advert').every((advert) => advert.key === 20));
    await other.engine.advertise(1, frame({ vrid: 60, source: '192.0.2.3', destinations: ['192.0.2.1'] }), micros(20_000), 0);
    await until('adverts of the other peer', () => agent.of('advert').some((advert) => advert.key === 21));
    await other.engine.advertise(1, frame({ vrid: 60, source: '192.0.2.9', destinations: ['192.0.2.1'] }), micros(20_000), 0);
    await until('a stranger is nobody', async () => (await agent.engine.stats()).unknownVrid > 0);
  });

  it('in counters every packet of a malformed flood, while its adverts stay on time', async () => {
    // At the sender: how long the flooded other end takes to receive is not the engine's doing.
    const near = lan.wire('a');
    await agent.engine.advertise(key, frame(), micros(10_000), 0);
    const kinds = [
      foreign({ ttl: 3 }),
      foreign({ version: 3 }),
      foreign({ interval: micros(2_000_000) }),
      foreign({ vrid: 200 }),
      foreign(),
    ];
    const broken = kinds[4];
    if (broken !== undefined) broken[14 + 20 + 2] = 1; // priority without a new checksum
    const short = ethernet(native.encodeAdvert(frame({ source: '192.0.2.2' }), '224.0.0.18', 1).slice(0, 24));
    short[17] = 24;
    // The header's checksum covers its length.
    new DataView(short.buffer).setUint16(24, 0);
    let sum = 0;
    for (let at = 14; at < 34; at += 2) sum += new DataView(short.buffer).getUint16(at);
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
    new DataView(short.buffer).setUint16(24, ~sum & 0xffff);
    kinds.push(short);
    const began = native.now();
    let sent = 0;
    // 1,000 a second for 2 s, whatever the timer's granularity.
    while (sent < 2_000) {
      const wanted = Math.min(2_000, Math.floor((native.now() - began) / 1000));
      while (sent < wanted) wire.send(kinds[sent++ % kinds.length] ?? new Uint8Array());
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const ended = native.now();
    const counted = async (): Promise<number> => {
      const { refused } = await agent.engine.counters(key);
      const { unknownVrid, tooShort } = await agent.engine.stats();
      return Object.values(refused).reduce((total, count) => total + count, 0) + unknownVrid + tooShort;
    };
    await until('all 2,000 are counted', async () => (await counted()) === 2_000);
    const { refused, advertReceived } = await agent.engine.counters(key);
    const third = Math.floor(2_000 / 6);
    for (const reason of ['ttl', 'version', 'interval', 'checksum'] as const) {
      assert.ok(refused[reason] >= third && refused[reason] <= third + 1, `${reason}: ${refused[reason]}`);
    }
    assert.equal(advertReceived, 0);
    assert.deepEqual(agent.of('advert'), []);
    const during = near.adverts().filter((advert) => advert.outgoing && advert.at > began && advert.at < ended);
    assert.ok(Math.abs(during.length - (ended - began) / 10_000) < 4, `${during.length} adverts in ${ended - began} µs`);
    assertPunctual(during, 10_000);
  });

  it('a failed send and the end of the link when its interface is deleted, and hears again on the next one', async () => {
    await agent.engine.advertise(key, frame(), micros(10_000), 0);
    lan.ip('a', 'link', 'del', 'e0');
    await until('both', () => agent.of('send_failed').length > 0 && agent.of('link').some((event) => event.change === 'deleted'));
    await agent.engine.quiet(key, 0);
    await agent.engine.removeRouter(key);
    await agent.engine.closeEndpoint(1);
    lan.ip('a', 'link', 'add', 'e0', 'type', 'veth', 'peer', 'name', 'e1', 'netns', lan.b.netns);
    lan.ip('a', 'link', 'set', 'e0', 'up');
    lan.ip('b', 'link', 'set', 'e1', 'up');
    const found = () =>
      agent.of('link').find((event) => event.change === 'new' && event.link.name === 'e0' && (event.link.flags & 0x10000) !== 0);
    const { link } = await until('the new interface is up', found);
    await agent.engine.addRouter(key, await agent.engine.openEndpoint(multicast(link.ifindex)), 51, expectation());
    await agent.engine.listen(key, true);
    const again = lan.wire('b', 'e1');
    again.send(foreign());
    await until('the advert', () => agent.of('advert').length === 1);
  });

  it('each of many deadlines once in spite of 1,000 arms and disarms', async () => {
    const calls: ['arm' | 'disarm', unknown[]][] = [];
    for (let generation = 1; generation <= 1_000; ++generation) {
      calls.push(['arm', [key, later(60 + (generation % 7)), generation]]);
      if (generation % 2 === 0) calls.push(['disarm', [key]]);
    }
    calls.push(['arm', [key, later(100), 5_000]]);
    await agent.sequence(calls);
    await until('the last one', () => agent.of('expired').some((event) => event.generation === 5_000));
    assert.deepEqual(
      agent.of('expired').map((event) => event.generation),
      [5_000],
    );
  });

  it('every expiry of 600 routers and the latest advert of each after a second of blocked JavaScript', async () => {
    const calls: ['addRouter' | 'listen' | 'arm', unknown[]][] = [];
    const due = later(400);
    for (let i = 0; i < 600; ++i) {
      const router = 1_000 + i;
      calls.push([
        'addRouter',
        [router, 1, 1 + (i % 50), expectation({ peers: [{ address: `198.51.100.${i % 250}`, minTtl: 0, maxTtl: 255 }] })],
      ]);
      calls.push(['arm', [router, due, 1]]);
    }
    const blocked = agent.sequence(calls, 1_200);
    for (let i = 0; i < 1_500; ++i) wire.send(foreign({ priority: 1 + (i % 250) }));
    wire.send(foreign({ priority: 253 }));
    await blocked;
    await until('all expiries', () => agent.of('expired').length === 600);
    await until('the last advert', () => agent.of('advert').at(-1)?.priority === 253);
    const { eventsDropped } = await agent.engine.stats();
    assert.equal(agent.of('advert').length + eventsDropped, (await agent.engine.counters(key)).advertReceived);
    assert.equal(new Set(agent.of('expired').map((event) => event.key)).size, 600);
  });
});
