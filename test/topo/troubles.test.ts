// SPDX-License-Identifier: MIT
// Rivals and deafness: strangers and broken hosts on a wire, and what the router that stands beside them tells of them without
// changing its state.

import assert from 'node:assert/strict';
import { createControlClient } from '../../lib/control/client.ts';
import type { InstanceStatus } from '../../lib/control/document.ts';
import { runOrThrow } from '../../lib/lab/run.ts';
import { socketBeside } from '../../lib/process/places.ts';
import { untilLogged } from '../support/daemon.ts';
import { createStage, type Lan, pause, playOnLan, type Router, type RouterSpec } from '../support/lan.ts';
import { until } from '../support/until.ts';

const mac = { a: '02:99:00:00:00:11', b: '02:99:00:00:00:12', stranger: '02:66:00:00:00:66' } as const;
const address = { a: '192.0.2.11', b: '192.0.2.12', stranger: '192.0.2.200' } as const;

function router(name: 'a' | 'b', priority: number, lines = ''): RouterSpec {
  return {
    name,
    kind: 'ka-ts',
    address: `${address[name]}/24`,
    ipv6: [`fe80::${name}/64`],
    mac: mac[name],
    configuration: `vrrp_instance VI_1 {
    version 3
    interface eth0
    virtual_router_id 51
    priority ${priority}
    advert_int 0.2
    ${lines}
    virtual_ipaddress {
        192.0.2.100
    }
}
vrrp_instance VI_6 {
    version 3
    interface eth0
    virtual_router_id 61
    priority ${priority}
    advert_int 0.2
    virtual_ipaddress {
        fe80::61
    }
}
`,
  };
}

const nft = (host: { readonly netns: string }, rules: string) => runOrThrow(['ip', 'netns', 'exec', host.netns, 'nft', rules]);
const drop =
  'add table inet deaf; add chain inet deaf in { type filter hook input priority 0; }; add rule inet deaf in meta l4proto 112 drop';
const hearAgain = 'delete table inet deaf';

async function instances(r: Router): Promise<readonly InstanceStatus[]> {
  const client = createControlClient(socketBeside(r.daemon.pidFile), 5000);
  try {
    const look = await client.status();
    return look.kind === 'answer' ? (look.document.vrrp?.instances ?? []) : [];
  } finally {
    client.close();
  }
}
/** Claims by ARP and ND come and go with announcements: test/topo/claims.test.ts is about them. */
const troubles = async (r: Router, claims = false) =>
  (await instances(r))
    .flatMap((i) =>
      i.troubles.filter((t) => (t.why === 'claim') === claims).map((t) => `${i.name} ${t.kind} ${t.why} ${t.address} ${t.mac}`),
    )
    .sort();
async function untilTroubles(r: Router, wanted: readonly string[]): Promise<void> {
  let seen = '';
  const found = async () => {
    seen = (await troubles(r)).join('; ');
    return seen === wanted.join('; ');
  };
  await until(`${r.host.name} tells ${wanted.join('; ') || 'of no trouble'}`, found, { within: 30_000, every: 200 }).catch((error) => {
    throw new Error(`${error}, but ${seen || 'of none'}:\n${textsOf(r).slice(-20).join('\n')}`);
  });
}
const textsOf = (r: Router) => r.daemon.lines.map(({ text }) => text);
const saying = (lines: readonly string[], what: RegExp) => lines.filter((text) => what.test(text));

/** Adverts of the stranger, until it is told to stop. */
async function stranger(lan: Lan, vrrp: string, seconds: number): Promise<void> {
  const script = `
from scapy.all import *
from scapy.layers.vrrp import VRRP, VRRPv3
import time
p = Ether(src='${mac.stranger}', dst='01:00:5e:00:00:12')/IP(src='${address.stranger}', dst='224.0.0.18', ttl=255, proto=112)/${vrrp}
s = conf.L2socket(iface='eth0')
end = time.time() + ${seconds}
while time.time() < end:
    s.send(p)
    time.sleep(0.2)`;
  await runOrThrow(['ip', 'netns', 'exec', lan.client.netns, '/usr/bin/python3', '-c', script], { timeout: (seconds + 20) * 1000 });
}

/** a is Active and b hears it. */
async function startPair(lan: Lan): Promise<readonly [Router, Router]> {
  const [a, b] = [lan.router('a'), lan.router('b')];
  a.start();
  await a.untilHolds('192.0.2.100');
  b.start();
  await untilLogged(b.daemon, /^\(VI_1\) Entering BACKUP STATE/);
  return [a, b];
}

/** b hears nothing any more: it takes over beside a, and both must see why. */
const playDeaf = () =>
  playOnLan([router('a', 150), router('b', 100)], async (lan) => {
    const [a, b] = await startPair(lan);
    await pause(1);
    const peaceful = [...(await troubles(a)), ...(await troubles(b))];
    await nft(b.host, drop);
    await untilTroubles(a, [`VI_1 contested two_active ${address.b} ${mac.b}`, `VI_6 contested two_active fe80::b ${mac.b}`]);
    await untilTroubles(b, [`VI_1 deaf dropped_here ${address.a} ${mac.a}`, `VI_6 deaf dropped_here fe80::a ${mac.a}`]);
    const claimed = await troubles(a, true);
    await nft(b.host, hearAgain);
    await untilTroubles(b, []);
    await untilTroubles(a, []);
    return { peaceful, claimed, a: textsOf(a), b: textsOf(b) };
  });

