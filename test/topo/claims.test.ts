// SPDX-License-Identifier: MIT
// Other stations that claim a virtual address by ARP or Neighbor Discovery, as scapy forges them and as rivals that hear no
// adverts send them: answered, told once, never a storm.

import assert from 'node:assert/strict';
import { runOrThrow } from '../../lib/lab/run.ts';
import { type Kind, untilLogged } from '../support/daemon.ts';
import { createStage, first, garps, type Lan, neighborAdverts, now, pause, playOnLan, type RouterSpec } from '../support/lan.ts';

const everybody = 'ff:ff:ff:ff:ff:ff';
const mac = { a: '02:99:00:00:00:11', b: '02:99:00:00:00:12' } as const;

function router(name: 'a' | 'b', kind: Kind, priority: number, lines = ''): RouterSpec {
  const number = name === 'a' ? 11 : 12;
  const instance = (vrid: number, more: string, addresses: string) => `vrrp_instance VI_${vrid} {
    version 3
    interface eth0
    virtual_router_id ${vrid}
    priority ${priority}
    advert_int 0.2
    garp_master_delay 0
    ${more}
    virtual_ipaddress {
        ${addresses}
    }
}
`;
  return {
    name,
    kind,
    address: `192.0.2.${number}/24`,
    ipv6: [`fe80::${number}/64`],
    mac: mac[name],
    configuration: instance(51, lines, '192.0.2.100') + instance(61, '', 'fe80::61\nfd00::61'),
  };
}

async function deafen(lan: Lan, name: 'a' | 'b'): Promise<void> {
  const rules =
    'add table inet deaf; add chain inet deaf in { type filter hook input priority 0; }; add rule inet deaf in meta l4proto 112 drop';
  await runOrThrow(['ip', 'netns', 'exec', lan.router(name).host.netns, 'nft', rules]);
}

const send = async (lan: Lan, frames: string): Promise<void> => {
  const script = `
from scapy.all import *
B, R = '${everybody}', '02:66:00:00:00:66'
E6 = Ether(src=R, dst='33:33:00:00:00:01')
sendp([${frames}], iface='eth0', verbose=0)`;
  await runOrThrow(['ip', 'netns', 'exec', lan.client.netns, '/usr/bin/python3', '-c', script]);
};

const noClaims = `
Ether(src=R,dst=B)/ARP(op=1,hwsrc=R,psrc='0.0.0.0',pdst='192.0.2.100'),
Ether(src=R,dst=B)/ARP(op=2,hwsrc=R,psrc='192.0.2.77',pdst='192.0.2.77'),
Ether(src=R,dst=B)/ARP(op=1,hwsrc='${mac.a}',psrc='192.0.2.100',pdst='192.0.2.100'),
Ether(src=R,dst=B,type=0x0806)/Raw(bytes.fromhex('0001080006040001026600')),
Ether(src=R,dst=B,type=0x0806)/Raw(b'\\xff'*60),
E6/IPv6(src='::',dst='ff02::1:ff00:61')/ICMPv6ND_NS(tgt='fd00::61'),
E6/IPv6(src='fd00::61',dst='ff02::1',hlim=64)/ICMPv6ND_NA(R=0,S=0,O=1,tgt='fd00::61')/ICMPv6NDOptDstLLAddr(lladdr=R),
E6/IPv6(src='fd00::61',dst='ff02::1')/ICMPv6ND_NA(R=0,S=0,O=1,tgt='fd00::61',cksum=1)/ICMPv6NDOptDstLLAddr(lladdr=R),
E6/IPv6(src='fd00::61',dst='ff02::1')/ICMPv6ND_NA(R=0,S=0,O=1,tgt='fd00::61')/Raw(b'\\x02\\x00aaaaaa')`;
const claims4 = `*[Ether(src=R,dst=B)/ARP(op=op,hwsrc=R,psrc='192.0.2.100',pdst='192.0.2.100') for op in (1,2,1,2,2)]`;
const claims6 = `
E6/IPv6(src='fe80::66',dst='ff02::1')/ICMPv6ND_NA(R=0,S=0,O=1,tgt='fd00::61')/ICMPv6NDOptDstLLAddr(lladdr=R),
E6/IPv6(src='fe80::61',dst='ff02::1:ff00:1')/ICMPv6ND_NS(tgt='fe80::1')/ICMPv6NDOptSrcLLAddr(lladdr=R)`;

const playForged = () =>
  playOnLan([router('a', 'ka-ts', 150)], async (lan) => {
    const a = lan.router('a');
    a.start();
    await a.untilHolds('192.0.2.100');
    await a.untilHolds('fd00::61');
    await pause(1.5);
    const quiet = now();
    await send(lan, noClaims);
    await pause(1.2);
    const unanswered = a.daemon.lines.filter(({ text }) => text.includes('claimed')).map(({ text }) => text);
    const claimed = now();
    await send(lan, `${claims4}, ${claims6}`);
    await untilLogged(a.daemon, /^\(VI_61\) .* is claimed by/);
    await pause(2);
    return { quiet, claimed, unanswered, lines: a.daemon.lines.map(({ text }) => text) };
  });

