// SPDX-License-Identifier: MIT
// The scenario "Two proxies" with the configuration files as people wrote them, its whole time line.

import assert from 'node:assert/strict';
import type { LogLine } from '../../lib/lab/daemon.ts';
import { startStandIn } from '../../lib/lab/stand-in.ts';
import { type Kind, pairings, untilLogged } from '../support/daemon.ts';
import { down, skew } from '../support/formula.ts';
import { assertWellFormed } from '../support/judge.ts';
import { adverts, createLan, createStage, first, garps, last, now, type Recording } from '../support/lan.ts';
import { scenarioFile } from '../support/shared.ts';
import { assertOwnInterval, assertSpan, assertSteady, tolerance } from '../support/timing.ts';
import { until } from '../support/until.ts';

const lb1 = '192.168.56.11';
const lb2 = '192.168.56.12';
const vip = '192.168.56.15';

/** Moments of the play, Unix time in seconds. */
interface Played extends Recording {
  readonly lb2Started: number;
  readonly haproxyEnded: number;
  readonly lb2Stopped: number;
  readonly lb2Returned: number;
  /** First words of the returned lb2. */
  readonly lb2Ready: LogLine;
  readonly end: number;
  /** Who had the address after each step. */
  readonly holders: readonly string[];
}

async function play(kinds: readonly [Kind, Kind]): Promise<Played> {
  const lan = await createLan({
    ifname: 'enp0s8',
    client: '192.168.56.100/24',
    routers: [
      { name: 'lb1', kind: kinds[0], address: `${lb1}/24`, configuration: scenarioFile('two-proxies-lb1.conf') },
      { name: 'lb2', kind: kinds[1], address: `${lb2}/24`, configuration: scenarioFile('two-proxies-lb2.conf') },
    ],
  });
  try {
    const [one, two] = [lan.router('lb1'), lan.router('lb2')];
    const holders: string[] = [];
    const note = async () => {
      const have = [];
      for (const [name, router] of [
        ['lb1', one],
        ['lb2', two],
      ] as const)
        if (await router.holds(`${vip}/32`)) have.push(name);
      holders.push(have.join('+'));
    };
    const haproxy = startStandIn(one.host, 'haproxy', lan.network.directory);
    startStandIn(two.host, 'haproxy', lan.network.directory);
    await until('haproxy runs', async () => (await one.host.run(['killall', '-0', 'haproxy'])).status === 0);

    one.start();
    await one.untilHolds(vip);
    const lb2Started = now();
    two.start();
    await untilLogged(two.daemon, /Entering BACKUP STATE/);
    // It must stay silent for longer than its own down interval: only time can show that.
    await until('lb2 could have taken over twice', () => now() > lb2Started + 2 * down(101) - 1);
    await note();

    const haproxyEnded = now();
    haproxy.end();
    await untilLogged(two.daemon, /Entering MASTER STATE/, { within: 15_000 });
    const took = now();
    await one.untilReleased(vip);
    await note();
    await until('the second burst is over', () => now() > took + 5.3);

    const lb2Stopped = now();
    const oneLine = one.daemon.lines.length;
    await two.daemon.stop();
    await untilLogged(one.daemon, /Entering MASTER STATE/, { from: oneLine });
    await one.untilHolds(vip);
    await note();
    await until('the second burst is over', () => now() > lb2Stopped + 0.61 + 5.3);

    const lb2Returned = now();
    two.start();
    const lb2Ready = await untilLogged(two.daemon, /Entering BACKUP STATE/);
    await untilLogged(two.daemon, /Entering MASTER STATE/);
    const back = now();
    await one.untilReleased(vip);
    await note();
    await until('the second burst is over', () => now() > back + 5.3);
    const end = now();
    return { ...(await lan.recording()), lb2Started, haproxyEnded, lb2Stopped, lb2Returned, lb2Ready, end, holders };
  } finally {
    await lan.destroy();
  }
}

