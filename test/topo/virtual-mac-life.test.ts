// SPDX-License-Identifier: MIT
// The life of a virtual MAC: deleted behind our back, its interface below down and gone, reloads, crashes, what others made, and
// the kernel's settings before and after. `ip`, `ping` and /proc/sys are the judges.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import type { Host } from '../../lib/lab/host.ts';
import type { Packet } from '../support/capture.ts';
import { untilLogged } from '../support/daemon.ts';
import { adverts, createLan, createStage, garps, type Lan, now } from '../support/lan.ts';
import { until } from '../support/until.ts';

const vip = '192.0.2.100';
const vmac = '00:00:5e:00:01:33';
const interval = 0.3;

function instance(name: string, vrid: number, lines: readonly string[], address = vip): string {
  return `vrrp_instance ${name} {
  interface eth0
  version 3
  virtual_router_id ${vrid}
  priority 150
  advert_int ${interval}
  ${lines.join('\n  ')}
  virtual_ipaddress {
    ${address}/24
  }
}
`;
}

const createOne = (configuration: string): Promise<Lan> =>
  createLan({
    ifname: 'eth0',
    client: '192.0.2.200/24',
    routers: [{ name: 'a', kind: 'ka-ts', address: '192.0.2.1/24', configuration }],
  });

async function done(host: Host, line: string): Promise<string> {
  const { status, stdout, stderr } = await host.run(['sh', '-c', line]);
  assert.equal(status, 0, `${line}: ${stderr}`);
  return stdout;
}

async function link(host: Host, name: string): Promise<{ ifindex: number; address: string; mtu: number; ifalias?: string } | undefined> {
  const { status, stdout } = await host.run(['ip', '-json', 'link', 'show', name]);
  return status === 0 ? JSON.parse(stdout)[0] : undefined;
}

const untilHeld = (host: Host, name: string, address = vip) =>
  until(`${address} is on ${name}`, async () =>
    (await host.run(['ip', '-o', 'address', 'show', 'dev', name])).stdout.includes(` ${address}/`),
  );

const untilGone = (host: Host, name: string) => until(`${name} is gone`, async () => (await link(host, name)) === undefined);

/** Every setting of IPv4 that has to do with where packets are answered, but for those of virtual MACs. */
const settings = (host: Host) =>
  done(
    host,
    "cd /proc/sys/net/ipv4/conf && grep -r . --include='arp_*' --include=rp_filter --include=accept_local . | grep -v vrrp | sort",
  );

async function playDeleted() {
  const lan = await createOne(instance('VI_1', 51, ['use_vmac']));
  try {
    const router = lan.router('a');
    const { host } = router;
    const daemon = router.start();
    await untilHeld(host, 'vrrp.51');
    await until('it has advertised', () => daemon.lines.some((l) => /Sending gratuitous ARP/.test(l.text)));
    const before = await link(host, 'vrrp.51');
    const deleted = now();
    for (let n = 0; n < 3; n++) {
      const known = (await link(host, 'vrrp.51'))?.ifindex;
      await done(host, 'ip link del vrrp.51');
      await until('another one', async () => {
        const made = await link(host, 'vrrp.51');
        return made !== undefined && made.ifindex !== known;
      });
      await untilHeld(host, 'vrrp.51');
    }
    const back = now();
    await until('adverts after that', () => now() > back + 4 * interval);
    const lines = daemon.lines.map((l) => l.text);
    await done(host, 'ip link set eth0 mtu 1400');
    await until('the MTU follows down', async () => (await link(host, 'vrrp.51'))?.mtu === 1400);
    await done(host, 'ip link set eth0 mtu 1450');
    await until('the MTU follows up', async () => (await link(host, 'vrrp.51'))?.mtu === 1450);
    const mark = daemon.lines.length;
    await done(host, 'ip link set eth0 down');
    await untilLogged(daemon, /\(VI_1\) Entering FAULT STATE/, { from: mark });
    await done(host, 'ip link set eth0 up');
    await untilLogged(daemon, /\(VI_1\) Entering MASTER STATE/, { from: mark });
    await untilHeld(host, 'vrrp.51');
    const { packets } = await lan.recording();
    return { before, deleted, back, lines, packets };
  } finally {
    await lan.destroy();
  }
}

