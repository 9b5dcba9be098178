// SPDX-License-Identifier: MIT
// "Plain priorities", "Leading zero" and "Unicast" with the configuration files as people wrote them.

import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogLine } from '../../lib/lab/daemon.ts';
import { runOrThrow } from '../../lib/lab/run.ts';
import { type Kind, pairings, untilLogged } from '../support/daemon.ts';
import { down, skew } from '../support/formula.ts';
import { assertWellFormed } from '../support/judge.ts';
import { adverts, createLan, createStage, first, garps, last, now, type Recording } from '../support/lan.ts';
import { scenarioFile } from '../support/shared.ts';
import { assertOwnInterval, assertSpan, assertSteady, tolerance } from '../support/timing.ts';
import { until } from '../support/until.ts';

type Pair = readonly [Kind, Kind];

/** Two routers, the better one leaves and comes back. */
interface Succession {
  readonly ifname: string;
  readonly client: string;
  readonly vip: string;
  readonly better: { readonly address: string; readonly file: string; readonly priority: number };
  readonly other: { readonly address: string; readonly file: string; readonly priority: number };
}

interface PlayedSuccession extends Recording {
  readonly bothRun: number;
  readonly stopped: number;
  readonly returned: number;
  /** The returning router's first words. */
  readonly ready: LogLine;
  readonly end: number;
  /** All addresses of the better one's interface while it is Active. */
  readonly held: readonly string[];
}

const priorities: Succession = {
  ifname: 'eth0',
  client: '192.168.137.100/24',
  vip: '192.168.137.200',
  better: { address: '192.168.137.201', file: 'priorities-node1.conf', priority: 210 },
  other: { address: '192.168.137.202', file: 'priorities-node2.conf', priority: 200 },
};

const leadingZero: Succession = {
  ifname: 'ens160',
  client: '172.16.1.100/24',
  vip: '172.16.1.25',
  better: { address: '172.16.1.23', file: 'nginx-proxy-master.conf', priority: 101 },
  other: { address: '172.16.1.24', file: 'nginx-proxy-backup.conf', priority: 99 },
};

async function playSuccession(s: Succession, kinds: Pair): Promise<PlayedSuccession> {
  const lan = await createLan({
    ifname: s.ifname,
    client: s.client,
    routers: [
      { name: 'node1', kind: kinds[0], address: `${s.better.address}/24`, configuration: scenarioFile(s.better.file) },
      { name: 'node2', kind: kinds[1], address: `${s.other.address}/24`, configuration: scenarioFile(s.other.file) },
    ],
  });
  try {
    const [one, two] = [lan.router('node1'), lan.router('node2')];
    one.start();
    // Their timers are 39 ms apart: started at the same moment, a busy machine would decide.
    await untilLogged(one.daemon, /Entering BACKUP STATE/);
    two.start();
    await one.untilHolds(s.vip);
    const bothRun = now();
    const held = await one.host.addresses(s.ifname);
    await until('some adverts have passed', () => now() > bothRun + 2.2);
    const stopped = now();
    await one.daemon.stop();
    await two.untilHolds(s.vip);
    const returned = now();
    one.start();
    const ready = await untilLogged(one.daemon, /Entering BACKUP STATE/);
    await untilLogged(one.daemon, /Entering MASTER STATE/);
    const back = now();
    await two.untilReleased(s.vip);
    await until('the old one would have advertised again', () => now() > back + 1.5);
    return { ...(await lan.recording()), bothRun, stopped, returned, ready, end: now(), held };
  } finally {
    await lan.destroy();
  }
}

interface PlayedUnicast extends Recording {
  readonly failed: number;
  readonly repaired: number;
  readonly hung: number;
  readonly faultAfterHang: boolean;
  /** Shown by `ip address` while 139 is Active. */
  readonly shown: { readonly label: string; readonly broadcast: string; readonly prefixlen: number };
  /** Lines of each router's notify script. */
  readonly calls: Readonly<Record<string, readonly string[]>>;
  /** Seconds from the first failing run to FAULT, from the first good run to BACKUP. */
  readonly failing: number;
  readonly rising: number;
}

const courier = { a: '100.77.189.139', b: '100.77.189.137', vip: '100.77.189.140', ifname: 'eth0' };

/**
 * The file as written for .139, or its mirror for .137; only the scripts run every second instead of every five, so that
 * «fall 7» can be waited for, and the timeout of 35 s is 4 s.
 */
function courierConfiguration(own: string): string {
  const text = scenarioFile('unicast-courier.conf').replaceAll('interval 5', 'interval 1').replaceAll('timeout 35', 'timeout 4');
  if (own === courier.a) return text;
  return text.replaceAll(courier.a, 'X').replaceAll(courier.b, courier.a).replaceAll('X', courier.b);
}

