// SPDX-License-Identifier: MIT
// The VRRP process is killed: its successor goes on before anybody notices, or the parent says farewell for it.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { innerPid } from '../../lib/lab/daemon.ts';
import { killTwice, untilLogged } from '../support/daemon.ts';
import { down } from '../support/formula.ts';
import { adverts, createLan, createStage, first, now, pause, type Recording } from '../support/lan.ts';
import { until } from '../support/until.ts';
import { type Gaps, gapsOf, type Pings, ping, watchAddress } from '../support/vacancy.ts';

const ifname = 'eth0';
const vip = '192.0.2.100';
const [victim, peer] = ['192.0.2.11', '192.0.2.12'];
/** Between a death and what the parent does about it on a busy test machine, in seconds. */
const lateness = 0.3;

interface Case {
  readonly name: string;
  readonly interval: number;
  readonly more: string;
  readonly group?: true;
}

interface Played extends Recording {
  readonly gaps: Gaps;
  readonly pings: Pings;
  readonly killed: number;
  readonly lines: readonly string[];
  readonly peerLines: readonly string[];
}

function configuration(priority: number, { interval, more, group }: Case): string {
  const one = (name: string, vrid: number, address: string) => `vrrp_instance ${name} {
    interface ${ifname}
    virtual_router_id ${vrid}
    ${more}
    priority ${priority}
    advert_int ${interval}
    virtual_ipaddress {
        ${address}/24
    }
}
`;
  const both = `vrrp_sync_group G {\n    group {\n        VI_1\n        VI_2\n    }\n}\n${one('VI_2', 52, '192.0.2.101')}`;
  return `${group ? both : ''}${one('VI_1', 51, vip)}`;
}

async function play(c: Case): Promise<Played> {
  const lan = await createLan({
    ifname,
    client: '192.0.2.50/24',
    routers: [
      { name: 'victim', kind: 'ka-ts', address: `${victim}/24`, configuration: configuration(200, c) },
      { name: 'peer', kind: 'keepalived', address: `${peer}/24`, configuration: configuration(150, c) },
    ],
  });
  try {
    const [one, two] = [lan.router('victim'), lan.router('peer')];
    one.start();
    await one.untilHolds(vip, { within: 15_000 });
    two.start();
    await untilLogged(two.daemon, /Entering BACKUP STATE/);
    const watch = await watchAddress([one.host, two.host], ifname, vip);
    const pings = ping(lan.client, vip, Math.ceil(2 + 4 * c.interval));
    await until('the client is served', async () => (await lan.client.run(['ip', 'neigh', 'show', vip])).stdout.includes('lladdr'));
    const from = one.daemon.lines.length;
    const killed = now();
    process.kill(await until('its pid', () => one.daemon.vrrpPid()), 'SIGKILL');
    await untilLogged(one.daemon, /Entering MASTER STATE/, { from, within: 15_000 });
    const counted = await pings;
    await two.untilReleased(vip);
    watch.close();
    const texts = (daemon: typeof one.daemon, index: number) => daemon.lines.slice(index).map((line) => line.text);
    const gaps = gapsOf(watch.changes(), 'victim');
    return { ...(await lan.recording()), gaps, pings: counted, killed, lines: texts(one.daemon, from), peerLines: texts(two.daemon, 0) };
  } finally {
    await lan.destroy();
  }
}

/** It takes over by standing orders while its JavaScript is busy, and is killed before that knows. */
async function playUnaware(): Promise<Recording & { readonly killed: number; readonly lines: readonly string[] }> {
  const c: Case = { name: '', interval: 0.1, more: 'version 3' };
  const lan = await createLan({
    ifname,
    client: '192.0.2.50/24',
    routers: [
      { name: 'first', kind: 'ka-ts', address: '192.0.2.13/24', configuration: configuration(200, c) },
      { name: 'victim', kind: 'ka-ts', address: `${victim}/24`, configuration: configuration(150, c) },
      { name: 'peer', kind: 'keepalived', address: `${peer}/24`, configuration: configuration(100, c) },
    ],
  });
  try {
    const [one, two, three] = [lan.router('first'), lan.router('victim'), lan.router('peer')];
    one.start();
    await one.untilHolds(vip, { within: 15_000 });
    const blockFile = join(lan.network.directory, 'block');
    const preload = `--import=${join(import.meta.dirname, '..', 'support', 'block-event-loop.mjs')}`;
    const daemon = two.start({ NODE_OPTIONS: preload, KA_BLOCK: blockFile });
    three.start();
    await untilLogged(daemon, /Entering BACKUP STATE/);
    await untilLogged(three.daemon, /Entering BACKUP STATE/);
    await pause(0.5);
    const pid = await until('its pid', () => daemon.vrrpPid());
    const from = daemon.lines.length;
    writeFileSync(blockFile, `${innerPid(pid)} 2500`);
    await pause(0.15);
    await lan.cable('first', false);
    await two.untilHolds(vip);
    const killed = now();
    await killTwice(daemon);
    await three.untilHolds(vip, { within: 15_000 });
    await two.untilReleased(vip, { within: 15_000 });
    return { ...(await lan.recording()), killed, lines: daemon.lines.slice(from).map((line) => line.text) };
  } finally {
    await lan.destroy();
  }
}

