// SPDX-License-Identifier: MIT
// What the machine's kernel may lack of made interfaces: an ipvlan, a virtual MAC in a VRF, and unicast in a VRF. Times are not
// measured here.

import assert from 'node:assert/strict';
import type { Host } from '../../lib/lab/host.ts';
import { untilLogged } from '../support/daemon.ts';
import { assertWellFormed } from '../support/judge.ts';
import { adverts, createLan, createStage, garps } from '../support/lan.ts';
import { until } from '../support/until.ts';

const slow = { within: 60_000, every: 300 };
const base = ['02:00:00:00:00:01', '02:00:00:00:00:02'] as const;

/** eth0 is in the VRF red: the virtual MAC follows it there, and unicast without an interface is told where to go. */
function configuration(n: 0 | 1): string {
  const priority = n === 0 ? 150 : 100;
  const common = `version 3\n  advert_int 0.5\n  priority ${priority}\n  garp_master_delay 1`;
  return `vrrp_instance IPVLAN {
  interface eth1
  virtual_router_id 51
  ${common}
  use_ipvlan ipv0 198.51.100.2${n + 1}/24
  virtual_ipaddress {
    198.51.100.100/24
  }
}
vrrp_instance VMAC {
  interface eth0
  virtual_router_id 52
  ${common}
  use_vmac
  virtual_ipaddress {
    192.0.2.100/24
  }
}
vrrp_instance VRF {
  vrf red
  virtual_router_id 53
  ${common}
  unicast_src_ip 192.0.2.${n + 1}
  unicast_peer {
    192.0.2.${2 - n}
  }
  virtual_ipaddress {
    192.0.2.101/24 dev eth0
  }
}
`;
}

async function done(host: Host, line: string): Promise<string> {
  const { status, stdout, stderr } = await host.run(['sh', '-c', line]);
  assert.equal(status, 0, `${line}: ${stderr}`);
  return stdout;
}

const places = { ipv0: '198.51.100.100', 'vrrp.52': '192.0.2.100', eth0: '192.0.2.101' };

async function untilAll(host: Host): Promise<void> {
  await until(
    `${host.name} has all addresses`,
    async () => {
      const { stdout } = await host.run(['ip', '-o', '-4', 'address', 'show']);
      return Object.entries(places).every(([name, vip]) => new RegExp(`: ${name} +inet ${vip}/24 `).test(stdout));
    },
    slow,
  );
}

async function play() {
  const lan = await createLan({
    ifname: 'eth0',
    client: '192.0.2.200/24',
    routers: ([0, 1] as const).map((n) => ({
      name: n === 0 ? 'a' : 'b',
      kind: 'ka-ts' as const,
      address: `192.0.2.${n + 1}/24`,
      mac: base[n],
      interfaces: [{ name: 'eth1', addresses: [`198.51.100.${n + 1}/24`] }],
      configuration: configuration(n),
    })),
  });
  try {
    const [a, b] = [lan.router('a'), lan.router('b')];
    for (const { host } of [a, b]) await done(host, 'ip link add red type vrf table 10; ip link set red up; ip link set eth0 master red');
    const daemon = a.start();
    await untilLogged(daemon, /\(VRF\) Entering BACKUP STATE/, slow);
    b.start();
    await untilAll(a.host);
    const [ipvlan] = JSON.parse(await done(a.host, 'ip -details -json link show ipv0'));
    const [vmac] = JSON.parse(await done(a.host, 'ip -json link show vrrp.52'));
    const own = await a.host.addresses('ipv0');
    const reached = (await lan.client.run(['ping', '-n', '-c', '1', '-W', '5', places['vrrp.52']])).status === 0;
    await a.daemon.stop(20_000);
    await untilAll(b.host);
    const left = await done(a.host, "ip -o link | grep -cE 'ipv0|vrrp' || true");
    await b.daemon.stop(20_000);
    return { ipvlan, vmac, own, reached, left: left.trim(), packets: (await lan.recording()).packets };
  } finally {
    await lan.destroy();
  }
}

describe('made interfaces of other kinds', () => {
  const played = createStage(220_000).play([{ name: 'all', play }]);
  const recorded = () => played('all');

  it('an ipvlan has its mode, its address and the virtual ones, and the MAC of the interface below', () => {
    const { ipvlan, own, packets } = recorded();
    assert.deepEqual([ipvlan.linkinfo.info_kind, ipvlan.linkinfo.info_data.mode], ['ipvlan', 'l2']);
    assert.deepEqual([...own].sort(), ['198.51.100.100/24', '198.51.100.21/24']);
    const sent = adverts(packets, { source: '198.51.100.21' });
    assert.ok(sent.length > 1);
    const macs = new Set([...sent, ...garps(packets, '198.51.100.100')].map((p) => p.sourceMac));
    assert.ok(!macs.has('00:00:5e:00:01:33'));
  });

  it('a virtual MAC goes into the VRF of the interface below', () => {
    const { vmac, reached, packets } = recorded();
    assert.equal(vmac.master, 'red');
    assert.ok(reached);
    const sent = adverts(packets, { source: '192.0.2.1' }).filter((p) => p.vrid === 52);
    assert.ok(sent.length > 1 && sent.every((p) => p.sourceMac === '00:00:5e:00:01:34'));
  });

  it('unicast in a VRF is heard: one router advertises until the other stops', () => {
    const sent = adverts(recorded().packets).filter((p) => p.vrid === 53);
    const farewell = sent.findIndex((p) => p.priority === 0);
    assert.ok(farewell > 0, 'a says farewell');
    assert.ok(sent.slice(farewell + 1).some((p) => p.source === '192.0.2.2'));
  });

  it('all of it goes at stop, and every packet is well-formed', () => {
    assert.equal(recorded().left, '0');
    assertWellFormed(recorded().packets.filter((p) => p.kind === 'advert'));
  });
}).timeout(20_000);
