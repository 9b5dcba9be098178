// SPDX-License-Identifier: MIT
// A router whose JavaScript is busy takes over all the same, and in time: alone and as a sync group, with every address, its
// announcements and its route; then, awake again, it says what happened and does nothing of it twice. A farewell counts too.
// It gives way in time as well: as soon as a better router speaks, also when it has only just taken over.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { innerPid } from '../../lib/lab/daemon.ts';
import { untilLogged } from '../support/daemon.ts';
import { adverts, createLan, createStage, first, garps, last, now, pause, type Recording } from '../support/lan.ts';
import { assertSpan, assertSteady } from '../support/timing.ts';
import { until } from '../support/until.ts';

const a = '192.0.2.11';
const b = '192.0.2.12';
const interval = 0.1;
const vrids = [51, 52, 53];
const vip = (vrid: number) => `192.0.2.${100 + vrid}`;
/** Of VRRPv3, seconds. */
const skew = (priority: number) => ((256 - priority) / 256) * interval;
const BUSY = 1500;

function configuration(priority: number, grouped: boolean): string {
  const instance = (vrid: number) => `vrrp_instance VI_${vrid} {
  state BACKUP
  version 3
  interface eth0
  virtual_router_id ${vrid}
  priority ${priority}
  advert_int ${interval}
  virtual_ipaddress {
    ${vip(vrid)}/24
  }
  virtual_routes {
    198.51.100.${vrid}/32 dev eth0
  }
}
`;
  const group = `vrrp_sync_group ALL { group { ${vrids.map((v) => `VI_${v}`).join(' ')} } }\n`;
  return `${grouped ? group : ''}${vrids.map(instance).join('')}`;
}

interface Played extends Recording {
  /** When the JavaScript of b began to be busy, and when the last address and route of a takeover was there. */
  readonly from: number;
  readonly held: number;
  readonly lines: readonly string[];
}

async function play(grouped: boolean, end: 'cut' | 'stop'): Promise<Played> {
  const lan = await createLan({
    ifname: 'eth0',
    client: '192.0.2.200/24',
    routers: [
      { name: 'a', kind: 'ka-ts', address: `${a}/24`, configuration: configuration(150, grouped) },
      { name: 'b', kind: 'ka-ts', address: `${b}/24`, configuration: configuration(100, grouped) },
    ],
  });
  try {
    const [one, two] = [lan.router('a'), lan.router('b')];
    one.start();
    for (const vrid of vrids) await one.untilHolds(vip(vrid));
    const blockFile = join(lan.network.directory, 'block');
    const preload = `--import=${join(import.meta.dirname, '..', 'support', 'block-event-loop.mjs')}`;
    const daemon = two.start({ NODE_OPTIONS: preload, KA_BLOCK: blockFile });
    await untilLogged(daemon, /Entering BACKUP STATE/);
    await pause(1);
    const from = now();
    const told = daemon.lines.length;
    const pid = daemon.vrrpPid();
    assert.ok(pid !== undefined);
    writeFileSync(blockFile, `${innerPid(pid)} ${BUSY}`);
    await pause(0.15);
    if (end === 'stop') one.daemon.signal('SIGTERM');
    else await lan.cable('a', false);
    const routes = async () => (await two.host.run(['ip', 'route'])).stdout;
    await until(
      'all addresses and routes',
      async () => {
        const there = await routes();
        for (const vrid of vrids) if (!(await two.holds(vip(vrid))) || !there.includes(`198.51.100.${vrid} `)) return false;
        return true;
      },
      { every: 10 },
    );
    const held = now();
    for (const vrid of vrids) await untilLogged(daemon, new RegExp(`\\(VI_${vrid}\\) Entering MASTER STATE`), { from: told });
    await pause(0.6);
    // Awake again, it knows what it holds: taken away, it comes back.
    await two.host.run(['ip', 'address', 'del', `${vip(51)}/24`, 'dev', 'eth0']);
    await two.untilHolds(vip(51));
    const lines = daemon.lines.slice(told).map((l) => l.text);
    daemon.signal('SIGTERM');
    for (const vrid of vrids) await two.untilReleased(vip(vrid));
    return { ...(await lan.recording()), from, held, lines };
  } finally {
    await lan.destroy();
  }
}

interface Beaten extends Recording {
  /** When the JavaScript of b began to be busy, and when it had none of the addresses any more. */
  readonly from: number;
  readonly released: number;
  readonly lines: readonly string[];
}

const LONG = 4000;
/** JavaScript that is away for so long must not be taken for dead; addresses that nobody renews go before it is back. */
const lives = 'global_defs { ka_ts { lease 20 vip_lease 1 } }\n';

