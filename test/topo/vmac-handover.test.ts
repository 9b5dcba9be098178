// SPDX-License-Identifier: MIT
// Virtual MACs on their way to another router over a switch that learns: a planned end serves until the successor does, and then
// sends nothing that would turn the switch back; and when the VRRP process is dead the parent says farewell from the virtual MAC.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { run, runOrThrow } from '../../lib/lab/run.ts';
import { startCapture } from '../support/capture.ts';
import { type Kind, killTwice, untilLogged } from '../support/daemon.ts';
import { adverts, createLan, createStage, first, type Lan, last, now, pause, type Recording } from '../support/lan.ts';
import { until } from '../support/until.ts';
import { type Gaps, gapsOf, type Pings, ping, watchAddress } from '../support/vacancy.ts';

const vip = '192.0.2.100';
const vmac = '00:00:5e:00:01:33';
const device = 'vrrp.51';
const leaver = '192.0.2.11';
const successor = '192.0.2.12';

const configuration = (priority: number) => `vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  version 3
  advert_int 1
  priority ${priority}
  use_vmac
  garp_master_delay 1
  virtual_ipaddress {
    ${vip}/24
  }
}
`;

async function createOne(kind: Kind): Promise<Lan> {
  const lan = await createLan({
    ifname: 'eth0',
    client: '192.0.2.50/24',
    routers: [
      { name: 'leaver', kind: 'ka-ts', address: `${leaver}/24`, configuration: configuration(200) },
      { name: 'successor', kind, address: `${successor}/24`, configuration: configuration(150) },
    ],
  });
  // The laboratory's bridge is a hub.
  await runOrThrow(['ip', '-n', wireOf(lan), 'link', 'set', 'br0', 'type', 'bridge', 'ageing_time', '30000']);
  return lan;
}

const wireOf = (lan: Lan) => lan.client.netns.replace(/client$/, 'wire');

async function begin(lan: Lan): Promise<void> {
  const [one, two] = [lan.router('leaver'), lan.router('successor')];
  const holds = async () => (await one.host.run(['ip', '-o', 'address', 'show', 'dev', device])).stdout.includes(` ${vip}/`);
  one.start();
  await until('the leaver has the address', holds, { within: 15_000 });
  two.start();
  await untilLogged(two.daemon, /Entering BACKUP STATE/);
}

interface Played extends Recording {
  readonly gaps: Gaps;
  readonly pings: Pings;
  /** ARP of the leaver as it left its interface. */
  readonly answers: readonly number[];
  readonly port: string;
  readonly linkLeft: boolean;
  readonly lines: readonly string[];
}

async function play(kind: Kind): Promise<Played> {
  const lan = await createOne(kind);
  try {
    await begin(lan);
    const [one, two] = [lan.router('leaver'), lan.router('successor')];
    const own = await startCapture(one.host, 'eth0', join(lan.network.directory, 'leaver.pcap'));
    const watch = await watchAddress([one.host, two.host], device, vip);
    const pings = ping(lan.client, vip, 4);
    await until('the client is served', async () => (await lan.client.run(['ip', 'neigh', 'show', vip])).stdout.includes('lladdr'));
    const lines = one.daemon.lines.length;
    await one.daemon.stop();
    await untilLogged(two.daemon, /Entering MASTER STATE/);
    const counted = await pings;
    watch.close();
    const { stdout: port } = await run(['bridge', '-n', wireOf(lan), 'fdb', 'show', 'br', 'br0']);
    const links = await one.host.run(['ip', 'link', 'show', device]);
    const replies = (await own.packets()).filter((p) => p.kind === 'arp' && p.arpOperation === 2 && p.source === vip);
    return {
      ...(await lan.recording()),
      gaps: gapsOf(watch.changes(), 'leaver'),
      pings: counted,
      answers: replies.map((p) => p.at),
      port: port.split('\n').find((line) => line.startsWith(vmac)) ?? '',
      linkLeft: links.status === 0,
      lines: one.daemon.lines.slice(lines).map((l) => l.text),
    };
  } finally {
    await lan.destroy();
  }
}

/** Killed again before the next one is ready: the parent speaks. */
async function playKilled(): Promise<Recording & { readonly lines: readonly string[]; readonly killed: number; readonly own: string }> {
  const lan = await createOne('keepalived');
  try {
    await begin(lan);
    const { daemon, host } = lan.router('leaver');
    const own = (await host.run(['cat', '/sys/class/net/eth0/address'])).stdout.trim();
    await pause(1);
    const from = daemon.lines.length;
    const killed = now();
    await killTwice(daemon);
    await untilLogged(lan.router('successor').daemon, /Entering MASTER STATE/);
    await pause(0.3);
    return { ...(await lan.recording()), lines: daemon.lines.slice(from).map((l) => l.text), killed, own };
  } finally {
    await lan.destroy();
  }
}

describe('a virtual MAC moves', function () {
  this.timeout(20_000);
  const stage = createStage();
  const kinds = ['keepalived', 'ka-ts'] as const;
  const played = stage.play(kinds.map((kind) => ({ name: kind, play: () => play(kind) })));
  const killed = stage.play([{ name: 'killed', play: playKilled }]);

  for (const kind of kinds) {
    it(`to ${kind} without leaving anybody unserved`, () => {
      const { gaps, pings, packets, lines } = played(kind);
      const report = `${JSON.stringify({ gaps, pings })}\n${lines.join('\n')}`;
      if (process.env.KA_FIGURES) console.log(`    ${report}`);
      assert.equal(last(adverts(packets, { source: leaver }), 'farewell').priority, 0, report);
      // keepalived would leave it alone for the skew time: 414 ms.
      assert.ok(gaps.vacant <= 0.02, report);
      assert.ok(gaps.shared <= 0.3, report);
      assert.ok(pings.sent > 1000 && pings.lost <= 20, report);
      assert.ok(
        lines.some((line) => line.includes(`${successor} has taken over`)),
        report,
      );
    });

    it(`to ${kind}, and the switch is told of no other port than the successor's`, () => {
      const { packets, answers, port, linkLeft } = played(kind);
      const taken = first(
        adverts(packets, { source: successor }).filter((p) => p.priority > 0),
        'the successor is heard',
      );
      assert.equal(taken.sourceMac, vmac);
      assert.deepEqual(
        answers.filter((at) => at > taken.at),
        [],
        `answers of the old one after ${taken.at}`,
      );
      assert.match(port, / dev port1 /);
      assert.ok(!linkLeft, 'its interface is gone');
    });
  }

  it('when the process is dead: the parent says farewell from it', () => {
    const { packets, lines, killed: at, own } = killed('killed');
    const farewell = first(adverts(packets, { source: leaver, priority: 0, after: at }), `a farewell\n${lines.join('\n')}`);
    assert.notEqual(own, vmac);
    assert.equal(farewell.sourceMac, vmac);
    const next = first(
      adverts(packets, { source: successor, after: farewell.at }).filter((p) => p.priority > 0),
      'the successor is heard',
    );
    assert.ok(next.at - farewell.at < (256 - 150) / 256 + 0.3, `${((next.at - farewell.at) * 1000).toFixed(1)} ms after the farewell`);
    assert.ok(lines.includes('(VI_1) sent 0 priority for the VRRP process that died'));
  });
});
