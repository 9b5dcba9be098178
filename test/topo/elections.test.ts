// SPDX-License-Identifier: MIT
// Elections between two routers: preemption, nopreempt, equal priorities, graceful stop and kill -9, for every pair of daemons.

import assert from 'node:assert/strict';
import type { LogLine } from '../../lib/lab/daemon.ts';
import { type Kind, pairings, untilLogged } from '../support/daemon.ts';
import { down, skew } from '../support/formula.ts';
import { assertWellFormed } from '../support/judge.ts';
import { adverts, createLan, createStage, first, garps, type Lan, last, now, type Recording } from '../support/lan.ts';
import { assertOwnInterval, assertSpan, assertSteady, tolerance } from '../support/timing.ts';
import { until } from '../support/until.ts';

type Pair = readonly [Kind, Kind];

/** The second has the higher address. */
const a = '192.0.2.11';
const b = '192.0.2.12';
const vip = '192.0.2.100';

function configuration(priority: number, extra = ''): string {
  return `vrrp_instance VI_1 {
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority ${priority}
  advert_int 1
  ${extra}
  authentication {
    auth_type PASS
    auth_pass secret
  }
  virtual_ipaddress {
    ${vip}/24
  }
}
`;
}

function createPair(kinds: Pair, configurations: readonly [string, string]): Promise<Lan> {
  return createLan({
    ifname: 'eth0',
    client: '192.0.2.200/24',
    routers: [
      { name: 'a', kind: kinds[0], address: `${a}/24`, configuration: configurations[0] },
      { name: 'b', kind: kinds[1], address: `${b}/24`, configuration: configurations[1] },
    ],
  });
}

interface PlayedPreemption extends Recording {
  readonly aStarted: number;
  /** Its first words. */
  readonly aReady: LogLine;
  readonly aKilled: number;
  readonly aReturned: number;
  readonly end: number;
  readonly cleanedUp: boolean;
}

/** b alone is Active; a with the higher priority takes over, is killed as by a power cut, and returns to its own remains. */
async function playPreemption(kinds: Pair): Promise<PlayedPreemption> {
  const lan = await createPair(kinds, [configuration(150), configuration(100)]);
  try {
    const [one, two] = [lan.router('a'), lan.router('b')];
    two.start();
    await two.untilHolds(vip);
    const aStarted = now();
    one.start();
    const aReady = await untilLogged(one.daemon, /Entering BACKUP STATE/);
    await untilLogged(two.daemon, /Master received advert from 192.0.2.11 with higher priority 150, ours 100/);
    await two.untilReleased(vip);
    const took = now();
    await until('a has advertised for a while', () => now() > took + 2.5);
    const aKilled = now();
    await one.daemon.kill();
    await two.untilHolds(vip);
    assert.ok(await one.holds(vip), 'the remains of a killed router are still there');
    const aReturned = now();
    one.start();
    await one.untilReleased(vip, { within: 2_000 });
    const cleanedUp = now() < aReturned + down(150);
    await one.untilHolds(vip);
    await two.untilReleased(vip);
    const back = now();
    await until('b would have advertised', () => now() > back + 1.5);
    return { ...(await lan.recording()), aStarted, aReady, aKilled, aReturned, end: now(), cleanedUp };
  } finally {
    await lan.destroy();
  }
}

interface PlayedPatience extends Recording {
  readonly bStopped: number;
}

/** a is better but has nopreempt: it waits until b leaves. */
async function playPatience(kinds: Pair): Promise<PlayedPatience> {
  const lan = await createPair(kinds, [configuration(150, 'nopreempt'), configuration(100)]);
  try {
    const [one, two] = [lan.router('a'), lan.router('b')];
    two.start();
    await two.untilHolds(vip);
    one.start();
    await untilLogged(one.daemon, /Entering BACKUP STATE/);
    const waiting = now();
    await until('a could have taken over', () => now() > waiting + down(150) + 1.5);
    assert.ok(!(await one.holds(vip)) && (await two.holds(vip)));
    const bStopped = now();
    await two.daemon.stop();
    await one.untilHolds(vip);
    assert.ok(!(await two.holds(vip)));
    return { ...(await lan.recording()), bStopped };
  } finally {
    await lan.destroy();
  }
}

interface PlayedTie extends Recording {
  readonly healed: number;
  readonly bStopped: number;
  readonly bReturned: number;
  readonly end: number;
  readonly holders: readonly (readonly [boolean, boolean])[];
}

