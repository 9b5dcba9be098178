// SPDX-License-Identifier: MIT
// The scenario "All trackers" with the configuration file as somebody wrote it; only the script runs every second instead of
// every five.

import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStandIn } from '../../lib/lab/stand-in.ts';
import { watchAdverts } from '../support/adverts-live.ts';
import { untilLogged } from '../support/daemon.ts';
import { createLan, createStage, now } from '../support/lan.ts';
import { scenarioFile } from '../support/shared.ts';

const own = '192.168.137.201';
const vip = '192.168.137.200';
const places = { scripts: '/etc/keepalived', file: '/run/my_app' } as const;

/** What happened, and the priority that came out of it on the wire. */
interface Played {
  readonly priorities: Readonly<Record<string, number>>;
  /** Adverts with priority 0 on the way to FAULT. */
  readonly farewells: number;
  readonly heldInFault: boolean;
  /** Seconds from the script's breaking to FAULT. */
  readonly failing: number;
}

async function play(): Promise<Played> {
  const absent = Object.values(places).filter((place) => !existsSync(place));
  for (const place of absent) mkdirSync(place);
  const made = Object.values(places).map((target) => ({ source: mkdtempSync(join(tmpdir(), `ka-test-${process.pid}-bind-`)), target }));
  const [scripts, app] = made.map((m) => m.source) as [string, string];
  for (const { source } of made) chmodSync(source, 0o755);
  writeFileSync(join(scripts, 'check.sh'), '#!/bin/sh\n[ ! -e /etc/keepalived/broken ]\n', { mode: 0o755 });
  const setFile = (value: number) => writeFileSync(join(app, 'vrrp_track_file'), `${value}\n`);
  setFile(0);
  const lan = await createLan({
    ifname: 'eth0',
    client: '192.168.137.100/24',
    routers: [
      {
        name: 'node',
        kind: 'ka-ts',
        address: `${own}/24`,
        interfaces: [{ name: 'ens9', addresses: [] }],
        binds: made,
        configuration: scenarioFile('trackers.conf').replace('interval 5', 'interval 1'),
      },
    ],
  });
  const live = await watchAdverts(lan.client, 'eth0');
  try {
    const node = lan.router('node');
    const httpd = startStandIn(node.host, 'httpd', lan.network.directory);
    const priorities: Record<string, number> = {};
    const expect = async (what: string, priority: number): Promise<void> => {
      const seen = await live.untilSeen(`priority ${priority}: ${what}`, (x) => x.source === own && x.priority === priority, now());
      priorities[what] = seen.priority;
    };
    node.start();
    await untilLogged(node.daemon, /Entering MASTER STATE/);
    await expect('all well', 210 + 10 + 5);
    setFile(7);
    await expect('the file says 7', 210 + 10 + 5 + 7);
    httpd.end();
    await expect('httpd has ended', 210 + 5 + 7);
    await lan.network.cable('node', 'ens9', false);
    await expect('ens9 has no carrier', 210 + 7);
    setFile(-20);
    await expect('the file says -20', 210 - 20);
    await lan.network.cable('node', 'ens9', true);
    await expect('ens9 has carrier again', 210 + 5 - 20);
    const broken = now();
    writeFileSync(join(scripts, 'broken'), '');
    await untilLogged(node.daemon, /Entering FAULT STATE/);
    const failing = now() - broken;
    await node.untilReleased(vip);
    const farewells = live.seen.filter((x) => x.at > broken && x.priority === 0).length;
    const heldInFault = await node.holds(vip);
    const from = node.daemon.lines.length;
    rmSync(join(scripts, 'broken'));
    await untilLogged(node.daemon, /Entering BACKUP STATE/, { from });
    await untilLogged(node.daemon, /Entering MASTER STATE/, { from });
    await expect('the script succeeds again', 210 + 5 - 20);
    return { priorities, farewells, heldInFault, failing };
  } finally {
    live.stop();
    await lan.destroy();
    for (const { source } of made) rmSync(source, { recursive: true, force: true });
    for (const place of absent) rmdirSync(place);
  }
}

describe('scenario All trackers', () => {
  const played = createStage().play([{ name: 'trackers', play }]);

  it('file, process and interface each move the priority seen on the wire', () => {
    assert.deepEqual(Object.values(played('trackers').priorities), [225, 232, 222, 217, 190, 195, 195]);
  });

  it('the script takes it to FAULT at the third failure in a row, and back at the first success', () => {
    const { farewells, heldInFault, failing } = played('trackers');
    assert.equal(farewells, 2);
    assert.equal(heldInFault, false);
    // Runs are a second apart; the first failing one begins within a second.
    assert.ok(failing > 1.9 && failing < 5, `${failing} s`);
  });
});
