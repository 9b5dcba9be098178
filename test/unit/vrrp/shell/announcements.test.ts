// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { type Family, ip } from '../../../../lib/base/address.ts';
import { add, type Micros, micros, seconds } from '../../../../lib/base/time.ts';
import type { VrrpInstance } from '../../../../lib/config/model.ts';
import type { AnnouncePlan, Link } from '../../../../lib/native/surface.ts';
import {
  announce,
  announceBurst,
  announceExtraInterfaces,
  announcePeriodically,
  announceSource,
  cancelAnnouncements,
  newAnnounceSchedule,
} from '../../../../lib/vrrp/shell/announcements.ts';
import { createNetworkView, type MutableNetworkView } from '../../../../lib/vrrp/shell/network-view.ts';
import type { Router, RouterDeps } from '../../../../lib/vrrp/shell/router.ts';
import { instance, virtualAddress } from '../../../support/configs.ts';
import { link as fakeLink } from '../../../support/fake-native.ts';

const link: Link = fakeLink(2, 'eth0', { flags: 0x1043, mac: new Uint8Array([2, 0, 0, 0, 0, 1]), linkKind: '' });

interface Announced {
  readonly plans: AnnouncePlan[];
  readonly lines: string[];
  readonly deps: RouterDeps;
  readonly router: Router;
  readonly view: MutableNetworkView;
  /** Timers as [due, action]. */
  readonly timers: { at: Micros; run: () => void; cancelled: boolean }[];
  now: Micros;
}

type Pacing = Readonly<Record<Family, Micros>>;
const unpaced: Pacing = { 4: micros(0), 6: micros(0) };
const addresses: Partial<VrrpInstance> = {
  family: 6,
  version: 3,
  mcast_dst_ip: ip('ff02::12'),
  virtual_ipaddress: [virtualAddress('fe80::77:1')],
  virtual_ipaddress_excluded: [virtualAddress('192.0.2.100'), virtualAddress('fd00::1')],
};

function world(pacing: Pacing = unpaced, forwards = false, changes: Partial<VrrpInstance> = addresses): Announced {
  const plans: AnnouncePlan[] = [];
  const lines: string[] = [];
  const timers: Announced['timers'] = [];
  const view = createNetworkView();
  view.setLink(link);
  const deps = {
    view,
    native: { now: () => it.now },
    clock: {
      now: () => it.now,
      after: (delay: Micros, run: () => void) => {
        const timer = { at: add(it.now, delay), run, cancelled: false };
        timers.push(timer);
        return () => {
          timer.cancelled = true;
        };
      },
    },
    engine: { announce: (_key: number, plan: AnnouncePlan) => plans.push(plan), cancelAnnouncements: () => {} },
    log: { detailLevel: 1, detail: (line: string) => lines.push(line) },
    paceOf: (_link: Link, family: Family) => ({ pacing: pacing[family], clock: pacing[family] === 0 ? 0 : family }),
    forwards: () => forwards,
  } as unknown as RouterDeps;
  const config = instance(changes);
  const router = { key: 1, endpoint: 1, config, ticket: 7, ifindex: 2, source: ip('192.0.2.1'), schedule: newAnnounceSchedule() } as Router;
  const it: Announced = { plans, lines, deps, router, view, timers, now: seconds(100) };
  return it;
}

/** A burst of two rounds over an IPv6 address, an IPv4 one and an IPv6 one. */
function burst(pacing: Pacing, forwards: boolean): Announced {
  const it = world(pacing, forwards);
  announce(it.deps, it.router, 2, micros(0));
  return it;
}

/** Runs the earliest timer, at its time. */
function elapse(it: Announced): void {
  const waiting = it.timers.filter((t) => !t.cancelled).sort((a, b) => a.at - b.at);
  const next = waiting[0];
  if (!next) throw new Error('no timer');
  next.cancelled = true;
  it.now = next.at;
  next.run();
}

const addressesOf = (plan: AnnouncePlan | undefined) => plan?.announcements.map((a) => a.address);

describe('a burst of announcements', () => {
  it('goes out in the order of configuration where both families have the same pace', () => {
    const { plans } = burst({ 4: micros(0), 6: micros(0) }, false);
    assert.equal(plans.length, 1);
    assert.deepEqual(addressesOf(plans[0]), ['fe80::77:1', '192.0.2.100', 'fd00::1']);
  });

  it('goes by garp_interval for ARP and by gna_interval for Neighbor Advertisements', () => {
    const { plans } = burst({ 4: seconds(1), 6: seconds(2) }, false);
    assert.deepEqual(
      plans.map((plan) => [plan.pacing, addressesOf(plan), plan.repeat, plan.afterTicket]),
      [
        [seconds(2), ['fe80::77:1', 'fd00::1'], 2, 7],
        [seconds(1), ['192.0.2.100'], 2, 7],
      ],
    );
  });

  it('has the router flag where the interface forwards, never on ARP', () => {
    const flags = (forwards: boolean) => burst({ 4: micros(0), 6: micros(0) }, forwards).plans[0]?.announcements.map((a) => a.router);
    assert.deepEqual(flags(true), [true, false, true]);
    assert.deepEqual(flags(false), [false, false, false]);
  });

  it("is told in keepalived's words: once for each address, then every frame", () => {
    const { lines } = burst({ 4: micros(0), 6: micros(0) }, false);
    assert.deepEqual(lines.slice(0, 4), [
      '(VI_1) Sending/queueing Unsolicited Neighbour Adverts on eth0 for fe80::77:1',
      'Sending unsolicited Neighbour Advert on eth0 for fe80::77:1',
      '(VI_1) Sending/queueing gratuitous ARPs on eth0 for 192.0.2.100',
      'Sending gratuitous ARP on eth0 for 192.0.2.100',
    ]);
    assert.equal(lines.filter((line) => line.startsWith('Sending gratuitous ARP on eth0')).length, 2);
  });
});

