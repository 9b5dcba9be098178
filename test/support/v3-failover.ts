// SPDX-License-Identifier: MIT
// One scenario of VRRPv3, played for each pair of daemons by multicast and by unicast: the better router preempts, dies,
// comes back and leaves with a farewell. The files of test/topo say for which family.

import assert from 'node:assert/strict';
import { type Kind, pairings, untilLogged } from './daemon.ts';
import { down3, skew3 } from './formula.ts';
import { assertWellFormed } from './judge.ts';
import { adverts, createLan, createStage, first, garps, last, neighborAdverts, now, type Recording } from './lan.ts';
import { assertSpan, assertSteady, tolerance } from './timing.ts';
import { until } from './until.ts';

export interface Family {
  /** Of a and b; b's are higher. IPv6: link-locals. */
  readonly multicast: readonly [string, string];
  readonly unicast: readonly [string, string];
  /** Lines of virtual_ipaddress. */
  readonly addresses: readonly string[];
  /** The one that moves before our eyes. */
  readonly vip: string;
  readonly ipv6: readonly [readonly string[], readonly string[]];
}

type Cast = 'multicast' | 'unicast';
type Pair = readonly [Kind, Kind];

interface Played extends Recording {
  readonly killed: number;
  readonly returned: number;
  readonly stopped: number;
  readonly end: number;
}

const interval = 0.5;
const [high, low] = [150, 100];

/** An instance of VRRPv3; `cast` are lines that say how it sends. */
export function v3Configuration(priority: number, advertInt: number, addresses: readonly string[], cast = ''): string {
  return `vrrp_instance VI_3 {
  state BACKUP
  interface eth0
  version 3
  virtual_router_id 61
  priority ${priority}
  advert_int ${advertInt}
  garp_master_delay 1
${cast}
  virtual_ipaddress {
${addresses.map((a) => `    ${a}\n`).join('')}  }
}
`;
}

function castLines(family: Family, cast: Cast, own: 0 | 1): string {
  if (cast === 'multicast') return '';
  return `  unicast_src_ip ${family.unicast[own]}
  unicast_peer {
    ${family.unicast[1 - own]}
  }`;
}

async function play(family: Family, cast: Cast, pair: Pair): Promise<Played> {
  const router = (own: 0 | 1) => ({
    name: own === 0 ? 'a' : 'b',
    kind: pair[own],
    address: `192.0.2.${11 + own}/24`,
    ipv6: family.ipv6[own],
    configuration: v3Configuration(own === 0 ? high : low, interval, family.addresses, castLines(family, cast, own)),
  });
  const lan = await createLan({ ifname: 'eth0', client: '192.0.2.200/24', routers: [router(0), router(1)] });
  try {
    const [one, two] = [lan.router('a'), lan.router('b')];
    const { vip } = family;
    two.start();
    await two.untilHolds(vip);
    one.start();
    await one.untilHolds(vip);
    await two.untilReleased(vip);
    const settled = now();
    await until('a has advertised for a while', () => now() > settled + 2.2 * interval);
    const killed = now();
    await one.daemon.kill();
    await two.untilHolds(vip);
    const returned = now();
    const again = one.start();
    await untilLogged(again, /Entering MASTER STATE/);
    await two.untilReleased(vip);
    await one.untilHolds(vip);
    const stopped = now();
    await one.daemon.stop();
    await two.untilHolds(vip);
    assert.ok(!(await one.holds(vip)));
    const over = now();
    await until('the announcements are out', () => now() > over + 1);
    return { ...(await lan.recording()), killed, returned, stopped, end: now() };
  } finally {
    await lan.destroy();
  }
}

/** Declares the tests of one family; at the top of a `describe`. */
export function describeFailovers(family: Family): void {
  const casts: readonly Cast[] = ['multicast', 'unicast'];
  const cases = casts.flatMap((cast) => pairings().map((pair) => ({ cast, pair, name: `${cast}, a ${pair[0]}, b ${pair[1]}` })));
  const played = createStage().play(cases.map((c) => ({ name: c.name, play: () => play(family, c.cast, c.pair) })));
  for (const { cast, pair, name } of cases) {
    describe(name, () => {
      const [a, b] = family[cast];

      it('the better router preempts, and the other is silent at once', () => {
        const { packets, killed } = played(name);
        const takeover = first(adverts(packets, { source: a }), 'advert of a');
        assert.deepEqual(adverts(packets, { source: b, after: takeover.at, before: killed }), []);
        assertSteady(adverts(packets, { source: a, before: killed }), interval, tolerance(pair[0]), 'a');
      });

      it('after kill -9 the other takes over within Active_Down_Interval of the last advert', () => {
        const { packets, killed, returned } = played(name);
        const lastWord = last(adverts(packets, { source: a, before: returned }), 'advert of a');
        const takeover = first(adverts(packets, { source: b, after: killed }), 'advert of b');
        assertSpan(takeover.at - lastWord.at, down3(low, interval), tolerance(pair[1]), 'takeover');
      });

      it('a graceful stop costs Skew_Time', () => {
        const { packets, stopped } = played(name);
        const farewell = first(adverts(packets, { source: a, priority: 0, after: stopped }), 'farewell');
        const takeover = first(adverts(packets, { source: b, after: stopped }), 'advert of b');
        assertSpan(takeover.at - farewell.at, skew3(low, interval), tolerance(pair[1]), 'takeover');
      });

      it('each address is announced five times, and five times more after the delay', () => {
        const { packets, stopped, end } = played(name);
        const takeover = first(adverts(packets, { source: b, after: stopped }), 'advert of b');
        for (const line of family.addresses) {
          const address = line.split('/')[0] ?? '';
          const list = address.includes(':') ? neighborAdverts : garps;
          const sent = list(packets, address, takeover.at - 0.001, end).filter((p) => p.sourceMac === takeover.sourceMac);
          assert.ok(sent.length >= 5 && sent.length <= 10, `${sent.length} announcements of ${address}`);
        }
      });

      it('adverts are what the configuration says, and tshark finds nothing wrong', () => {
        const { packets } = played(name);
        const wanted = family.addresses.map((line) => line.split('/')[0]);
        for (const p of adverts(packets)) {
          assert.equal(p.version, 3);
          assert.equal(p.interval, interval * 100);
          assert.deepEqual(p.addresses, wanted);
        }
        assertWellFormed(packets);
      });
    });
  }
}