/** b is Active instead of a, which comes back. `asleep`: b took over with busy JavaScript too. */
async function playBeaten(grouped: boolean, asleep: boolean): Promise<Beaten> {
  const lan = await createLan({
    ifname: 'eth0',
    client: '192.0.2.200/24',
    routers: [
      { name: 'a', kind: 'ka-ts', address: `${a}/24`, configuration: lives + configuration(150, grouped) },
      { name: 'b', kind: 'ka-ts', address: `${b}/24`, configuration: lives + configuration(100, grouped) },
    ],
  });
  try {
    const [one, two] = [lan.router('a'), lan.router('b')];
    one.start();
    for (const vrid of vrids) await one.untilHolds(vip(vrid));
    const blockFile = join(lan.network.directory, 'block');
    const preload = `--import=${join(import.meta.dirname, '..', 'support', 'block-event-loop.mjs')}`;
    const daemon = two.start({ NODE_OPTIONS: preload, KA_BLOCK: blockFile });
    await untilLogged(daemon, /Entering BACKUP STATE/);
    await pause(1);
    const pid = daemon.vrrpPid();
    assert.ok(pid !== undefined);
    const block = () => writeFileSync(blockFile, `${innerPid(pid)} ${LONG}`);
    if (!asleep) await lan.cable('a', false);
    for (const vrid of asleep ? [] : vrids) await untilLogged(daemon, new RegExp(`\\(VI_${vrid}\\) Entering MASTER STATE`));
    await pause(0.3);
    const told = daemon.lines.length;
    const from = now();
    block();
    await pause(0.15);
    if (asleep) await lan.cable('a', false);
    for (const vrid of vrids) await two.untilHolds(vip(vrid));
    const held = now();
    await pause(1.7);
    const kept = (await Promise.all(vrids.map((vrid) => two.holds(vip(vrid))))).every(Boolean);
    assert.ok(kept, `renewed ${(now() - held).toFixed(1)} s after the takeover`);
    await lan.cable('a', true);
    for (const vrid of vrids) await two.untilReleased(vip(vrid));
    const released = now();
    for (const vrid of vrids) await untilLogged(daemon, new RegExp(`\\(VI_${vrid}\\) Entering BACKUP STATE`), { from: told });
    await pause(0.5);
    const lines = daemon.lines.slice(told).map((l) => l.text);
    // Awake again, it knows its part.
    one.daemon.signal('SIGTERM');
    for (const vrid of vrids) await two.untilHolds(vip(vrid));
    return { ...(await lan.recording()), from, released, lines };
  } finally {
    await lan.destroy();
  }
}

describe('standing orders to give way', () => {
  const plays = [
    { name: 'three routers', grouped: false, asleep: false },
    { name: 'a sync group that has just taken over', grouped: true, asleep: true },
  ] as const;
  const played = createStage().play(plays.map(({ name, grouped, asleep }) => ({ name, play: () => playBeaten(grouped, asleep) })));

  for (const { name, grouped } of plays) {
    it(`${name}: silent and without addresses at the first advert of a better one while JavaScript is busy`, () => {
      const { packets, from, released, lines } = played(name);
      const woken = from + LONG / 1000;
      assert.ok(released < woken, `addresses ${(released - from).toFixed(3)} s after the block began`);
      const spoken = adverts(packets, { source: b, after: from });
      const better = adverts(packets, { source: a, after: first(spoken, 'advert of b').at }).filter((p) => p.priority === 150);
      for (const vrid of vrids) {
        // Of a group all members move with the first.
        const winner = first(grouped ? better : better.filter((p) => p.vrid === vrid), `advert of a for ${vrid}`);
        assert.ok(winner.at < woken - 0.2, 'JavaScript was busy');
        const after = spoken.filter((p) => p.vrid === vrid && p.at > winner.at + 0.005 && p.at < woken + 0.3);
        assert.equal(after.length, 0, `${after.length} adverts of b for ${vrid} behind a's`);
        assert.equal(lines.filter((l) => l.includes(`(VI_${vrid}) Entering BACKUP STATE`)).length, 1);
      }
    });
  }
});

describe('standing orders', () => {
  const plays = [
    { name: 'three routers, cut off', grouped: false, end: 'cut' },
    { name: 'a sync group, cut off', grouped: true, end: 'cut' },
    { name: 'three routers, stopped', grouped: false, end: 'stop' },
    { name: 'a sync group, stopped', grouped: true, end: 'stop' },
  ] as const;
  const played = createStage().play(plays.map(({ name, grouped, end }) => ({ name, play: () => play(grouped, end) })));

  for (const { name, end } of plays) {
    it(`${name}: taken over in time while JavaScript is busy, once, and given back in order`, () => {
      const { packets, from, held, lines } = played(name);
      const woken = from + BUSY / 1000;
      assert.ok(held < woken, `addresses and routes ${(held - from).toFixed(3)} s after the block began`);
      for (const vrid of vrids) {
        const of = (source: string, after = -Infinity) => adverts(packets, { source, after }).filter((p) => p.vrid === vrid);
        const takeover = first(of(b, from), `advert of b for ${vrid}`);
        const lastWord = last(
          of(a).filter((p) => p.at < takeover.at),
          'last advert of a',
        );
        const wait = end === 'cut' ? 3 * interval + skew(100) : skew(100);
        assert.equal(lastWord.priority, end === 'cut' ? 150 : 0);
        assertSpan(takeover.at - lastWord.at, wait, 0.02, `takeover of ${vrid}`);
        assert.ok(takeover.at < woken - 0.1, 'JavaScript was busy');
        const burst = garps(packets, vip(vrid), takeover.at, takeover.at + 0.1);
        assert.equal(burst.length, 5);
        assertSpan(first(burst, 'gratuitous ARP').at, takeover.at, 0.02, 'announcement');
        assert.equal(garps(packets, vip(vrid), takeover.at + 0.1, woken + 0.3).length, 0, 'none twice');
        assertSteady(
          of(b, from).filter((p) => p.priority > 0),
          interval,
          0.02,
          `${vrid}`,
        );
        assert.equal(last(of(b, from), 'farewell').priority, 0);
        assert.equal(lines.filter((l) => l.includes(`(VI_${vrid}) Entering MASTER STATE`)).length, 1);
      }
      const order = packets.filter((p) => p.at > from && ((p.kind === 'advert' && p.source === b) || p.kind === 'garp'));
      if (name.includes('group')) {
        const kinds = order.slice(0, 4).map((p) => p.kind);
        assert.deepEqual(kinds, ['advert', 'advert', 'advert', 'garp'], 'all adverts before anything else');
      }
    });
  }
});