describe('two proxies', () => {
  const played = createStage().play(pairings().map((kinds) => ({ name: kinds.join('/'), play: () => play(kinds) })));

  for (const [one, two] of pairings()) {
    describe(`lb1 ${one}, lb2 ${two}`, () => {
      const recorded = () => played(`${one}/${two}`);

      it('lb1 alone sends VRRPv2, VRID 51, priority 102, a password and 20 bytes once a second', () => {
        const { packets, haproxyEnded } = recorded();
        // The first may still carry the priority from before the first result of the script.
        const list = adverts(packets, { source: lb1, before: haproxyEnded });
        assert.ok(list.length >= 5, `${list.length} adverts`);
        for (const p of list) {
          assert.deepEqual([p.version, p.vrid, p.authType, p.interval, p.ipLength], [2, 51, 1, 1, 40]);
          assert.deepEqual([p.priority, p.authString, p.destination, p.addresses], [102, '123456', '224.0.0.18', [vip]]);
        }
        assertSteady(list, 1, tolerance(one), 'lb1');
      });

      it('lb2 sends nothing while it hears 102', () => {
        const { packets, lb2Started, haproxyEnded, holders } = recorded();
        assert.deepEqual(adverts(packets, { source: lb2, before: haproxyEnded }), []);
        assert.ok(haproxyEnded - lb2Started > down(101));
        assert.equal(holders[0], 'lb1');
      });

      it('lb1 advertises 100 when haproxy has ended there', () => {
        const { packets, haproxyEnded } = recorded();
        const lower = first(adverts(packets, { source: lb1, priority: 100 }), 'advert with 100');
        // The script runs every 2 s; the next advert is at most another second away.
        assert.ok(lower.at - haproxyEnded < 3.1, `${lower.at - haproxyEnded} s`);
      });

      it('lb2 takes over at 3 + (256 - 101)/256 s after the last advert with 102, and lb1 falls silent', () => {
        const { packets, haproxyEnded, lb2Stopped, holders } = recorded();
        const high = last(adverts(packets, { source: lb1, priority: 102 }), 'advert with 102');
        const takeover = first(adverts(packets, { source: lb2, after: haproxyEnded }), 'advert of lb2');
        assert.equal(takeover.priority, 101);
        assertSpan(takeover.at - high.at, down(101), tolerance(two), 'takeover');
        assert.deepEqual(adverts(packets, { source: lb1, after: takeover.at, before: lb2Stopped }), []);
        assert.equal(holders[1], 'lb2');
      });

      it('lb2 announces the address 5 times at once and 5 times 5 s later', () => {
        const { packets, haproxyEnded, lb2Stopped } = recorded();
        const takeover = first(adverts(packets, { source: lb2, after: haproxyEnded }), 'advert of lb2');
        assertBursts(recorded(), takeover.at, lb2Stopped, two);
        assertSteady(
          adverts(packets, { source: lb2, after: haproxyEnded, before: lb2Stopped - 0.001, priority: 101 }),
          1,
          tolerance(two),
          'lb2',
        );
      });

      it('lb2 says farewell with one priority 0, and lb1 takes over after (256 - 100)/256 s', () => {
        const { packets, lb2Stopped, lb2Returned, holders } = recorded();
        const farewells = adverts(packets, { source: lb2, priority: 0, after: lb2Stopped });
        assert.equal(farewells.length, 1);
        const takeover = first(adverts(packets, { source: lb1, after: lb2Stopped }), 'advert of lb1');
        assert.equal(takeover.priority, 100);
        assertSpan(takeover.at - first(farewells, 'farewell').at, skew(100), tolerance(one), 'takeover');
        assertBursts(recorded(), takeover.at, lb2Returned, one);
        assert.equal(holders[2], 'lb1');
      });

      it('lb2 returns and takes over after its own 3.6 s; lb1 goes quiet at once', () => {
        const { packets, lb2Returned, lb2Ready, end, holders, epoch } = recorded();
        const takeover = first(adverts(packets, { source: lb2, after: lb2Returned }), 'advert of lb2');
        assert.equal(takeover.priority, 101);
        assertOwnInterval(takeover.at, lb2Returned, epoch(lb2Ready), down(101), tolerance(two));
        assert.deepEqual(adverts(packets, { source: lb1, after: takeover.at }), []);
        assertBursts(recorded(), takeover.at, end, two);
        assert.equal(holders[3], 'lb2');
      });

      it('tshark finds nothing wrong with any packet', () => assertWellFormed(recorded().packets));
    });
  }
});

function assertBursts(recording: Recording, takeover: number, until: number, kind: Kind): void {
  const list = garps(recording.packets, vip, takeover, until);
  assert.equal(list.length, 10, `${list.length} gratuitous ARPs`);
  for (const p of list.slice(0, 5)) assertSpan(p.at - takeover, 0, tolerance(kind), 'first burst');
  for (const p of list.slice(5)) assertSpan(p.at - takeover, 5, tolerance(kind), 'second burst');
}
