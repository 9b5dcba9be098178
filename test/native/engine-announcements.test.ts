// Gratuitous ARP and NA bursts: counts, start, pacing, waiting for addresses.

import assert from 'node:assert/strict';
import { micros } from '../../lib/base/time.ts';
import type { Announcement, AnnouncePlan } from '../../lib/native/surface.ts';
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
  const key = 5;

  beforeEach(async () => {
    lan = await createLan();
    agent = await lan.agent('a');
    wire = lan.wire('b');
    const endpoint = await agent.engine.openEndpoint(multicast(lan.a.ifindex));
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
    pacing: micros(0),
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