/** The parent speaks for the one that died first, and peers believe it. */
async function playTwice(more: string, kind: 'keepalived' | 'ka-ts'): Promise<Recording & { readonly lines: readonly string[] }> {
  const c: Case = { name: '', interval: 1, more };
  const lan = await createLan({
    ifname,
    client: '192.0.2.50/24',
    routers: [
      { name: 'victim', kind: 'ka-ts', address: `${victim}/24`, configuration: configuration(200, c) },
      { name: 'peer', kind, address: `${peer}/24`, configuration: configuration(150, c) },
    ],
  });
  try {
    const [one, two] = [lan.router('victim'), lan.router('peer')];
    const daemon = one.start();
    await one.untilHolds(vip, { within: 15_000 });
    two.start();
    await untilLogged(two.daemon, /Entering BACKUP STATE/);
    await pause(1);
    const from = daemon.lines.length;
    await killTwice(daemon);
    await two.untilHolds(vip, { within: 15_000 });
    return { ...(await lan.recording()), lines: daemon.lines.slice(from).map((line) => line.text) };
  } finally {
    await lan.destroy();
  }
}

const slow: readonly Case[] = [
  { name: 'version 3', interval: 1, more: 'version 3' },
  { name: 'AH', interval: 1, more: 'authentication {\n auth_type AH\n auth_pass secret\n }' },
  { name: 'a sync group', interval: 1, more: 'version 3', group: true },
];
const fast: readonly Case[] = [
  { name: 'at 100 ms', interval: 0.1, more: 'version 3' },
  { name: 'at 20 ms', interval: 0.02, more: 'version 3' },
];

describe('the VRRP process is killed', () => {
  const stage = createStage();
  const played = stage.play([...slow, ...fast].map((c) => ({ name: c.name, play: () => play(c) })));

  for (const c of slow) {
    it(`nobody notices: ${c.name}`, () => {
      const { gaps, pings, packets, lines, peerLines, killed } = played(c.name);
      const report = JSON.stringify({ gaps, pings });
      assert.deepEqual(gaps.order, [], 'the address never moved');
      assert.deepEqual(adverts(packets, { source: peer, after: killed }), [], peerLines.join('\n'));
      assert.ok(adverts(packets, { source: victim, after: killed, priority: 200 }).length >= (c.group ? 2 : 1));
      assert.ok(pings.sent > 1000 && pings.lost <= 20, report);
      assert.ok(
        lines.some((line) => line === '(VI_1) going on where the process that died was MASTER'),
        lines.join('\n'),
      );
      assert.equal(peerLines.filter((line) => /Entering/.test(line)).length, c.group ? 2 : 1, peerLines.join('\n'));
    });
  }

  for (const c of fast) {
    it(`the peer takes over after its skew time, or nobody notices: ${c.name}`, () => {
      const { gaps, pings, packets, killed, lines } = played(c.name);
      const report = `${JSON.stringify({ gaps, pings })}\n${lines.join('\n')}`;
      const next = first(
        adverts(packets, { after: killed }).filter((p) => p.priority > 0),
        'somebody is Active',
      );
      assert.ok(next.at - killed < down(150, c.interval) + lateness, report);
      const said = adverts(packets, { source: victim, after: killed, priority: 0 });
      if (next.source === peer) assert.ok(said.length >= 1 || /going on/.test(report), report);
      assert.ok(gaps.vacant <= 0.02, report);
      assert.ok(gaps.shared < c.interval + lateness, report);
      assert.ok(pings.lost <= 50, report);
    });
  }

  const signed = [
    { name: 'AH', more: 'authentication {\n auth_type AH\n auth_pass secret\n }', kind: 'keepalived' },
    { name: 'auth_hmac', more: `version 3\nauth_hmac {\n key 1 hex:${'5a'.repeat(32)}\n active_key 1\n }`, kind: 'ka-ts' },
  ] as const;
  const twice = stage.play(signed.map(({ name, more, kind }) => ({ name, play: () => playTwice(more, kind) })));
  for (const { name } of signed) {
    it(`the peer believes the farewell of the parent: ${name}`, () => {
      const { packets, lines } = twice(name);
      const farewell = first(adverts(packets, { source: victim, priority: 0 }), `a farewell\n${lines.join('\n')}`);
      const next = first(adverts(packets, { source: peer, after: farewell.at }), 'the peer takes over');
      const skew = (256 - 150) / 256;
      assert.ok(next.at - farewell.at < skew + 0.2, `${((next.at - farewell.at) * 1000).toFixed(1)} ms after the farewell`);
      assert.ok(lines.some((line) => line === '(VI_1) sent 0 priority for the VRRP process that died'));
    });
  }

  const unaware = stage.play([{ name: 'unaware', play: playUnaware }]);
  it('the parent speaks for a router that took over before its JavaScript knew', () => {
    const { packets, killed, lines } = unaware('unaware');
    const farewell = first(adverts(packets, { source: victim, after: killed - 0.05, priority: 0 }), `a farewell\n${lines.join('\n')}`);
    const spoken = lines.indexOf('(VI_1) sent 0 priority for the VRRP process that died');
    assert.ok(spoken >= 0 && !lines.slice(0, spoken).some((line) => /Entering MASTER/.test(line)), lines.join('\n'));
    const next = first(
      adverts(packets, { source: peer, after: farewell.at }).filter((p) => p.priority > 0),
      'the peer takes over',
    );
    const skew = ((256 - 100) / 256) * 0.1;
    assert.ok(next.at - farewell.at < skew + 0.1, `${((next.at - farewell.at) * 1000).toFixed(1)} ms after the farewell`);
  });
});
