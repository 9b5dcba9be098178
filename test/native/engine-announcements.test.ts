// SPDX-License-Identifier: MIT
// Gratuitous ARP and NA bursts: counts, start, pacing, waiting for addresses.

import assert from 'node:assert/strict';
import { micros } from '../../lib/base/time.ts';
import type { Announcement, AnnouncePlan, EngineStats } from '../../lib/native/surface.ts';
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
  type Wire,
} from './engine-lan.ts';

describe('the engine announces', function () {
  this.timeout(20_000);
  let lan: Lan;
  let agent: Agent;
  let wire: Wire;
  let endpoint: number;
  const key = 5;

  beforeEach(async () => {
    lan = await createLan();
    agent = await lan.agent('a');
    wire = lan.wire('b');
    endpoint = await agent.engine.openEndpoint(multicast(lan.a.ifindex));
    await agent.engine.addRouter(key, endpoint, 51, expectation());
  });
  afterEach(async () => lan.destroy());

  const announcement = (address: string): Announcement => ({
    ifindex: lan.a.ifindex,
    address,
    mac: Uint8Array.from([2, 0, 0, 0, 0, 1]),
    router: false,
  });
  const plan = (changes: Partial<AnnouncePlan> = {}): AnnouncePlan => ({
    announcements: [announcement('192.0.2.100'), announcement('192.0.2.101')],
    repeat: 5,
    at: micros(0),
    afterTicket: 0,
    slot: 0,
    pacing: micros(0),
    clock: 1,
    ...changes,
  });

  it('every address in every round, in order', async () => {
    await agent.engine.announce(key, plan());
    await until('10 frames', () => wire.announcements().length >= 10);
    assert.deepEqual(
      wire.announcements().map((seen) => seen.what.source),
      Array.from({ length: 10 }, (_, i) => `192.0.2.${100 + (i % 2)}`),
    );
    await until('the count', async () => (await agent.engine.stats()).announcementsSent === 10);
  });

  it('a neighbour advertisement for an IPv6 address', async () => {
    await agent.engine.announce(key, plan({ announcements: [announcement('2001:db8::100')], repeat: 3 }));
    await until('3 frames', () => wire.announcements().length >= 3);
    assert.ok(wire.announcements().every((seen) => seen.what.kind === 'na' && seen.what.checksumOk));
  });

  it('first burst now and the second one at its time', async () => {
    const at = later(300);
    await agent.engine.announce(key, plan());
    await agent.engine.announce(key, plan({ at }));
    await until('both bursts', () => wire.announcements().length >= 20);
    const second = wire.announcements()[10];
    assert.ok(second && second.at >= at && second.at - at < tolerance, `${(second?.at ?? 0) - at} µs late`);
  });

  it('with a gap between frames of one interface, over several plans', async () => {
    const pacing = micros(20_000);
    await agent.sequence([
      ['announce', [key, plan({ repeat: 3, pacing })]],
      ['announce', [key, plan({ repeat: 2, pacing, announcements: [announcement('192.0.2.200')] })]],
    ]);
    await until('8 frames', () => wire.announcements().length >= 8);
    // The gap counts from send to send; the tap's clock sees it with what the two sends took.
    assert.ok(Math.min(...gaps(wire.announcements())) > 19_000, `${gaps(wire.announcements())}`);
    assert.ok(Math.max(...gaps(wire.announcements())) < 20_000 + tolerance, `${gaps(wire.announcements())}`);
  });

  it('with a gap for each clock, in turns among the routers that share one', async () => {
    const pacing = micros(20_000);
    const other = key + 1;
    await agent.engine.addRouter(other, endpoint, 52, expectation());
    const at = later(50);
    await agent.sequence([
      ['announce', [key, plan({ at, repeat: 3, pacing, announcements: [announcement('192.0.2.100')] })]],
      ['announce', [other, plan({ at, repeat: 3, pacing, announcements: [announcement('192.0.2.101')] })]],
      ['announce', [key, plan({ at, repeat: 3, pacing, clock: 2, announcements: [announcement('192.0.2.102')] })]],
    ]);
    await until('9 frames', () => wire.announcements().length >= 9);
    const of = (last: number) => wire.announcements().filter((seen) => seen.what.source === `192.0.2.${last}`);
    const shared = wire.announcements().filter((seen) => seen.what.source !== '192.0.2.102');
    assert.deepEqual(
      shared.map((seen) => seen.what.source.slice(-3)),
      ['100', '101', '100', '101', '100', '101'],
    );
    assert.ok(Math.min(...gaps(shared)) > 19_000, `${gaps(shared)}`);
    assert.ok(Math.min(...gaps(of(102))) > 19_000, `${gaps(of(102))}`);
    assert.ok((of(102)[0]?.at ?? 0) - (of(100)[0]?.at ?? 0) < tolerance, 'the other clock does not wait');
  });

  it('no address more often than one burst asks for, however often it is asked, and the last address too', async () => {
    const pacing = micros(5_000);
    const announcements = Array.from({ length: 10 }, (_, i) => announcement(`192.0.2.${100 + i}`));
    const ask: ['announce', readonly unknown[]] = ['announce', [key, plan({ repeat: 2, pacing, announcements })]];
    for (let asked = 0; asked < 4; asked++) {
      await agent.sequence([ask]);
      await until('some more frames', () => wire.announcements().length >= 5 * (asked + 1));
    }
    // Counted where the request is made: between two processes a busy machine would lose frames that still belong to it.
    const { announcementsSent: atLastRequest } = (await agent.sequence([ask, ['stats', []]])) as EngineStats;
    await until('the count stands still', async () => {
      const before = (await agent.engine.stats()).announcementsSent;
      await new Promise((resolve) => setTimeout(resolve, 60));
      return before === (await agent.engine.stats()).announcementsSent;
    });
    const after = (await agent.engine.stats()).announcementsSent - atLastRequest;
    assert.ok(after >= 15 && after <= 21, `${after} frames after the last request, which asks for 20`);
    await until('all frames', () => wire.announcements().length === atLastRequest + after);
    for (const one of announcements)
      assert.ok(
        wire.announcements().some((seen) => seen.what.source === one.address),
        one.address,
      );
  });

  it('only the last of several bursts that are still to come in the same slot', async () => {
    await agent.engine.addRouter(key + 1, endpoint, 52, expectation());
    const burst = (milliseconds: number, slot: number) => plan({ at: later(milliseconds), slot, repeat: 1 });
    await agent.sequence([
      ['announce', [key, burst(100, 1)]],
      ['announce', [key, burst(110, 1)]],
      ['announce', [key, burst(120, 2)]],
      ['announce', [key + 1, burst(130, 1)]],
    ]);
    await until('three bursts', () => wire.announcements().length >= 6);
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(wire.announcements().length, 6);
  });

  it('paced for 255 routers on one interface, all of them, beside adverts that stay on time', async () => {
    const near = lan.wire('a');
    await agent.engine.advertise(key, frame(), micros(10_000), 0);
    await until('adverts', () => near.adverts().length > 3);
    const pacing = micros(1_000);
    const routers = Array.from({ length: 255 }, (_, i) => i + 1);
    await agent.sequence(routers.map((n) => ['addRouter', [100 + n, endpoint, n, expectation()]] as const));
    const at = later(300);
    await agent.sequence(
      routers.map((n) => ['announce', [100 + n, plan({ at, repeat: 2, pacing, announcements: [announcement(`192.0.2.${n}`)] })]] as const),
    );
    await until('510 frames', () => near.announcements().length >= 510, { within: 10_000 });
    const seen = near.announcements();
    assert.equal(seen.length, 510);
    // A round over everybody before anybody's second frame.
    assert.equal(new Set(seen.slice(0, 255).map((s) => s.what.source)).size, 255);
    const tooClose = gaps(seen).filter((gap) => gap < 900);
    assert.ok(tooClose.length <= 5, `${tooClose.length} gaps under 0.9 ms: ${tooClose}`);
    assertPunctual(near.adverts(), 10_000);
  });

  it('as fast as it can with a gap shorter than a send, and does not starve the rest', async () => {
    await agent.engine.advertise(key, frame(), micros(10_000), 0);
    await agent.engine.announce(key, plan({ repeat: 1000, pacing: micros(1) }));
    await until('all frames', async () => (await agent.engine.stats()).announcementsSent === 2_000);
    await until('adverts', () => wire.adverts().length > 10);
    assertPunctual(wire.adverts(), 10_000);
  });

  it('nothing more after cancelAnnouncements', async () => {
    await agent.sequence([
      ['announce', [key, plan({ at: later(50) })]],
      ['announce', [key, plan({ pacing: micros(10_000) })]],
    ]);
    await until('the first frame', () => wire.announcements().length > 0);
    await agent.engine.cancelAnnouncements(key);
    await agent.engine.stats();
    await new Promise((resolve) => setTimeout(resolve, 30));
    const before = wire.announcements().length;
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(wire.announcements().length, before);
    assert.ok(before < 10);
  });

  it('after the addresses are there, and after the advert', async () => {
    const address = native.encodeAddress('add', {
      family: 4,
      ifindex: lan.a.ifindex,
      address: '192.0.2.100',
      prefixLength: 32,
      peer: '',
      broadcast: '',
      label: '',
      scope: 0,
      flags: 0,
      preferredLifetime: 0xffffffff,
    });
    await agent.sequence([
      ['advertise', [key, frame(), micros(1_000_000), 0]],
      ['submitNetlink', [1, [address]]],
      ['announce', [key, plan({ afterTicket: 1 })]],
    ]);
    await until('the burst', () => wire.announcements().length >= 10);
    await until('the answer', () => agent.of('netlink_done').length === 1);
    const [advert] = wire.adverts();
    const [first] = wire.announcements();
    const [done] = agent.of('netlink_done');
    assert.ok(advert && first && done);
    assert.deepEqual(done.errors, [0]);
    assert.ok(advert.at < first.at, 'the advert goes first');
    // Acknowledged in time, or a millisecond passed.
    assert.ok(first.at >= Math.min(done.at, advert.at + 1_000), `announced ${done.at - first.at} µs before the address was there`);
    assert.ok(first.at - advert.at < 1_000 + tolerance, `${first.at - advert.at} µs after the advert`);
  });

  it('without waiting for a ticket that is done already or was never given', async () => {
    await agent.engine.announce(key, plan({ afterTicket: 77 }));
    await until('the burst', () => wire.announcements().length >= 10);
  });

  it('adverts on time beside 4,000 frames back to back', async () => {
    // At the sender: how long the flooded other end takes to receive is not the engine's doing.
    const near = lan.wire('a');
    await agent.engine.advertise(key, frame(), micros(10_000), 0);
    await until('adverts', () => near.adverts().length > 3);
    const many = Array.from({ length: 200 }, (_, i) => announcement(`192.0.2.${i}`));
    await agent.engine.announce(key, plan({ announcements: many, repeat: 20 }));
    await until('all frames', async () => (await agent.engine.stats()).announcementsSent === 4_000);
    await until('adverts after it', () => near.adverts().length > 10);
    assertPunctual(near.adverts(), 10_000);
  });
});
