// SPDX-License-Identifier: MIT
// Elections with FRR's vrrpd, VRRPv3 over IPv4 and IPv6 at the same time: it takes over from us, and we from it.

import assert from 'node:assert/strict';
import { down3, skew3 } from '../support/formula.ts';
import { type Frr, prepareFrr } from '../support/frr.ts';
import { assertWellFormed } from '../support/judge.ts';
import { adverts, createLan, createStage, first, type Lan, last, now, type Recording } from '../support/lan.ts';
import { assertSpan, tolerance } from '../support/timing.ts';
import { until } from '../support/until.ts';

const vrid = 61;
const interval = 0.5;
const ours = { 4: '192.0.2.12', 6: 'fe80::12' } as const;
/** vrrpd sends IPv6 from the virtual link-local address. */
const theirs = { 4: '192.0.2.11', 6: 'fe80::77:1' } as const;
const vips = ['192.0.2.100', 'fd00:77::100'] as const;
const families = [4, 6] as const;

function instance(name: string, addresses: readonly string[]): string {
  return `vrrp_instance ${name} {
  state BACKUP
  interface eth0
  version 3
  virtual_router_id ${vrid}
  priority 100
  advert_int ${interval}
  virtual_ipaddress {
    ${addresses.join('\n    ')}
  }
}
`;
}

function lanWithFrr(): Promise<Lan> {
  return createLan({
    ifname: 'eth0',
    client: '192.0.2.200/24',
    routers: [
      // Of this one only the host is used: FRR runs on it.
      { name: 'frr', kind: 'ka-ts', address: '192.0.2.11/24', ipv6: ['fe80::11/64'], configuration: '' },
      {
        name: 'b',
        kind: 'ka-ts',
        address: '192.0.2.12/24',
        ipv6: ['fe80::12/64'],
        configuration: instance('V4', ['192.0.2.100/24']) + instance('V6', ['fe80::77:1/64', 'fd00:77::100/64']),
      },
    ],
  });
}

async function startFrr(lan: Lan, priority: number): Promise<Frr> {
  const router = {
    vrid,
    version: 3,
    priority,
    preempt: true,
    interval,
    ipv4: ['192.0.2.100/24'],
    ipv6: ['fe80::77:1/64', 'fd00:77::100/64'],
  } as const;
  const frr = await prepareFrr(lan.router('frr').host, lan.network.directory, { ifname: 'eth0', routers: [router] });
  await frr.start();
  return frr;
}

interface PlayedBetter extends Recording {
  readonly started: number;
  readonly killed: number;
}

/** FRR with priority 150 comes to our 100, and dies. */
async function playBetterPeer(): Promise<PlayedBetter> {
  const lan = await lanWithFrr();
  try {
    const us = lan.router('b');
    us.start();
    for (const vip of vips) await us.untilHolds(vip);
    const started = now();
    const frr = await startFrr(lan, 150);
    for (const vip of vips) await us.untilReleased(vip);
    const settled = now();
    await until('FRR has advertised for a while', () => now() > settled + 2.2 * interval);
    const killed = now();
    await frr.kill();
    for (const vip of vips) await us.untilHolds(vip);
    return { ...(await lan.recording()), started, killed };
  } finally {
    await lan.destroy();
  }
}

interface PlayedWorse extends Recording {
  readonly tookOver: number;
  readonly stopped: number;
}

/** FRR with priority 50 is there first; we come, preempt, and leave with a farewell. */
async function playWorsePeer(): Promise<PlayedWorse> {
  const lan = await lanWithFrr();
  try {
    const us = lan.router('b');
    await startFrr(lan, 50);
    const started = now();
    await until('FRR is active, and has advertised', () => now() > started + down3(50, interval) + 3 * interval);
    us.start();
    for (const vip of vips) await us.untilHolds(vip);
    const tookOver = now();
    await until('FRR would have answered', () => now() > tookOver + 3 * interval);
    const stopped = now();
    await us.daemon.stop();
    await until('FRR has taken over', () => now() > stopped + skew3(50, interval) + 3 * interval);
    return { ...(await lan.recording()), tookOver, stopped };
  } finally {
    await lan.destroy();
  }
}

describe('with FRR as the peer', () => {
  const stage = createStage();
  const better = stage.play([{ name: 'better', play: playBetterPeer }]);
  const worse = stage.play([{ name: 'worse', play: playWorsePeer }]);

  for (const family of families) {
    describe(`VRRPv3 over IPv${family}`, () => {
      it('we yield to its higher priority at once', () => {
        const { packets, started, killed } = better('better');
        const takeover = first(adverts(packets, { source: theirs[family], priority: 150, after: started }), 'advert of FRR');
        assert.deepEqual(adverts(packets, { source: ours[family], after: takeover.at, before: killed }), []);
      });

      it('when it is killed we take over after our Active_Down_Interval', () => {
        const { packets, killed } = better('better');
        const lastWord = last(adverts(packets, { source: theirs[family], priority: 150 }), 'advert of FRR');
        const takeover = first(adverts(packets, { source: ours[family], after: killed }), 'our advert');
        assertSpan(takeover.at - lastWord.at, down3(100, interval), tolerance('ka-ts'), 'takeover');
      });

      it('it understands ours and yields to our higher priority', () => {
        const { packets, tookOver, stopped } = worse('worse');
        assert.ok(adverts(packets, { source: theirs[family], priority: 50, before: tookOver }).length > 0, 'FRR was active first');
        const after = adverts(packets, { source: theirs[family], priority: 50, after: tookOver + interval, before: stopped });
        assert.deepEqual(after, []);
      });

      it('it takes our farewell for what it is', () => {
        const { packets, stopped } = worse('worse');
        const farewell = first(adverts(packets, { source: ours[family], priority: 0, after: stopped }), 'farewell');
        const takeover = first(adverts(packets, { source: theirs[family], priority: 50, after: farewell.at }), 'advert of FRR');
        const took = takeover.at - farewell.at;
        // vrrpd sends its first IPv6 advert while its interface still comes up: the one that is seen is the second.
        const lost = family === 6 && took > skew3(50, interval) + interval / 2 ? 1 : 0;
        assertSpan(took, skew3(50, interval) + lost * interval, tolerance('keepalived'), 'takeover');
      });
    });
  }

  it('tshark finds nothing wrong with any packet of ours', () => {
    for (const { packets } of [better('better'), worse('worse')]) {
      const own = packets.filter((p) => p.source === ours[4] || p.source === ours[6]);
      assert.ok(own.length > 10);
      assertWellFormed(own);
    }
  });
});
