// SPDX-License-Identifier: MIT
// What the machine's kernel may lack of routes and rules (MPLS, ILA, VRF, l3mdev), and made interfaces on top of made ones: virtual MACs
// and an ipvlan on a VLAN and a bond. This kernel has no process events either: tracked processes are looked for in /proc.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Daemon, startDaemon } from '../../lib/lab/daemon.ts';
import { childrenOf, type Host } from '../../lib/lab/host.ts';
import { commandOf, type Kind, untilLogged } from '../support/daemon.ts';
import { createStage } from '../support/lan.ts';
import { createTestNetwork, type TestNetwork } from '../support/namespaces.ts';
import { until } from '../support/until.ts';

const slow = { within: 60_000, every: 300 };

const dress = `
ip -6 address add 2001:db8::1/64 dev eth0 nodad
ip link add red type vrf table 10 && ip link set red up && ip link set eth1 up master red
ip link add link eth2 name eth2.100 type vlan id 100 && ip address add 203.0.113.1/24 dev eth2.100 && ip link set eth2.100 up
ip link add link eth2 name eth2.200 type vlan id 200 && ip link set eth2.200 up
ip link add bond0 type bond mode active-backup miimon 50 && ip link set eth3 down && ip link set eth3 master bond0
ip address add 10.0.3.1/24 dev bond0 && ip link set bond0 up`;

/** What 2.2.7 can do as well. */
const routes = `
    10.50.0.0/16 encap mpls 100/200 via 192.0.2.9 dev eth0
    10.51.0.0/16 via 198.51.100.9 dev eth1 vrf red
    10.54.0.0/16 dev red
    unreachable default metric 4278198272 vrf red
    2001:db8:50:0:2000::1/128 encap ila 0001:0002:0003:0004 via 2001:db8::9 dev eth0
    2001:db8:51::/48 encap mpls 300 via 2001:db8::9 dev eth0`;
/** 2.2.7 leaves the labels of next hops out. */
const labelled = '10.53.0.0/16 nexthop via 192.0.2.9 dev eth0 encap mpls 5 nexthop via 192.0.2.10 dev eth0 weight 2 encap mpls 6/7';

function policies(more = ''): string {
  return `vrrp_instance ROUTES {
  interface eth0
  virtual_router_id 50
  priority 255
  virtual_ipaddress {
    192.0.2.100/24
  }
  virtual_routes {${routes}
    ${more}
  }
  virtual_rules {
    from 10.9.0.0/16 l3mdev priority 1500
    from 10.10.0.0/16 iif red table 10 priority 1600
    to 2001:db8:99::/48 l3mdev priority 1700
  }
}
`;
}

const made = (name: string, vrid: number, ifname: string, words: string, vip: string) => `vrrp_instance ${name} {
  interface ${ifname}
  virtual_router_id ${vrid}
  version 3
  advert_int 0.5
  priority 200
  ${words}
  virtual_ipaddress {
    ${vip}/24
  }
}
`;
const everything = `vrrp_track_process sleeper {
  process sleep 4321
  weight 10
}
${policies(labelled)}${made('VLAN', 52, 'eth2.100', 'use_vmac vlan-mac', '203.0.113.100')}${made('BOND', 53, 'bond0', 'use_vmac bond-mac', '10.0.3.100')}${made(
  'IPVLAN',
  54,
  'eth2.200',
  'use_ipvlan vlan-ip 10.0.2.21/24\n  track_process {\n    sleeper\n  }',
  '10.0.2.101',
)}`;

async function done(host: Host, line: string): Promise<string> {
  const { status, stdout, stderr } = await host.run(['sh', '-c', line]);
  assert.equal(status, 0, `${line}: ${stderr}`);
  return stdout;
}

async function shown(host: Host): Promise<string[]> {
  const text = await done(
    host,
    'for f in -4 -6; do ip -d $f route show table all proto 18; ip -6 -d route show table 10 proto 18; ip $f rule show; done',
  );
  const lines = text.replaceAll(/\n\t/g, ' ').split('\n');
  return [...new Set(lines.map((line) => line.trim()))].filter((line) => line !== '').sort();
}