const answer = { kind: 'announce', repeat: 3, again: seconds(5), why: 'lower_priority' } as const;

describe('bursts against a router of lower priority', () => {
  it('are two, the second one in the place of a former second one', () => {
    const it = world(unpaced, false, {});
    announceBurst(it.deps, it.router, answer);
    it.now = add(it.now, seconds(1));
    announceBurst(it.deps, it.router, answer);
    assert.deepEqual(
      it.plans.map((p) => [p.at, p.repeat, p.slot]),
      [
        [0, 3, 0],
        [seconds(105), 3, 2],
        [0, 3, 0],
        [seconds(106), 3, 2],
      ],
    );
    announceBurst(it.deps, it.router, { ...answer, why: 'active' });
    assert.equal(it.plans.at(-1)?.slot, 1, 'the second burst of a takeover has another place');
  });

  it('are not sent more often than twice a second, whatever it advertises', () => {
    const it = world(unpaced, false, {});
    for (let heard = 0; heard < 200; heard++) {
      announceBurst(it.deps, it.router, { ...answer, again: micros(0) });
      it.now = add(it.now, micros(10_000));
    }
    assert.equal(it.plans.length, 4);
  });

  it('have an end even where the configuration asks for four thousand million', () => {
    const it = world(unpaced, false, {});
    announceBurst(it.deps, it.router, { ...answer, repeat: 0xffffffff, again: micros(0) });
    assert.equal(it.plans[0]?.repeat, 10_000);
    assert.ok(it.lines.length <= 101, `${it.lines.length} lines`);
  });
});

describe('refresh bursts', () => {
  it('come every so often from their first time on, without making up for what was missed', () => {
    const it = world(unpaced, false, {});
    announcePeriodically(it.deps, it.router, 2, seconds(10), seconds(115));
    elapse(it);
    assert.deepEqual([it.now, it.plans.length, it.plans[0]?.repeat], [seconds(115), 1, 2]);
    elapse(it);
    assert.equal(it.now, seconds(125));
    const late = it.timers.find((t) => !t.cancelled);
    it.now = seconds(160);
    late?.run();
    if (late) late.cancelled = true;
    assert.equal(it.plans.length, 3);
    assert.deepEqual(
      it.timers.filter((t) => !t.cancelled).map((t) => t.at),
      [seconds(165)],
    );
  });

  it('end with everything else that is queued', () => {
    const it = world(unpaced, false, {});
    announcePeriodically(it.deps, it.router, 2, seconds(10), seconds(115));
    announceExtraInterfaces(it.deps, it.router, seconds(10), seconds(115));
    announceBurst(it.deps, it.router, answer);
    cancelAnnouncements(it.deps, it.router);
    assert.deepEqual(
      it.timers.filter((t) => !t.cancelled),
      [],
    );
  });
});

describe('announcements on further interfaces', () => {
  const spread = (all: boolean): Announced => {
    const on = (dev: string | null, address: string) => virtualAddress(address, { dev });
    const virtual_ipaddress = [on(null, '192.0.2.100'), on('eth1', '192.0.2.101'), on('eth1', '192.0.2.102'), on('vrrp.51', '192.0.2.103')];
    const it = world(unpaced, false, { virtual_ipaddress, garp_extra_if: { all, seconds: 10 } });
    it.view.setLink({ ...link, ifindex: 3, name: 'eth1' });
    it.view.setLink({ ...link, ifindex: 4, name: 'vrrp.51', linkKind: 'macvlan', parentIndex: 2 });
    announceExtraInterfaces(it.deps, it.router, seconds(10), seconds(115));
    elapse(it);
    return it;
  };

  it('are one for each VMAC that sends no adverts', () => {
    assert.deepEqual(
      spread(false).plans.map((p) => [addressesOf(p), p.repeat]),
      [[['192.0.2.103'], 1]],
    );
  });

  it('are one for each interface with `all`, but for the one that advertises', () => {
    assert.deepEqual(
      spread(true).plans.map((p) => addressesOf(p)),
      [['192.0.2.101', '192.0.2.103']],
    );
  });
});

describe('the own source address', () => {
  it('is announced by a unicast router, once', () => {
    const peer = { ip: ip('192.0.2.2'), min_ttl: 0, max_ttl: 255 };
    const it = world(unpaced, false, { unicast_peer: [peer] });
    announceSource(it.deps, it.router);
    assert.deepEqual(
      it.plans.map((p) => [addressesOf(p), p.repeat]),
      [[['192.0.2.1'], 1]],
    );
    assert.deepEqual(it.lines, ['VI_1: sending gratuitous ARP for 192.0.2.1', 'Sending gratuitous ARP on eth0 for 192.0.2.1']);
  });

  it('is not announced by a multicast router', () => {
    const it = world(unpaced, false, {});
    announceSource(it.deps, it.router);
    assert.deepEqual(it.plans, []);
  });
});