async function playReload() {
  const lan = await createOne(`${instance('VI_1', 51, ['use_vmac'])}${instance('VI_2', 52, ['use_vmac keep'], '192.0.2.101')}`);
  try {
    const router = lan.router('a');
    const { host, file } = router;
    const daemon = router.start();
    await untilHeld(host, 'vrrp.51');
    await untilHeld(host, 'keep', '192.0.2.101');
    const kept = await link(host, 'keep');
    const reload = async (text: string) => {
      const from = daemon.lines.length;
      writeFileSync(file, text);
      daemon.signal('SIGHUP');
      await untilLogged(daemon, /Reload finished|Configuration reload complete|Reloading/, { from });
    };
    const started = now();
    const second = instance('VI_2', 52, ['use_vmac keep'], '192.0.2.101');
    await reload(`${instance('VI_1', 51, ['use_vmac other'])}${second}`);
    await untilHeld(host, 'other');
    await untilGone(host, 'vrrp.51');
    const renamed = await link(host, 'other');
    await reload(`${second}${instance('VI_3', 53, ['use_vmac'], '192.0.2.102')}`);
    await untilHeld(host, 'vrrp.53', '192.0.2.102');
    await untilGone(host, 'other');
    const ended = now();
    const keptAfter = await link(host, 'keep');
    const lines = daemon.lines.map((l) => l.text);
    const { packets } = await lan.recording();
    return { kept, keptAfter, renamed, packets, started, ended, lines };
  } finally {
    await lan.destroy();
  }
}

async function playCrash() {
  const lan = await createOne(instance('VI_1', 51, ['use_vmac']));
  try {
    const router = lan.router('a');
    const { host, file } = router;
    await done(host, 'echo 2 >/proc/sys/net/ipv4/conf/all/rp_filter; echo 1 >/proc/sys/net/ipv4/conf/eth0/arp_announce');
    const untouched = await settings(host);
    await router.start();
    await untilHeld(host, 'vrrp.51');
    const running = await settings(host);
    await router.daemon.stop();
    const stopped = await settings(host);
    const afterStop = await link(host, 'vrrp.51');

    const { lines, vrrpPid, kill } = router.start();
    await untilHeld(host, 'vrrp.51');
    const { ifindex } = (await link(host, 'vrrp.51')) ?? { ifindex: 0 };
    process.kill(await until('its pid', () => vrrpPid()), 'SIGKILL');
    await untilLogged(router.daemon, /Entering MASTER STATE/, { from: lines.length });
    await untilHeld(host, 'vrrp.51');
    const adopted = await link(host, 'vrrp.51');
    await kill();
    const left = await link(host, 'vrrp.51');
    writeFileSync(file, instance('VI_1', 51, []));
    router.start();
    await untilHeld(host, 'eth0');
    await untilGone(host, 'vrrp.51');
    const cleaned = await settings(host);
    const reaches = (await lan.client.run(['ping', '-n', '-c', '1', '-W', '2', vip])).status === 0;
    await router.daemon.stop();
    return { untouched, running, stopped, cleaned, ifindex, adopted, afterStop, left, reaches };
  } finally {
    await lan.destroy();
  }
}

async function playOthers() {
  const lan = await createOne(instance('VI_1', 51, ['use_vmac', 'no_accept']));
  try {
    const router = lan.router('a');
    const { host, file } = router;
    await done(host, `ip link add mine link eth0 address ${vmac} type macvlan mode private`);
    const first = router.start();
    await untilHeld(host, 'mine');
    const reached = (await lan.client.run(['ping', '-n', '-c', '1', '-W', '1', vip])).status === 0;
    const entry = (await lan.client.run(['ip', 'neigh', 'show', vip])).stdout;
    await first.stop();
    const kept = await link(host, 'mine');
    const tables = await done(host, 'nft list tables');
    // A name that belongs to something else, and two interfaces that vanish and come back.
    await done(host, 'ip link del mine; ip link add vrrp.51 type veth peer name px; ip link add eth7 type veth peer name eth8');
    await done(host, 'ip link set eth7 up; ip link set eth8 up; ip address add 198.51.100.1/24 dev eth7');
    const seventh = instance('VI_7', 57, ['use_vmac'], '198.51.100.100').replace('interface eth0', 'interface eth7');
    writeFileSync(file, `global_defs {\n dynamic_interfaces\n}\n${instance('VI_1', 51, ['use_vmac', 'strict_mode'])}${seventh}`);
    const second = router.start();
    await untilHeld(host, 'vrrp1.51');
    await untilHeld(host, 'vrrp.57', '198.51.100.100');
    await done(host, 'ip link del eth7');
    await untilLogged(second, /\(VI_7\) Entering FAULT STATE/);
    const mark = second.lines.length;
    await done(host, 'ip link add eth7 type veth peer name eth8; ip link set eth8 up');
    await done(host, 'ip address add 198.51.100.1/24 dev eth7; ip link set eth7 up');
    await untilLogged(second, /\(VI_7\) Entering MASTER STATE/, { from: mark });
    await untilHeld(host, 'vrrp.57', '198.51.100.100');
    const strict = (await lan.client.run(['ping', '-n', '-c', '1', '-W', '1', vip])).status === 0;
    await second.stop();
    return { reached, entry, kept, tables, strict, lines: second.lines.map((l) => l.text), firstLines: first.lines.map((l) => l.text) };
  } finally {
    await lan.destroy();
  }
}

