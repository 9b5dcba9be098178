// SPDX-License-Identifier: MIT
// Make before break: a planned end serves until the successor does, so that clients lose nothing.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createControlClient } from '../../lib/control/client.ts';
import { socketBeside } from '../../lib/process/places.ts';
import { type Kind, untilLogged } from '../support/daemon.ts';
import { adverts, createLan, createStage, last, now, type Recording } from '../support/lan.ts';
import { until } from '../support/until.ts';
import { type Gaps, gapsOf, type Pings, ping, watchAddress } from '../support/vacancy.ts';

const ifname = 'eth0';
const vip = '192.0.2.100';
const leaver = '192.0.2.11';
/** Its clients lose what a busy test machine makes them lose; keepalived leaves the address alone for a skew time: 0.4 intervals. */
const mostVacant = 0.02;
/** Between hearing the successor and being on a processor of a busy test machine, in seconds. */
const lateness = 0.3;

interface Case {
  readonly successor: Kind;
  readonly interval: number;
  /** Two instances in a sync group. */
  readonly group?: true;
  readonly how: 'stop' | 'reload' | 'failover';
}

interface Played extends Recording {
  readonly gaps: Gaps;
  readonly pings: Pings;
  readonly ended: number;
  readonly lines: readonly string[];
}

function configuration(priority: number, { interval, group }: Case, more = ''): string {
  const one = (name: string, vrid: number, address: string) => `vrrp_instance ${name} {
    interface ${ifname}
    virtual_router_id ${vrid}
    version 3
    priority ${priority}
    advert_int ${interval}
    garp_master_delay 1
    virtual_ipaddress {
        ${address}/24
    }
    ${more}
}
`;
  const other = one('VI_2', 52, '192.0.2.101');
  return group
    ? `vrrp_sync_group G {\n    group {\n        VI_1\n        VI_2\n    }\n}\n${one('VI_1', 51, vip)}${other}`
    : one('VI_1', 51, vip);
}

async function play(c: Case): Promise<Played> {
  const lan = await createLan({
    ifname,
    client: '192.0.2.50/24',
    routers: [
      { name: 'leaver', kind: 'ka-ts', address: `${leaver}/24`, configuration: configuration(200, c) },
      { name: 'successor', kind: c.successor, address: '192.0.2.12/24', configuration: configuration(150, c) },
    ],
  });
  try {
    const [one, two] = [lan.router('leaver'), lan.router('successor')];
    one.start();
    await one.untilHolds(vip, { within: 15_000 });
    two.start();
    await untilLogged(two.daemon, /Entering BACKUP STATE/);
    const watch = await watchAddress([one.host, two.host], ifname, vip);
    const patience = 2 + Math.ceil(3 * c.interval);
    const pings = ping(lan.client, vip, patience);
    await until('the client is served', async () => (await lan.client.run(['ip', 'neigh', 'show', vip])).stdout.includes('lladdr'));
    const ended = now();
    if (c.how === 'stop') await one.daemon.stop();
    else if (c.how === 'failover') await operate(one.daemon.pidFile, { operation: 'failover', instance: 'VI_1' });
    else {
      writeFileSync(
        one.file,
        'vrrp_instance VI_9 {\n    interface eth0\n    virtual_router_id 9\n    virtual_ipaddress {\n        192.0.2.199\n    }\n}\n',
      );
      one.daemon.signal('SIGHUP');
    }
    await two.untilHolds(vip);
    await one.untilReleased(vip);
    await until('both changes are seen', () => watch.changes().length >= 2);
    // A keepalived that gets no processor for four of its intervals afterwards loses it again, and rightly.
    const changes = watch.changes();
    const counted = await pings;
    watch.close();
    const lines = one.daemon.lines.map((line) => line.text);
    return { ...(await lan.recording()), gaps: gapsOf(changes, 'leaver'), pings: counted, ended, lines };
  } finally {
    await lan.destroy();
  }
}

async function operate(pidFile: string, args: Readonly<Record<string, unknown>>): Promise<void> {
  const client = createControlClient(socketBeside(pidFile));
  try {
    await client.request('operate', args, 10_000);
  } finally {
    client.close();
  }
}

const cases: readonly Case[] = [
  { successor: 'keepalived', interval: 1, how: 'stop' },
  { successor: 'keepalived', interval: 0.1, how: 'stop' },
  { successor: 'ka-ts', interval: 0.1, how: 'stop' },
  { successor: 'keepalived', interval: 0.1, how: 'stop', group: true },
  { successor: 'keepalived', interval: 0.1, how: 'reload' },
];

const nameOf = (c: Case) => `${c.group ? 'a sync group, ' : ''}${c.how} at ${c.interval} s, ${c.successor} succeeds`;

/** Nobody says farewell: the other one takes over from a router of the least priority, which serves until then. */
const failovers: readonly Case[] = [
  { successor: 'keepalived', interval: 1, how: 'failover' },
  { successor: 'keepalived', interval: 0.1, how: 'failover' },
  { successor: 'ka-ts', interval: 0.1, how: 'failover' },
];

describe('make before break', () => {
  const stage = createStage();
  const failedOver = stage.play(failovers.map((c) => ({ name: nameOf(c), play: () => play(c) })));
  for (const c of failovers) {
    it(`an operator's failover leaves nobody unserved: ${nameOf(c)}`, () => {
      const { gaps, pings, packets, lines, ended } = failedOver(nameOf(c));
      const report = JSON.stringify({ gaps, pings });
      if (process.env.KA_FIGURES) console.log(nameOf(c), report);
      assert.deepEqual(gaps.order.toSorted(), ['leaver gives it up', 'successor has it'], report);
      // Who gives way does so when it hears the other, whose addresses come as soon as its processor lets them.
      assert.ok(gaps.vacant <= 0.1, report);
      // Never two owners for longer than an interval.
      assert.ok(gaps.shared < c.interval, report);
      // A busy machine sends few; those must come back.
      assert.ok(pings.sent > 100 && pings.lost <= 20, report);
      assert.equal(last(adverts(packets, { source: leaver, before: ended }), 'advert').priority, 200);
      assert.ok(
        adverts(packets, { source: leaver }).every((p) => p.priority > 0),
        'no farewell',
      );
      assert.ok(
        lines.some((line) => /MASTER to BACKUP, cause operator/.test(line)),
        lines.join('\n'),
      );
    });
  }
  const played = stage.play(cases.map((c) => ({ name: nameOf(c), play: () => play(c) })));
  for (const c of cases) {
    it(`leaves nobody unserved: ${nameOf(c)}`, () => {
      const { gaps, pings, packets, lines, ended } = played(nameOf(c));
      const report = JSON.stringify({ gaps, pings });
      assert.equal(last(adverts(packets, { source: leaver }), 'farewell').priority, 0);
      assert.ok(last(adverts(packets, { source: leaver }), 'farewell').at < ended + 0.5, 'the farewell does not wait');
      assert.deepEqual(gaps.order.toSorted(), ['leaver gives it up', 'successor has it'], report);
      assert.ok(gaps.vacant <= mostVacant, report);
      assert.ok(gaps.shared < c.interval + lateness, report);
      assert.ok(pings.sent > 1000 && pings.lost <= 20, report);
      assert.ok(
        lines.some((line) => /192\.0\.2\.12 has taken over/.test(line)),
        lines.join('\n'),
      );
    });
  }
});