/** a is better and dies without a word; then it comes back. */
const playSilent = () =>
  playOnLan([router('a', 150), router('b', 100)], async (lan) => {
    const [a, b] = await startPair(lan);
    await pause(0.5);
    await lan.cable('a', false);
    await untilTroubles(b, [`VI_1 deaf peer_silent ${address.a} null`, 'VI_6 deaf peer_silent fe80::a null']);
    await lan.cable('a', true);
    await untilTroubles(b, []);
    // Losing the link is no deafness.
    return { a: textsOf(a), b: textsOf(b) };
  });

/** Nobody else was ever there, and then strangers of several kinds. */
const playStrangers = () =>
  playOnLan([router('a', 150)], async (lan) => {
    const a = lan.router('a');
    a.start();
    await a.untilHolds('192.0.2.100');
    await pause(8);
    const alone = saying(textsOf(a), /contested|deaf/);
    const aside = async (vrrp: string, wanted: string) => {
      const sending = stranger(lan, vrrp, 7);
      await untilTroubles(a, [wanted]);
      await sending;
      await untilTroubles(a, []);
    };
    const who = `${address.stranger} ${mac.stranger}`;
    await aside("VRRP(version=2, vrid=51, priority=90, adv=1, addrlist=['192.0.2.100'])", `VI_1 contested refused ${who}`);
    await aside("VRRPv3(vrid=51, priority=90, adv=20, addrlist=['192.0.2.99'])", `VI_1 contested other_addresses ${who}`);
    return { alone, a: textsOf(a) };
  });

/** The kernel forgets the memberships of IPv6 on an interface whose MTU is too small for it. */
const playMembership = () =>
  playOnLan([router('a', 150)], async (lan) => {
    const a = lan.router('a');
    a.start();
    await a.untilHolds('192.0.2.100');
    const ip = (words: string) => runOrThrow(['ip', '-n', a.host.netns, ...words.split(' ')]);
    await ip('link set eth0 mtu 1000');
    await ip('link set eth0 mtu 1500');
    await ip('-6 address add fe80::a/64 dev eth0 nodad');
    await untilLogged(a.daemon, /^\(VI_6\) deaf: nobody on this host is a member of ff02::12 on eth0/, { within: 30_000 });
    await untilLogged(a.daemon, /^\(VI_6\) heard again: the membership is back/, { within: 30_000 });
    const members = (await a.host.run(['cat', '/proc/net/igmp6'])).stdout;
    return { members, a: textsOf(a) };
  });

describe('troubles that are no change of state', () => {
  const stage = createStage(180_000);
  const deaf = stage.play([{ name: 'deaf', play: playDeaf }]);
  const silent = stage.play([{ name: 'silent', play: playSilent }]);
  const strangers = stage.play([{ name: 'strangers', play: playStrangers }]);
  const membership = stage.play([{ name: 'membership', play: playMembership }]);

  it('a router that lost its hearing says so, and the one beside it who contests its role', () => {
    const { peaceful, claimed, a, b } = deaf('deaf');
    assert.deepEqual(peaceful, []);
    assert.deepEqual(claimed, [`VI_1 contested claim 192.0.2.100 ${mac.b}`, `VI_6 contested claim fe80::61 ${mac.b}`]);
    assert.equal(saying(a, /^\(VI_1\) contested: 192\.0\.2\.12 \(02:99:00:00:00:12\) goes on advertising priority 100/).length, 1);
    assert.equal(saying(a, /^\(VI_1\) resolved: 192\.0\.2\.12 .* seconds\)$/).length, 1);
    assert.equal(saying(b, /^\(VI_1\) deaf: adverts of 192\.0\.2\.11 \(02:99:00:00:00:11\), priority 150, arrive on eth0/).length, 1);
    assert.equal(saying(b, /^\(VI_1\) heard again: 192\.0\.2\.11/).length, 1);
  });

  it('a better router that died without a word is missed until it is heard', () => {
    const { a, b } = silent('silent');
    assert.equal(saying(b, /^\(VI_1\) deaf: nothing heard from 192\.0\.2\.11, priority 150, for [0-9.]+ seconds/).length, 1);
    assert.equal(saying(b, /^\(VI_1\) heard again/).length, 1);
    assert.deepEqual(saying(a, /deaf|contested/), []);
  });

  it('a router that never had a peer is not deaf, and strangers are named', () => {
    const { alone, a } = strangers('strangers');
    assert.deepEqual(alone, []);
    assert.equal(
      saying(a, /^\(VI_1\) contested: adverts of 192\.0\.2\.200 \(02:66:00:00:00:66\) for VRID 51 are refused \(version\)/).length,
      1,
    );
    assert.equal(saying(a, /^\(VI_1\) contested: 192\.0\.2\.200 \(02:66:00:00:00:66\) advertises VRID 51 with other addresses/).length, 1);
    assert.equal(saying(a, /^\(VI_1\) resolved: .* nothing more was heard of it/).length, 2);
    assert.equal(saying(a, /^\(VI_1\) Entering BACKUP STATE$/).length, 0);
  });

  it('a lost membership is told, and joined again', () => {
    const { members, a } = membership('membership');
    assert.match(members, /eth0\s+ff020000000000000000000000000012/);
    assert.deepEqual(saying(a, /^\(VI_1\) (deaf|heard)/), []);
  });
});