function longestGap(packets: readonly Packet[], vrid: number, after: number, before: number): number {
  const times = adverts(packets, { after, before })
    .filter((p) => p.vrid === vrid)
    .map((p) => p.at);
  assert.ok(times.length > 2, `adverts of ${vrid}`);
  return Math.max(...times.slice(1).map((at, n) => at - (times[n] ?? at)));
}

describe('the life of a virtual MAC', function () {
  this.timeout(20_000);
  const stage = createStage();
  const deleted = stage.play([{ name: 'deleted', play: playDeleted }]);
  const reloaded = stage.play([{ name: 'reload', play: playReload }]);
  const crashed = stage.play([{ name: 'crash', play: playCrash }]);
  const others = stage.play([{ name: 'others', play: playOthers }]);

  it('is made again when somebody deletes it, without a change of state', () => {
    const { lines, packets, deleted: from, back } = deleted('deleted');
    assert.equal(lines.filter((l) => /Entering MASTER STATE/.test(l)).length, 1, lines.join('\n'));
    assert.ok(!lines.some((l) => /Entering FAULT STATE/.test(l) || /Netlink: error/.test(l)), lines.join('\n'));
    assert.ok(garps(packets, vip, from, back + 1).length >= 3, 'announced again');
    assert.ok(longestGap(packets, 51, from - 1, back + 1) < 3 * interval, 'the peers would have stayed backups');
  });

  it('is renamed by a reload, and others are not touched', () => {
    const { kept, keptAfter, renamed, packets, started, ended, lines } = reloaded('reload');
    assert.equal(renamed?.address, vmac);
    assert.equal(keptAfter?.ifindex, kept?.ifindex);
    assert.equal(lines.filter((l) => /\(VI_2\) Entering/.test(l)).length, 2, 'backup and master, once');
    assert.ok(longestGap(packets, 52, started, ended) < 2 * interval);
  });

  it('survives a killed child, and the next one takes it over', () => {
    const { ifindex, adopted } = crashed('crash');
    assert.equal(adopted?.ifindex, ifindex);
  });

  it('goes at stop, and every setting is as it was', () => {
    const { untouched, running, stopped, afterStop } = crashed('crash');
    assert.notEqual(running, untouched);
    assert.match(running, /^\.\/all\/rp_filter:0$/m);
    assert.match(running, /^\.\/eth0\/arp_announce:2$/m);
    assert.equal(stopped, untouched);
    assert.equal(afterStop, undefined);
  });

  it('left by a crash goes with the next start, and so do its settings', () => {
    const { left, cleaned, untouched, reaches } = crashed('crash');
    assert.ok(left?.ifalias?.startsWith('ka-ts '));
    // Of single interfaces the larger of two counts: those that were raised are left so.
    const counting = (text: string) => text.replace(/^\.\/(eth0|lo)\/rp_filter.*$/gm, '');
    assert.equal(counting(cleaned), counting(untouched));
    assert.ok(reaches);
  });

  it("is somebody else's macvlan where one fits, which stays", () => {
    const { kept, firstLines } = others('others');
    assert.equal(kept?.address, vmac);
    assert.equal(kept?.ifalias, undefined);
    assert.ok(firstLines.some((l) => /\(VI_1\) Found matching interface mine/.test(l)));
  });

  it('takes another name where its own belongs to something else', () => {
    assert.ok(others('others').lines.some((l) => /vrrp\.51 already exists and is not a macvlan - using vrrp1\.51/.test(l)));
  });

  it('does not answer pings with no_accept and in strict mode, but ARP', () => {
    const { reached, entry, strict, tables } = others('others');
    assert.deepEqual([reached, strict], [false, false]);
    assert.match(entry, new RegExp(vmac));
    assert.equal(tables, '', 'no table is left');
  });
});