/** Neither hears the other's adverts, both hear the other's ARP. */
const playConflict = (kind: Kind) => () =>
  playOnLan([router('a', 'ka-ts', 150), router('b', kind, 100, 'garp_master_refresh 1')], async (lan) => {
    const [a, b] = [lan.router('a'), lan.router('b')];
    await deafen(lan, 'a');
    await deafen(lan, 'b');
    a.start();
    await a.untilHolds('192.0.2.100');
    b.start();
    await untilLogged(a.daemon, /^\(VI_51\) .* is claimed by/);
    const contested = now();
    await pause(5);
    return { contested, lines: a.daemon.lines.map(({ text }) => text), peerLines: b.daemon.lines.map(({ text }) => text) };
  });

/** Its own announcements come in by the interface below too. */
const playOwn = () =>
  playOnLan([router('a', 'ka-ts', 150, 'use_vmac\ngarp_master_refresh 1')], async (lan) => {
    const a = lan.router('a');
    a.start();
    await untilLogged(a.daemon, /^\(VI_51\) Entering MASTER STATE/);
    await pause(2.5);
    return { lines: a.daemon.lines.map(({ text }) => text) };
  });

describe('claims of a virtual address by others', () => {
  const stage = createStage();
  const forged = stage.play([{ name: 'forged', play: playForged }]);
  const conflicts = stage.play([
    { name: 'ka-ts', play: playConflict('ka-ts') },
    { name: 'keepalived', play: playConflict('keepalived') },
  ]);
  const own = stage.play([{ name: 'own', play: playOwn }]);

  const saying = (lines: readonly string[], what: RegExp) => lines.filter((text) => what.test(text));

  it('probes, claims of other addresses, our own MAC and what is malformed are none', () => {
    const { unanswered, packets, quiet, claimed } = forged('forged');
    assert.deepEqual(unanswered, []);
    // To everybody: the kernel itself answers the one who probes.
    const announced = garps(packets, '192.0.2.100', quiet, claimed).filter((p) => p.sourceMac === mac.a && p.destinationMac === everybody);
    assert.deepEqual(announced, []);
    // One is the kernel's to the solicitation that probes, which goes to everybody.
    assert.equal(neighborAdverts(packets, 'fd00::61', quiet, claimed).filter((p) => p.sourceMac === mac.a).length, 1);
  });

  it('a burst of requests and replies is answered at once and once more when it is over', () => {
    const { packets, claimed } = forged('forged');
    const theirs = first(
      garps(packets, '192.0.2.100', claimed).filter((p) => p.arpSenderMac === '02:66:00:00:00:66'),
      'forged',
    );
    const answers = garps(packets, '192.0.2.100', claimed).filter((p) => p.arpSenderMac === mac.a);
    assert.equal(answers.length, 2);
    assert.ok((answers[0]?.at ?? 0) - theirs.at < 0.5, 'the first is late');
    const later = (answers[1]?.at ?? 0) - (answers[0]?.at ?? 0);
    assert.ok(later > 0.99 && later < 1.6, `${later}`);
  });

  it('so are Neighbor Advertisements and Solicitations', () => {
    const { packets, claimed } = forged('forged');
    for (const address of ['fd00::61', 'fe80::61'])
      assert.equal(neighborAdverts(packets, address, claimed).filter((p) => p.sourceMac === mac.a).length, 1, address);
  });

  it('each conflict is told once, with who it is', () => {
    const { lines } = forged('forged');
    const told = saying(lines, /claimed by/);
    assert.deepEqual(told, [
      '(VI_51) 192.0.2.100 is claimed by 02:66:00:00:00:66 too: a second master, or a host with this address? Announcing it again',
      '(VI_61) fd00::61 is claimed by 02:66:00:00:00:66 too: a second master, or a host with this address? Announcing it again',
    ]);
  });

  for (const kind of ['ka-ts', 'keepalived'] as const) {
    it(`a second master, ${kind}, is answered seldom, and both go on`, () => {
      const { lines, packets, contested } = conflicts(kind);
      assert.equal(saying(lines, /^\(VI_51\) .* is claimed by 02:99:00:00:00:12 too/).length, 1);
      const answers = garps(packets, '192.0.2.100', contested - 0.1, contested + 4.9).filter((p) => p.arpSenderMac === mac.a);
      // At 0, 1 and 3 seconds.
      assert.ok(answers.length >= 2 && answers.length <= 3, `${answers.map((p) => p.at - contested)}`);
      assert.equal(saying(lines, /Entering BACKUP STATE$/).length, 0);
    });
  }

  it('own announcements through a virtual MAC are none', () => {
    assert.deepEqual(saying(own('own').lines, /claimed/), []);
  });
});