/** A stand-in for /etc/keepalived on one host: the scripts of the scenario, steered by files in the same folder. */
function courierScripts(): string {
  const folder = mkdtempSync(join(tmpdir(), `ka-test-${process.pid}-etc-`));
  const scripts = {
    'check_script.sh': 'exit 0',
    // hang: sleeps with a child of its own, so that only the end of the whole group ends it.
    'check_network.sh': 'd=/etc/keepalived; date +%s.%N >>$d/runs; [ -e $d/hang ] && { sleep 60; exit 0; }; [ ! -e $d/broken ]',
    'notify.sh': 'echo "$*" >>/etc/keepalived/calls',
  };
  for (const [name, body] of Object.entries(scripts)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, 'calls'), '');
  writeFileSync(join(folder, 'runs'), '');
  return folder;
}

async function playUnicast(kinds: Pair): Promise<PlayedUnicast> {
  if (!existsSync('/etc/keepalived')) mkdirSync('/etc/keepalived');
  const [etcA, etcB] = [courierScripts(), courierScripts()];
  const lan = await createLan({
    ifname: courier.ifname,
    client: '100.77.189.100/24',
    routers: [
      {
        name: 'a',
        kind: kinds[0],
        address: `${courier.a}/24`,
        configuration: courierConfiguration(courier.a),
        binds: [{ source: etcA, target: '/etc/keepalived' }],
      },
      {
        name: 'b',
        kind: kinds[1],
        address: `${courier.b}/24`,
        configuration: courierConfiguration(courier.b),
        binds: [{ source: etcB, target: '/etc/keepalived' }],
      },
    ],
  });
  try {
    const [a, b] = [lan.router('a'), lan.router('b')];
    const lastRun = () => Number(readFileSync(join(etcA, 'runs'), 'utf8').trim().split('\n').at(-1));
    a.start();
    await a.untilHolds(courier.vip, { within: 25_000 });
    type Shown = { addr_info: { local: string; label: string; broadcast: string; prefixlen: number }[] }[];
    const json = JSON.parse(await runOrThrow(['ip', '-n', a.host.netns, '-j', 'address', 'show', 'dev', courier.ifname])) as Shown;
    const shown = first(
      json.flatMap((l) => l.addr_info).filter((x) => x.local === courier.vip),
      courier.vip,
    );
    b.start();
    await untilLogged(b.daemon, /Entering BACKUP STATE/);
    const heard = now();
    await until('b listens', () => now() > heard + 5.5);

    writeFileSync(join(etcA, 'broken'), '');
    const failed = now();
    await untilLogged(a.daemon, /Entering FAULT STATE/, { within: 15_000 });
    const failing = now() - failed;
    await b.untilHolds(courier.vip);
    rmSync(join(etcA, 'broken'));
    const repaired = now();
    const line = a.daemon.lines.length;
    await untilLogged(a.daemon, /Entering BACKUP STATE/, { from: line });
    const rising = now() - repaired;

    // One hanging run at the timeout counts as one failure of seven and must not stop the runs after it.
    const hung = now();
    writeFileSync(join(etcA, 'hang'), '');
    await until('a run hangs', () => lastRun() > hung + 0.05);
    const hanging = lastRun();
    rmSync(join(etcA, 'hang'));
    await until('the script runs again after its timeout', () => lastRun() > hanging + 3.5, { within: 15_000 });
    const faultAfterHang = a.daemon.lines.slice(line).some((l) => /Entering FAULT STATE/.test(l.text));
    // keepalived 2.2.7 was seen to leave the child behind on a busy machine: only ours is held to it.
    if (kinds[0] === 'ka-ts')
      await until('the child of the hanging script is gone', async () => (await a.host.run(['pgrep', '-f', 'sleep 60'])).stdout === '');
    const calls = { a: readLines(join(etcA, 'calls')), b: readLines(join(etcB, 'calls')) };
    const played = { failed, repaired, hung, faultAfterHang, shown, calls, failing, rising };
    return { ...(await lan.recording()), ...played };
  } finally {
    await lan.destroy();
    for (const folder of [etcA, etcB]) rmSync(folder, { recursive: true, force: true });
  }
}

function readLines(file: string): string[] {
  return readFileSync(file, 'utf8').split('\n').filter(Boolean);
}

