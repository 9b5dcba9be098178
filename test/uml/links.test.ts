// SPDX-License-Identifier: MIT
// Kinds of interfaces that the machine's kernel may not have: VLAN, dummy, VRF, bond. One router is ours, the other keepalived,
// and each has an instance on every kind. Times are not measured here: the kernel below is emulated.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { runOrThrow } from '../../lib/lab/run.ts';
import { untilLogged } from '../support/daemon.ts';
import { assertWellFormed } from '../support/judge.ts';
import { adverts, createLan, createStage, first, garps, type Lan, last, now } from '../support/lan.ts';
import { until } from '../support/until.ts';

/** Of ours and of keepalived. */
type Name = 'a' | 'b';
const last8: Readonly<Record<Name, number>> = { a: 11, b: 12 };

interface Kind {
  readonly name: string;
  readonly vrid: number;
  readonly net: string;
  /** Where the instance talks, and where its address lies. */
  readonly ifname: string;
  readonly holder: string;
  /** Arguments of `ip` that make it of a plain Ethernet interface; OWN is the address of the router. */
  readonly dress: readonly string[];
}

const kinds: readonly Kind[] = [
  {
    name: 'an interface of a VRF',
    vrid: 51,
    net: '192.0.2',
    ifname: 'eth0',
    holder: 'eth0',
    dress: ['link add red type vrf table 10', 'link set red up', 'link set eth0 master red'],
  },
  {
    name: 'a VLAN',
    vrid: 52,
    net: '198.51.100',
    ifname: 'eth1.100',
    holder: 'eth1.100',
    dress: ['link add link eth1 name eth1.100 type vlan id 100', 'address add OWN/24 dev eth1.100', 'link set eth1.100 up'],
  },
  {
    name: 'a bond',
    vrid: 53,
    net: '203.0.113',
    ifname: 'bond0',
    holder: 'bond0',
    dress: [
      'link add bond0 type bond mode active-backup miimon 50',
      'link set eth2 down',
      'link set eth2 master bond0',
      'address add OWN/24 dev bond0',
      'link set bond0 up',
    ],
  },
  {
    name: 'Ethernet, with its address on a dummy',
    vrid: 54,
    net: '10.0.4',
    ifname: 'eth3',
    holder: 'lan0',
    dress: ['address add OWN/24 dev eth3', 'link add lan0 type dummy', 'link set lan0 up'],
  },
];

/** Cannot multicast until it is told to. */
const deaf: Kind = {
  name: 'a dummy',
  vrid: 55,
  net: '10.0.5',
  ifname: 'lan1',
  holder: 'lan1',
  dress: ['link add lan1 type dummy', 'address add OWN/24 dev lan1', 'link set lan1 up'],
};

const address = (kind: Kind, name: Name) => `${kind.net}.${last8[name]}`;
const vip = (kind: Kind) => `${kind.net}.100`;
/** Each look starts a program, which is dear here. */
const slow = { within: 45_000, every: 250 };

function configuration(priority: number): string {
  const instance = (kind: Kind) => `vrrp_instance VI_${kind.vrid} {
  state BACKUP
  interface ${kind.ifname}
  version 3
  virtual_router_id ${kind.vrid}
  priority ${priority}
  advert_int 0.5
  garp_master_delay 1
  virtual_ipaddress {
    ${vip(kind)}/24 dev ${kind.holder}
  }
}
`;
  return [...kinds, deaf].map(instance).join('');
}

function router(name: Name) {
  return {
    name,
    kind: name === 'a' ? ('ka-ts' as const) : ('keepalived' as const),
    address: `192.0.2.${last8[name]}/24`,
    ipv6: [],
    interfaces: ['eth1', 'eth2', 'eth3'].map((ifname) => ({ name: ifname, addresses: [] })),
    configuration: configuration(name === 'a' ? 150 : 100),
  };
}

async function ip(lan: Lan, name: Name, lines: readonly string[]): Promise<string> {
  return runOrThrow(['ip', '-n', lan.router(name).host.netns, '-batch', '-'], { input: lines.join('\n') });
}

const dressed = (kind: Kind, name: Name) => kind.dress.map((line) => line.replace('OWN', address(kind, name)));

async function held(lan: Lan, name: Name): Promise<string[]> {
  const shown = await runOrThrow(['ip', '-n', lan.router(name).host.netns, '-4', '-o', 'address', 'show']);
  return [...kinds, deaf].filter((kind) => shown.includes(` ${kind.holder}    inet ${vip(kind)}/24 `)).map((kind) => kind.name);
}

async function untilOnly(lan: Lan, holder: Name): Promise<void> {
  const other = holder === 'a' ? 'b' : 'a';
  await until(
    `${holder} has all addresses, ${other} has none`,
    async () => (await held(lan, other)).length === 0 && (await held(lan, holder)).length === kinds.length,
    slow,
  );
}

