// SPDX-License-Identifier: MIT
// ka_ts { vip_lease }: addresses that cannot outlive the daemon.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { runOrThrow } from '../../lib/lab/run.ts';
import { untilLogged } from '../support/daemon.ts';
import { createLan, createStage, type Lan, now } from '../support/lan.ts';
import { until } from '../support/until.ts';
import { watchAddress } from '../support/vacancy.ts';

const addresses = ['192.0.2.100', '192.0.2.101', '2001:db8::100'] as const;
const [vip] = addresses;
/** What a busy test machine adds, in seconds. */
const lateness = 0.5;

function configuration(lease: number): string {
  return `vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    version 3
    priority 200
    advert_int 0.1
    virtual_ipaddress {
        192.0.2.100/24
        192.0.2.101/24
    }
    virtual_ipaddress_excluded {
        2001:db8::100/64
    }
    ka_ts {
        vip_lease ${lease}
    }
}
`;
}

async function start(lease: number): Promise<Lan> {
  const lan = await createLan({
    ifname: 'eth0',
    client: '192.0.2.50/24',
    routers: [{ name: 'a', kind: 'ka-ts', address: '192.0.2.11/24', configuration: configuration(lease) }],
  });
  lan.router('a').start();
  for (const address of addresses) await lan.router('a').untilHolds(address);
  return lan;
}

/** Seconds that each address is valid for, as the kernel shows it; 0xffffffff: for ever. */
async function lifetimes(lan: Lan): Promise<number[]> {
  type Shown = { addr_info: { local: string; valid_life_time: number }[] };
  const shown = JSON.parse(await runOrThrow(['ip', '-n', lan.router('a').host.netns, '-j', 'address', 'show', 'dev', 'eth0'])) as Shown[];
  const all = shown.flatMap((link) => link.addr_info);
  return addresses.map((address) => all.find((a) => a.local === address)?.valid_life_time ?? 0);
}

/** From the death of every process to the end of the last address. */
async function playKilled(): Promise<{ seconds: number; before: readonly string[] }> {
  const lan = await start(2);
  try {
    const router = lan.router('a');
    const watch = await watchAddress([router.host], 'eth0', vip);
    const began = now();
    await until('twice the lease is over', () => now() > began + 4.2);
    const before = watch.changes().map((c) => (c.holds ? 'renewed' : 'removed'));
    watch.close();
    const killed = now();
    await router.daemon.kill();
    for (const address of addresses) await router.untilReleased(address);
    return { seconds: now() - killed, before };
  } finally {
    await lan.destroy();
  }
}

/** Lifetimes with a lease, after it was taken away, after it came back; and whether anything came back after the stop. */
async function playReloads(): Promise<{ shown: readonly (readonly number[])[]; afterStop: readonly number[] }> {
  const lan = await start(5);
  try {
    const router = lan.router('a');
    const shown = [await lifetimes(lan)];
    for (const lease of [0, 3]) {
      const from = router.daemon.lines.length;
      writeFileSync(router.file, configuration(lease));
      router.daemon.signal('SIGHUP');
      await untilLogged(router.daemon, /^Reload complete$/, { from });
      await until('the lease is changed', async () => (await lifetimes(lan)).every((s) => (lease === 0 ? s > 3600 : s <= lease && s > 0)));
      shown.push(await lifetimes(lan));
    }
    await router.daemon.stop();
    const stopped = now();
    await until('a renewal would have come', () => now() > stopped + 1);
    return { shown, afterStop: await lifetimes(lan) };
  } finally {
    await lan.destroy();
  }
}

describe('addresses under a lease', () => {
  const stage = createStage();
  const killed = stage.play([{ name: 'killed', play: playKilled }]);
  const reloads = stage.play([{ name: 'reloads', play: playReloads }]);

  it('are renewed while the daemon lives, and gone 2.5 s after everything was killed', () => {
    const { seconds, before } = killed('killed');
    assert.ok(before.length >= 4 && before.every((what) => what === 'renewed'), before.join());
    assert.ok(seconds > 0.5 && seconds <= 2.5 + lateness, `${seconds} s`);
  });

  it('get and lose it at a reload without being touched, and do not come back after a stop', () => {
    const { shown, afterStop } = reloads('reloads');
    const [first = [], second = [], third = []] = shown;
    assert.ok(
      first.every((s) => s > 0 && s <= 5),
      first.join(),
    );
    assert.deepEqual(second, [0xffffffff, 0xffffffff, 0xffffffff]);
    assert.ok(
      third.every((s) => s > 0 && s <= 3),
      third.join(),
    );
    assert.deepEqual(afterStop, [0, 0, 0]);
  });
});