async function play() {
  const interfaces = [
    { name: 'eth0', addresses: ['192.0.2.1/24'] },
    { name: 'eth1', addresses: ['198.51.100.1/24'] },
    { name: 'eth2', addresses: [] },
    { name: 'eth3', addresses: [] },
  ];
  const network: TestNetwork = await createTestNetwork([{ name: 'one', interfaces }]);
  try {
    const host = network.host('one');
    await done(host, dress);
    const start = (kind: Kind, configuration: string): Daemon => {
      const file = join(network.directory, `${kind}.conf`);
      writeFileSync(file, configuration);
      return startDaemon(host, { command: commandOf(kind), configuration: file, directory: network.directory });
    };
    const set = async () => (await shown(host)).some((line) => line.startsWith('1700:'));
    const before = await shown(host);

    const peer = start('keepalived', policies());
    await until('the last rule of keepalived', set, slow);
    const theirs = await shown(host);
    await peer.stop(20_000);

    const daemon = start('ka-ts', everything);
    for (const name of ['VLAN', 'BOND', 'IPVLAN']) await untilLogged(daemon, new RegExp(`\\(${name}\\) Entering MASTER STATE`), slow);
    await until('the last rule of ours', set, slow);
    const ours = await shown(host);
    const links = JSON.parse(await done(host, 'ip -d -j address show')) as readonly Record<string, unknown>[];

    const sleeper = host.spawn(['sleep', '4321'], { stdio: 'ignore' });
    await untilLogged(daemon, /^\(IPVLAN\) Changing effective priority from 200 to 210$/, slow);
    // nsenter stays outside, with the sleeper as its child.
    for (const pid of childrenOf(sleeper.pid ?? 0)) process.kill(pid, 'SIGKILL');
    await untilLogged(daemon, /^\(IPVLAN\) Changing effective priority from 210 to 200$/, slow);
    await daemon.stop(20_000);
    const left = await done(host, "ip -o link | grep -cE 'vlan-mac|bond-mac|vlan-ip' || true");
    return { before, theirs, ours, links, after: await shown(host), left: left.trim(), lines: daemon.lines.map((line) => line.text) };
  } finally {
    await network.destroy();
  }
}

describe('exotic kernels', () => {
  const played = createStage(200_000).play([{ name: 'all', play }]);
  const result = () => played('all');

  it('routes of MPLS, ILA and a VRF, and rules of l3mdev, are those of keepalived', () => {
    const { ours, theirs } = result();
    for (const words of [/encap mpls +100\/200/, /encap mpls +300/, /encap ila /, /dev eth1 table 10/, /^unreachable default table 10/])
      assert.ok(
        theirs.some((line) => words.test(line)),
        `${words}\n${theirs.join('\n')}`,
      );
    assert.deepEqual(
      ours.filter((line) => !line.includes('10.53.0.0/16')),
      theirs,
    );
  });

  it('each next hop has its own labels', () => {
    const multipath = result().ours.find((line) => line.includes('10.53.0.0/16'));
    assert.match(
      multipath ?? '',
      /nexthop +encap mpls +5 via 192\.0\.2\.9 .*nexthop +encap mpls +6\/7 via 192\.0\.2\.10 dev eth0 weight 2/,
    );
  });

  it('all of them go at stop', () => {
    assert.deepEqual(result().after, result().before);
    assert.equal(result().left, '0');
  });

  for (const [name, base, kind, address] of [
    ['vlan-mac', 'eth2.100', 'macvlan', '203.0.113.100'],
    ['bond-mac', 'bond0', 'macvlan', '10.0.3.100'],
    ['vlan-ip', 'eth2.200', 'ipvlan', '10.0.2.101'],
  ] as const)
    it(`${kind} ${name} stands on ${base} and holds the address`, () => {
      const link = result().links.find((l) => l.ifname === name) as
        | {
            readonly link: string;
            readonly linkinfo: { readonly info_kind: string };
            readonly addr_info: readonly { readonly local: string }[];
          }
        | undefined;
      assert.deepEqual([link?.link, link?.linkinfo.info_kind], [base, kind]);
      assert.ok(link?.addr_info.some((a) => a.local === address));
    });

  it('a tracked process is found in /proc where the kernel sends no process events', () => {
    const { lines } = result();
    assert.ok(
      lines.some((line) => /^NOTICE: the kernel sends no process events here \(.+\); tracked processes are looked for in/.test(line)),
    );
    assert.ok(lines.some((line) => line === 'Quorum gained for tracked process sleeper'));
    assert.ok(lines.some((line) => line === 'Quorum lost for tracked process sleeper'));
  });
}).timeout(20_000);
