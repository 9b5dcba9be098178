// SPDX-License-Identifier: MIT
// A tracked BFD session ends while the JavaScript of the VRRP process is busy: the Active router says farewell and lets its
// addresses go all the same, alone and with its whole sync group; awake again, it says so once. The session itself goes on
// being told the usual way to one that has nothing to give away.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { innerPid } from '../../lib/lab/daemon.ts';
import { untilLogged } from '../support/daemon.ts';
import { adverts, createLan, createStage, first, now, type Recording } from '../support/lan.ts';
import { assertSpan } from '../support/timing.ts';
import { until } from '../support/until.ts';

const a = '192.0.2.11';
const b = '192.0.2.12';
const witness = '192.0.2.13';
const interval = 0.2;
const vrids = [51, 52];
const vip = (vrid: number) => `192.0.2.${100 + vrid}`;
/** Of VRRPv3, seconds. */
const skew = (priority: number) => ((256 - priority) / 256) * interval;
const BUSY = 2500;
const detection = 0.15;

const session = (source: string, neighbour: string) =>
  `bfd_instance peer {\n source_ip ${source}\n neighbor_ip ${neighbour}\n min_rx 50\n min_tx 50\n multiplier 3\n}\n`;

/** Only the second of a group follows the session; a router alone does. */
function configuration(priority: number, grouped: boolean, follows: boolean): string {
  const used = grouped ? vrids : vrids.slice(1);
  const instance = (vrid: number) => `vrrp_instance VI_${vrid} {
  state BACKUP
  version 3
  interface eth0
  virtual_router_id ${vrid}
  priority ${priority}
  advert_int ${interval}
  ${follows && vrid === 52 ? 'track_bfd { peer }' : ''}
  virtual_ipaddress {
    ${vip(vrid)}/24
  }
}
`;
  const group = `vrrp_sync_group ALL { group { ${used.map((v) => `VI_${v}`).join(' ')} } }\n`;
  return `${grouped ? group : ''}${used.map(instance).join('')}`;
}

interface Played extends Recording {
  /** When the JavaScript began to be busy, when the neighbour was halted, and when the addresses were gone. */
  readonly from: number;
  readonly halted: number;
  readonly released: number;
  readonly lines: readonly string[];
}

async function play(grouped: boolean): Promise<Played> {
  const used = grouped ? vrids : vrids.slice(1);
  const lan = await createLan({
    ifname: 'eth0',
    client: '192.0.2.200/24',
    routers: [
      { name: 'a', kind: 'ka-ts', address: `${a}/24`, configuration: session(a, witness) + configuration(150, grouped, true) },
      { name: 'b', kind: 'ka-ts', address: `${b}/24`, configuration: configuration(100, grouped, false) },
      { name: 'c', kind: 'ka-ts', address: `${witness}/24`, configuration: session(witness, a) },
    ],
  });
  try {
    const [one, two, third] = [lan.router('a'), lan.router('b'), lan.router('c')];
    third.start();
    const blockFile = join(lan.network.directory, 'block');
    const preload = `--import=${join(import.meta.dirname, '..', 'support', 'block-event-loop.mjs')}`;
    const daemon = one.start({ NODE_OPTIONS: preload, KA_BLOCK: blockFile });
    await untilLogged(daemon, /Tracked BFD instance peer is UP/);
    for (const vrid of used) await one.untilHolds(vip(vrid));
    two.start();
    await untilLogged(two.daemon, /Entering BACKUP STATE/);
    const told = daemon.lines.length;
    const pid = daemon.vrrpPid();
    assert.ok(pid !== undefined);
    writeFileSync(blockFile, `${innerPid(pid)} ${BUSY}`);
    const from = now();
    await until('its JavaScript is busy', async () => now() - from > 0.3);
    const halted = now();
    await third.host.halt();
    for (const vrid of used) await one.untilReleased(vip(vrid));
    const released = now();
    for (const vrid of used) await two.untilHolds(vip(vrid));
    for (const vrid of used) await untilLogged(daemon, new RegExp(`\\(VI_${vrid}\\) Entering FAULT STATE`), { from: told });
    for (const vrid of used) await untilLogged(daemon, new RegExp(`\\(VI_${vrid}\\) removing VIPs`), { from: told });
    const lines = daemon.lines.slice(told).map((l) => l.text);
    return { ...(await lan.recording()), from, halted, released, lines };
  } finally {
    await lan.destroy();
  }
}

const advertsOf = (packets: Recording['packets'], vrid: number, which: Parameters<typeof adverts>[1]) =>
  adverts(packets, which).filter((p) => p.vrid === vrid);

describe('the end of a tracked BFD session', () => {
  const plays = [
    { name: 'one router with busy JavaScript', grouped: false },
    { name: 'a sync group with busy JavaScript', grouped: true },
  ] as const;
  const played = createStage().play(plays.map(({ name, grouped }) => ({ name, play: () => play(grouped) })));

  for (const { name, grouped } of plays) {
    const used = grouped ? vrids : vrids.slice(1);

    it(`${name}: farewells at once, as many as keepalived sends, and no advert behind them`, () => {
      const { packets, from, halted, lines } = played(name);
      for (const vrid of used) {
        const mine = advertsOf(packets, vrid, { source: a, after: from });
        const farewell = first(
          mine.filter((p) => p.priority === 0),
          `farewell for ${vrid}`,
        );
        // Of three packets that are waited for, up to one is on its way already.
        const wait = farewell.at - halted;
        assert.ok(wait > detection - 0.07 && wait < detection + 0.03, `${(wait * 1000).toFixed(1)} ms`);
        assert.deepEqual(
          mine.filter((p) => p.at >= farewell.at).map((p) => p.priority),
          vrid === 52 ? [0, 0] : [0],
          lines.join('\n'),
        );
      }
    });

    it(`${name}: addresses gone while it is busy, the other router there after its skew time`, () => {
      const { packets, from, released } = played(name);
      assert.ok(released < from + BUSY / 1000, `addresses ${(released - from).toFixed(3)} s after the block began`);
      for (const vrid of used) {
        const farewell = first(
          advertsOf(packets, vrid, { source: a, after: from }).filter((p) => p.priority === 0),
          'farewell',
        );
        const taken = first(advertsOf(packets, vrid, { source: b, after: farewell.at }), `advert of b for ${vrid}`);
        assertSpan(taken.at - farewell.at, skew(100), 0.02, `takeover of ${vrid}`);
      }
    });

    it(`${name}: awake again, says it once and in order`, () => {
      const { lines } = played(name);
      const count = (text: string) => lines.filter((l) => l.includes(text)).length;
      assert.equal(count('VRRP_Instance(VI_52) Tracked BFD instance peer is DOWN'), 1);
      for (const vrid of used)
        assert.deepEqual([count(`(VI_${vrid}) Entering FAULT STATE`), count(`(VI_${vrid}) removing VIPs`)], [1, 1], lines.join('\n'));
      const place = (text: string) => lines.findIndex((l) => l.includes(text));
      assert.ok(place('Tracked BFD instance peer is DOWN') < place('(VI_52) Entering FAULT STATE'), lines.join('\n'));
    });
  }
});
