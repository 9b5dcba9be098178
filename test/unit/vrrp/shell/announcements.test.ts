import assert from 'node:assert/strict';
import { type Family, ip } from '../../../../lib/base/address.ts';
import { type Micros, micros, seconds } from '../../../../lib/base/time.ts';
import type { AnnouncePlan, Link } from '../../../../lib/native/surface.ts';
import { announce } from '../../../../lib/vrrp/shell/announcements.ts';
import { createNetworkView } from '../../../../lib/vrrp/shell/network-view.ts';
import type { Router, RouterDeps } from '../../../../lib/vrrp/shell/router.ts';
import { instance, virtualAddress } from '../../../support/configs.ts';
import { link as fakeLink } from '../../../support/fake-native.ts';

const link: Link = fakeLink(2, 'eth0', { flags: 0x1043, mac: new Uint8Array([2, 0, 0, 0, 0, 1]), linkKind: '' });

interface Announced {
  readonly plans: AnnouncePlan[];
  readonly lines: string[];
}

/** A burst of two rounds over an IPv6 address, an IPv4 one and an IPv6 one. */
function burst(pacing: Readonly<Record<Family, Micros>>, forwards: boolean): Announced {
  const plans: AnnouncePlan[] = [];
  const lines: string[] = [];
  const view = createNetworkView();
  view.setLink(link);
  const deps = {
    view,
    engine: { announce: (_key: number, plan: AnnouncePlan) => plans.push(plan) },
    log: { detailLevel: 1, detail: (line: string) => lines.push(line) },
    pacing: (family: Family) => pacing[family],
    forwards: () => forwards,
  } as unknown as RouterDeps;
  const config = instance({
    family: 6,
    version: 3,
    mcast_dst_ip: ip('ff02::12'),
    virtual_ipaddress: [virtualAddress('fe80::77:1')],
    virtual_ipaddress_excluded: [virtualAddress('192.0.2.100'), virtualAddress('fd00::1')],
  });
  announce(deps, { key: 1, config, ticket: 7 } as Router, 2, micros(0));
  return { plans, lines };
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
        [seconds(1), ['192.0.2.100'], 2, 7],
        [seconds(2), ['fe80::77:1', 'fd00::1'], 2, 7],
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
      '(VI_1) Sending/queueing gratuitous ARPs on eth0 for 192.0.2.100',
      '(VI_1) Sending/queueing Unsolicited Neighbour Adverts on eth0 for fd00::1',
      'Sending unsolicited Neighbour Advert on eth0 for fe80::77:1',
    ]);
    assert.equal(lines.filter((line) => line.startsWith('Sending gratuitous ARP on eth0')).length, 2);
  });
});