async function play() {
  const lan = await createLan({ ifname: 'eth0', client: '192.0.2.200/24', routers: [router('a'), router('b')] });
  try {
    for (const name of ['a', 'b'] as const)
      await ip(
        lan,
        name,
        [...kinds, deaf].flatMap((kind) => dressed(kind, name)),
      );
    const [one, two] = [lan.router('a'), lan.router('b')];
    two.start();
    await until('b has all addresses', async () => (await held(lan, 'b')).length === kinds.length, slow);
    one.start();
    await untilOnly(lan, 'a');
    // Everything fails at once: no carrier, and no dummy.
    for (const ifname of ['eth0', 'eth1', 'eth2']) await lan.network.cable('a', ifname, false);
    await ip(lan, 'a', ['link del lan0']);
    for (const kind of kinds) await untilLogged(one.daemon, new RegExp(`\\(VI_${kind.vrid}\\) Entering FAULT STATE$`), slow);
    await untilOnly(lan, 'b');
    for (const ifname of ['eth0', 'eth1', 'eth2']) await lan.network.cable('a', ifname, true);
    await ip(lan, 'a', ['link add lan0 type dummy', 'link set lan0 up']);
    await untilOnly(lan, 'a');
    const table = await ip(lan, 'a', ['route show table 10']);
    const main = await ip(lan, 'a', ['route show table main']);
    const stopped = now();
    await one.daemon.stop();
    await untilOnly(lan, 'b');
    const lines = { a: one.daemon.lines.map((l) => l.text), b: two.daemon.lines.map((l) => l.text) };
    await ip(lan, 'a', ['link set lan1 multicast on']);
    const again = one.start();
    await untilLogged(again, /\(VI_55\) Entering MASTER STATE/, slow);
    await again.stop();
    const { packets } = await lan.recording();
    const file = join(lan.network.directory, 'client.pcap');
    const fields = ['-T', 'fields', '-e', 'vrrp.virt_rtr_id', '-e', 'vlan.id'];
    const tags = await runOrThrow(['tshark', '-r', file, '-Y', 'vrrp', ...fields], { timeout: 60_000 });
    return { packets, stopped, table, main, lines, tags: [...new Set(tags.split('\n').filter(Boolean))].sort() };
  } finally {
    await lan.destroy();
  }
}

describe('kinds of interfaces', () => {
  const played = createStage(200_000).play([{ name: 'all kinds', play }]);
  const recorded = () => played('all kinds');

  for (const kind of kinds)
    it(`on ${kind.name}: preempts, goes to FAULT when it fails, comes back, says farewell`, () => {
      const { packets, stopped } = recorded();
      const [ours, theirs] = (['a', 'b'] as const).map((name) =>
        packets.filter((p) => p.kind !== 'advert' || (p.vrid === kind.vrid && p.source === address(kind, name))),
      );
      const sent = adverts(ours ?? []);
      assert.ok(sent.length > 4);
      assert.ok(sent.every((p) => p.version === 3 && p.addresses[0] === vip(kind)));
      const farewell = first(adverts(ours ?? [], { priority: 0, after: stopped }), 'farewell');
      assert.ok(first(adverts(theirs ?? [], { after: farewell.at }), 'takeover').at - farewell.at < 3, 'b heard it');
      const announced = garps(packets, vip(kind)).some((p) => p.sourceMac === last(sent, 'advert of a').sourceMac);
      // A dummy has IFF_NOARP and leads nowhere.
      assert.equal(announced, kind.holder === kind.ifname);
      assertWellFormed(packets.filter((p) => p.source === address(kind, 'a')));
    });

  it('every advert on the VLAN carries its tag, and no other', () => {
    assert.deepEqual(recorded().tags, ['51\t', '52\t100', '53\t', '54\t']);
  });

  it("an address on an interface of a VRF routes in the VRF's table only", () => {
    const { table, main } = recorded();
    assert.match(table, /192\.0\.2\.0\/24 dev eth0/);
    assert.doesNotMatch(main, /eth0/);
  });

  it('an interface that cannot multicast gets no router, and the line is that of keepalived', () => {
    const { lines } = recorded();
    const said = (name: Name) => lines[name].find((text) => /does not support multicast/.test(text))?.replace(/ \[.*\]$/, '');
    assert.equal(said('a'), '(VI_55) interface lan1 does not support multicast, specify unicast peers - disabling');
    assert.equal(said('a'), said('b'));
    for (const name of ['a', 'b'] as const) assert.ok(!lines[name].some((text) => /\(VI_55\) Entering MASTER/.test(text)));
  });
}).timeout(20_000);
