// SPDX-License-Identifier: MIT
// A router that is stopped for longer than the others wait, as a paused virtual machine is, and goes on: with a rival at most
// one advert of it is seen before it gives way; alone it goes on and announces its addresses again. A backup that was stopped
// does not take over from a master that is there.

import assert from 'node:assert/strict';
import { type Kind, untilLogged } from '../support/daemon.ts';
import { adverts, createLan, createStage, first, garps, type Lan, now, type Recording } from '../support/lan.ts';
import { until } from '../support/until.ts';

const a = '192.0.2.11';
const b = '192.0.2.12';
const vip = '192.0.2.100';
const interval = 0.1;

function configuration(priority: number, more = ''): string {
  return `vrrp_instance VI_1 {
  state BACKUP
  version 3
  interface eth0
  virtual_router_id 51
  priority ${priority}
  advert_int ${interval}
  ${more}
  virtual_ipaddress {
    ${vip}/24
  }
}
`;
}

interface Played extends Recording {
  /** When the stopped router went on. */
  readonly woken: number;
  readonly lines: readonly string[];
}

async function play(stopped: 'a' | 'b', rival: Kind | null, more: string, after: (lan: Lan) => Promise<void>): Promise<Played> {
  const lan = await createLan({
    ifname: 'eth0',
    client: '192.0.2.200/24',
    routers: [
      { name: 'a', kind: 'ka-ts', address: `${a}/24`, configuration: configuration(150, more) },
      { name: 'b', kind: rival ?? 'ka-ts', address: `${b}/24`, configuration: configuration(100, more) },
    ],
  });
  try {
    lan.router('a').start();
    await lan.router('a').untilHolds(vip);
    if (rival) await untilLogged(lan.router('b').start(), /Entering BACKUP STATE/);
    await pause(1);
    const { daemon } = lan.router(stopped);
    const told = daemon.lines.length;
    const pid = daemon.vrrpPid();
    assert.ok(pid !== undefined);
    process.kill(pid, 'SIGSTOP');
    await pause(1);
    const woken = now();
    process.kill(pid, 'SIGCONT');
    await after(lan);
    const lines = daemon.lines.slice(told).map((l) => l.text);
    return { ...(await lan.recording()), woken, lines };
  } finally {
    await lan.destroy();
  }
}

async function pause(seconds: number): Promise<void> {
  const began = now();
  await until(`${seconds} s have passed`, () => now() >= began + seconds, { within: (seconds + 5) * 1000 });
}

describe('a router that was held up', () => {
  const stage = createStage();
  const kinds = ['ka-ts', 'keepalived'] as const;
  const rivals = stage.play(kinds.map((kind) => ({ name: kind, play: () => play('a', kind, 'nopreempt', async () => pause(1)) })));
  const expired = stage.play(
    kinds.map((kind) => ({ name: kind, play: () => play('a', kind, 'nopreempt\n  timer_expired_backup', async () => pause(1)) })),
  );
  const preempts = stage.play([{ name: 'ka-ts', play: () => play('a', 'ka-ts', '', async (lan) => lan.router('b').untilReleased(vip)) }]);
  const alone = stage.play([{ name: 'alone', play: () => play('a', null, '', async () => pause(0.6)) }]);
  const backup = stage.play(kinds.map((kind) => ({ name: kind, play: () => play('b', kind, '', async () => pause(0.6)) })));

  for (const kind of kinds) {
    it(`gives way to the one that took over, with at most one advert (${kind})`, () => {
      const { packets, woken, lines } = rivals(kind);
      assert.ok(adverts(packets, { source: b, after: woken - 0.5, before: woken }).length > 2, 'b took over');
      assert.ok(adverts(packets, { source: a, after: woken - 0.6 }).length <= 1);
      assert.equal(garps(packets, vip, woken).length, 0);
      assert.ok(
        lines.some((l) => l.includes(`${b} is master with priority 100 since this router was held up`)),
        lines.join('\n'),
      );
      assert.ok(lines.some((l) => l.includes('(VI_1) Entering BACKUP STATE')));
    });

    it(`goes to backup by itself with timer_expired_backup (${kind})`, () => {
      const { packets, woken, lines } = expired(kind);
      assert.deepEqual(adverts(packets, { source: a, after: woken - 0.6 }), []);
      assert.ok(lines.some((l) => /VRRP thread timer expired [0-9]+\.[0-9]{6} seconds ago/.test(l)));
    });

    if (kind === 'ka-ts') {
      it('does not take over as a backup from a master that is there', () => {
        const { packets, lines } = backup(kind);
        assert.deepEqual(adverts(packets, { source: b }), []);
        assert.ok(!lines.some((l) => l.includes('Entering MASTER STATE')));
      });
    }
  }

  it('preempts in order afterwards where it may', () => {
    const { packets, woken } = preempts('ka-ts');
    const back = first(adverts(packets, { source: a, after: woken }), 'advert of a');
    assert.ok(back.at - woken > 3 * interval, `${back.at - woken} s`);
  });

  it('goes on alone, and announces its addresses again', () => {
    const { packets, woken } = alone('alone');
    const back = first(adverts(packets, { source: a, after: woken }), 'advert of a');
    const skew = ((256 - 150) / 256) * interval;
    assert.ok(back.at - woken > skew - 0.01, `${back.at - woken} s`);
    assert.equal(garps(packets, vip, woken).length, 5);
    assert.ok(adverts(packets, { source: a, after: woken }).length >= 4);
  });
});