describe('scenarios', () => {
  const named = (scenario: string, pair: Pair) => `${scenario} ${pair.join('/')}`;
  const successions = { 'plain priorities': priorities, 'leading zero': leadingZero };
  const stage = createStage();
  const played = stage.play(
    pairings().flatMap((pair) =>
      Object.entries(successions).map(([name, s]) => ({ name: named(name, pair), play: () => playSuccession(s, pair) })),
    ),
  );
  const playedUnicast = stage.play(pairings().map((pair) => ({ name: named('unicast', pair), play: () => playUnicast(pair) })));

  for (const [name, s] of Object.entries(successions)) {
    for (const pair of pairings()) {
      describe(named(name, pair), () => {
        const recorded = () => played(named(name, pair));

        it(`priority ${s.better.priority} holds the address as a /32 beside the host's own`, () => {
          assert.deepEqual([...recorded().held].sort(), [`${s.better.address}/24`, `${s.vip}/32`].sort());
          const list = adverts(recorded().packets, { source: s.better.address, before: recorded().stopped });
          assert.ok(list.every((p) => p.priority === s.better.priority && p.addresses[0] === s.vip));
          assertSteady(list, 1, tolerance(pair[0]), 'node1');
        });

        it(`the other takes over (256 - ${s.other.priority})/256 s after the farewell`, () => {
          const { packets, stopped } = recorded();
          const farewell = first(adverts(packets, { source: s.better.address, priority: 0, after: stopped }), 'farewell');
          const takeover = first(adverts(packets, { source: s.other.address, after: stopped }), 'takeover');
          assert.equal(takeover.priority, s.other.priority);
          assertSpan(takeover.at - farewell.at, skew(s.other.priority), tolerance(pair[1]), 'takeover');
          assert.equal(garps(packets, s.vip, takeover.at, takeover.at + 4).filter((p) => p.sourceMac === takeover.sourceMac).length, 5);
        });

        it('the better one takes the address back when it returns, and the other is silent from then on', () => {
          const { packets, returned, ready, end, epoch } = recorded();
          const back = first(adverts(packets, { source: s.better.address, after: returned }), 'return');
          assertOwnInterval(back.at, returned, epoch(ready), down(s.better.priority), tolerance(pair[0]));
          assert.deepEqual(adverts(packets, { source: s.other.address, after: back.at, before: end }), []);
        });

        it('tshark finds nothing wrong with any packet', () => assertWellFormed(recorded().packets));
      });
    }
  }

  for (const pair of pairings())
    it(`virtual_router_id 09 is VRID 9 (${pair.join('/')})`, () => {
      for (const p of adverts(played(named('leading zero', pair)).packets)) assert.equal(p.vrid, 9);
    });

  for (const pair of pairings()) {
    describe(named('unicast', pair), () => {
      const recorded = () => playedUnicast(named('unicast', pair));

      it('sends no multicast advert at all, one every 5 s from its source to its peer', () => {
        const list = adverts(recorded().packets, { source: courier.a, before: recorded().failed });
        assert.ok(list.length >= 2);
        assertSteady(list, 5, tolerance(pair[0]), 'a');
        for (const p of adverts(recorded().packets)) {
          assert.ok(p.source === courier.a ? p.destination === courier.b : p.destination === courier.a, `${p.source} > ${p.destination}`);
          assert.deepEqual([p.vrid, p.interval, p.authString], [25, 5, '1111']);
        }
      });

      it('the address carries its label, broadcast address and prefix', () => {
        const { label, broadcast, prefixlen } = recorded().shown;
        assert.deepEqual([label, broadcast, prefixlen], ['eth0:0', '100.77.189.255', 32]);
      });

      it('goes to FAULT at the seventh failure in a row and back to BACKUP at the second success', () => {
        const { failing, rising } = recorded();
        // Seven runs, one a second: the first within a second of the failure.
        assert.ok(failing > 5.9 && failing < 8, `${failing} s`);
        assert.ok(rising > 0.9 && rising < 3, `${rising} s`);
      });

      it('says farewell on FAULT, and the peer takes over after its skew time', () => {
        const { packets, failed } = recorded();
        const farewells = adverts(packets, { source: courier.a, priority: 0, after: failed });
        assert.equal(farewells.length, 2);
        const takeover = first(adverts(packets, { source: courier.b, after: failed }), 'takeover');
        assert.equal(takeover.priority, 101);
        assertSpan(takeover.at - last(farewells, 'farewell').at, skew(101), tolerance(pair[1]), 'takeover');
      });

      it('ends a hanging script with its whole group, counts one failure and goes on', () => {
        assert.equal(recorded().faultAfterHang, false);
      });

      it('calls each notify script with its own arguments', () => {
        const { calls } = recorded();
        assert.deepEqual(calls.a, ['courier BACKUP', 'courier MASTER', 'courier FAULT', 'courier BACKUP']);
        assert.deepEqual(calls.b, ['courier BACKUP', 'courier MASTER']);
      });

      it('tshark finds nothing wrong with any packet', () => assertWellFormed(recorded().packets));
    });
  }
});