/** Equal priorities: both Active while they cannot hear each other; together again, the address decides. */
async function playTie(kinds: Pair): Promise<PlayedTie> {
  const lan = await createPair(kinds, [configuration(100), configuration(100)]);
  try {
    const [one, two] = [lan.router('a'), lan.router('b')];
    const holders: (readonly [boolean, boolean])[] = [];
    const note = async () => holders.push([await one.holds(vip), await two.holds(vip)]);
    await lan.network.partition(['a', 'b'], true);
    one.start();
    two.start();
    await one.untilHolds(vip);
    await two.untilHolds(vip);
    await note();
    const healed = now();
    await lan.network.partition(['a', 'b'], false);
    await one.untilReleased(vip, { within: 3_000 });
    await until('a would have come back', () => now() > healed + down(100) + 2);
    await note();
    const bStopped = now();
    await two.daemon.stop();
    await one.untilHolds(vip);
    const bReturned = now();
    two.start();
    await untilLogged(two.daemon, /Entering BACKUP STATE/);
    const waiting = now();
    await until('b could have taken over', () => now() > waiting + down(100) + 1.5);
    await note();
    return { ...(await lan.recording()), healed, bStopped, bReturned, end: now(), holders };
  } finally {
    await lan.destroy();
  }
}

describe('elections', () => {
  const named = (pair: Pair) => pair.join('/');
  const stage = createStage();
  const preemption = stage.play(pairings().map((pair) => ({ name: named(pair), play: () => playPreemption(pair) })));
  const patience = stage.play(pairings().map((pair) => ({ name: named(pair), play: () => playPatience(pair) })));
  const tie = stage.play(pairings().map((pair) => ({ name: named(pair), play: () => playTie(pair) })));

  for (const pair of pairings()) {
    describe(`a ${pair[0]}, b ${pair[1]}`, () => {
      it('the higher priority preempts after its own down interval, and the other yields at once', () => {
        const { packets, aStarted, aReady, aKilled, epoch } = preemption(named(pair));
        const takeover = first(adverts(packets, { source: a }), 'advert of a');
        assertOwnInterval(takeover.at, aStarted, epoch(aReady), down(150), tolerance(pair[0]));
        assert.deepEqual(adverts(packets, { source: b, after: takeover.at, before: aKilled }), []);
        assertSteady(adverts(packets, { source: a, before: aKilled }), 1, tolerance(pair[0]), 'a');
      });

      it('after kill -9 the other takes over 3 + (256 - 100)/256 s after the last advert', () => {
        const { packets, aKilled, aReturned } = preemption(named(pair));
        const lastWord = last(adverts(packets, { source: a, before: aReturned }), 'advert of a');
        assert.equal(lastWord.priority, 150);
        const takeover = first(adverts(packets, { source: b, after: aKilled }), 'advert of b');
        assertSpan(takeover.at - lastWord.at, down(100), tolerance(pair[1]), 'takeover');
        assert.equal(garps(packets, vip, takeover.at, takeover.at + 4).filter((p) => p.sourceMac === takeover.sourceMac).length, 5);
      });

      it('a router that comes back removes the addresses that its killed predecessor left, and preempts', () => {
        const { packets, aReturned, end, cleanedUp } = preemption(named(pair));
        assert.ok(cleanedUp);
        const back = first(adverts(packets, { source: a, after: aReturned }), 'advert of a');
        assert.ok(back.at - aReturned > down(150) - 0.02);
        assert.deepEqual(adverts(packets, { source: b, after: back.at, before: end }), []);
      });

      it('with nopreempt the better router waits until the other leaves, then takes over after its skew time', () => {
        const { packets, bStopped } = patience(named(pair));
        assert.deepEqual(adverts(packets, { source: a, before: bStopped }), []);
        const farewells = adverts(packets, { source: b, priority: 0 });
        assert.equal(farewells.length, 1);
        const takeover = first(adverts(packets, { source: a }), 'advert of a');
        assertSpan(takeover.at - first(farewells, 'farewell').at, skew(150), tolerance(pair[0]), 'takeover');
      });

      it('with equal priorities the lower address yields to the higher, which never pauses', () => {
        const { packets, healed, bStopped, holders } = tie(named(pair));
        assert.deepEqual(holders.slice(0, 2), [
          [true, true],
          [false, true],
        ]);
        const lost = adverts(packets, { source: a, after: healed, before: bStopped });
        assert.ok(lost.length <= 2, `${lost.length} adverts of the loser`);
        const kept = adverts(packets, { source: b, after: healed - 1.5, before: bStopped });
        for (let i = 1; i < kept.length; i++) assert.ok((kept[i]?.at ?? 0) - (kept[i - 1]?.at ?? 0) < 1 + tolerance(pair[1]));
      });

      it('an equal priority never preempts, whatever the address', () => {
        const { packets, bReturned, end, holders } = tie(named(pair));
        assert.deepEqual(adverts(packets, { source: b, after: bReturned, before: end }), []);
        assert.deepEqual(holders[2], [true, false]);
      });

      it('tshark finds nothing wrong with any packet', () => {
        for (const recorded of [preemption, patience, tie]) assertWellFormed(recorded(named(pair)).packets);
      });
    });
  }
});
