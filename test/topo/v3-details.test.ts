// SPDX-License-Identifier: MIT
// What elections do not show of VRRPv3 and IPv6: keepalived's own bytes, the shortest interval, addresses of the other
// family, router flag, lifetimes, an interface whose address is not usable yet, version 2 over IPv6.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runOrThrow } from '../../lib/lab/run.ts';
import { type GoldenFile, goldenFiles } from '../native/vectors.ts';
import { untilLogged } from '../support/daemon.ts';
import { down3 } from '../support/formula.ts';
import { assertWellFormed } from '../support/judge.ts';
import { adverts, createLan, createStage, first, type Lan, last, neighborAdverts, now, type Recording } from '../support/lan.ts';
import { assertSpan, tolerance } from '../support/timing.ts';
import { until } from '../support/until.ts';
import { v3Configuration } from '../support/v3-failover.ts';

const golden = ['v3-ipv4', 'v3-ipv4-unicast', 'v3-ipv4-rfc9568-sum', 'v3-ipv6', 'v3-ipv6-unicast'] as const;

function goldenFile(name: string): GoldenFile & { readonly config: string } {
  const file = goldenFiles().find((f) => f.name === name);
  if (file?.config === undefined) throw new Error(`no golden file with a configuration is called ${name}`);
  return { ...file, config: file.config };
}

/** Frames of a capture file, as hexadecimal text without what `varies` from run to run. */
function framesOf(file: string): Set<string> {
  const data = readFileSync(file);
  const found = new Set<string>();
  // pcap in the byte order of this machine: 24 bytes of header, 16 before each frame.
  for (let at = 24; at + 16 <= data.length; at += 16 + data.readUInt32LE(at + 8))
    found.add(withoutVariations(data.subarray(at + 16, at + 16 + data.readUInt32LE(at + 8))));
  return found;
}

/** IPv4: identification and header checksum; IPv6: flow label. */
function withoutVariations(frame: Uint8Array): string {
  const copy = Buffer.from(frame);
  const type = copy.readUInt16BE(12);
  if (type === 0x0800) copy.fill(0, 18, 20).fill(0, 24, 26);
  if (type === 0x86dd) {
    copy.writeUInt8(copy.readUInt8(15) & 0xf0, 15);
    copy.fill(0, 16, 18);
  }
  return copy.toString('hex');
}

async function playGolden(name: string): Promise<{ readonly wanted: readonly string[]; readonly seen: ReadonlySet<string> }> {
  const file = goldenFile(name);
  const host = (n: 1 | 2) => ({
    kind: 'ka-ts' as const,
    mac: `02:77:00:00:00:0${n}`,
    address: `10.77.0.${n}/24`,
    ipv6: [`fd77::${n}/64`, `fe80::77:ff:fe00:${n}/64`],
  });
  const lan = await createLan({
    ifname: 'eth0',
    client: '10.77.0.200/24',
    // Of the second only the host is used: the peer of the unicast ones.
    routers: [
      { name: 'a', ...host(1), configuration: file.config },
      { name: 'b', ...host(2), configuration: '' },
    ],
  });
  try {
    const daemon = lan.router('a').start();
    await untilLogged(daemon, /Entering MASTER STATE/);
    const active = now();
    await until('three adverts are out', () => now() > active + 1.3);
    await daemon.stop();
    await lan.recording();
    return {
      wanted: file.frames.map((f) => withoutVariations(Buffer.from(f.hex, 'hex'))),
      seen: framesOf(join(lan.network.directory, 'client.pcap')),
    };
  } finally {
    await lan.destroy();
  }
}

/** a adverts every 10 ms and b every second, until a is killed. */
async function playShortest(): Promise<Recording & { readonly killed: number; readonly learnt: string }> {
  const router = (n: 1 | 2, priority: number, interval: number) => ({
    name: n === 1 ? 'a' : 'b',
    kind: 'ka-ts' as const,
    address: `192.0.2.1${n}/24`,
    configuration: v3Configuration(priority, interval, ['192.0.2.100/24']),
  });
  const lan = await createLan({ ifname: 'eth0', client: '192.0.2.200/24', routers: [router(1, 150, 0.01), router(2, 100, 1)] });
  try {
    const [one, two] = [lan.router('a'), lan.router('b')];
    one.start();
    await one.untilHolds('192.0.2.100');
    const learnt = await untilLogged(two.start(), /advertisement interval updated/);
    const heard = now();
    await until('b listens for a while', () => now() > heard + 1);
    assert.ok(!(await two.holds('192.0.2.100')));
    const killed = now();
    await one.daemon.kill();
    await two.untilHolds('192.0.2.100');
    return { ...(await lan.recording()), killed, learnt: learnt.text };
  } finally {
    await lan.destroy();
  }
}

const several = `global_defs {
  vrrp_gna_interval 0.05
}
${v3Configuration(100, 0.2, ['fe80::77:1/64', 'fd00:77::100/64', 'fd00:77::101'])}
vrrp_instance OTHER {
  interface eth0
  version 2
  virtual_router_id 62
  priority 100
  advert_int 1
  virtual_ipaddress {
    fe80::77:2/64
  }
  virtual_ipaddress_excluded {
    192.0.2.150/24
  }
}
`;

interface Shown {
  readonly local: string;
  readonly prefixlen: number;
  readonly nodad?: boolean;
  readonly deprecated?: boolean;
}

async function shownAddresses(lan: Lan, name: string): Promise<Shown[]> {
  const text = await runOrThrow(['ip', '-n', lan.router(name).host.netns, '-j', 'address', 'show', 'dev', 'eth0']);
  return (JSON.parse(text) as { readonly addr_info: Shown[] }[])[0]?.addr_info ?? [];
}

/** A router that forwards IPv6, with addresses of every kind; its link-local address comes when it has been waiting for it. */
async function playSeveral(): Promise<
  Recording & { readonly shown: readonly Shown[]; readonly faulty: string; readonly left: readonly Shown[] }
> {
  const lan = await createLan({
    ifname: 'eth0',
    client: '192.0.2.200/24',
    routers: [{ name: 'a', kind: 'ka-ts', address: '192.0.2.11/24', ipv6: [], configuration: several }],
  });
  try {
    const router = lan.router('a');
    await router.host.run(['sh', '-c', 'echo 1 >/proc/sys/net/ipv6/conf/eth0/forwarding']);
    const daemon = router.start();
    const faulty = await untilLogged(daemon, /VI_3.*no IPv6 address/);
    // With duplicate address detection: tentative for a second or so, and of no use until then.
    await runOrThrow(['ip', '-n', router.host.netns, 'address', 'add', 'fe80::11/64', 'dev', 'eth0']);
    await router.untilHolds('fd00:77::101');
    await router.untilHolds('192.0.2.150', { within: 15_000 });
    const active = now();
    await until('the announcements are out', () => now() > active + 1.5);
    const shown = await shownAddresses(lan, 'a');
    await daemon.stop();
    return { ...(await lan.recording()), shown, faulty: faulty.text, left: await shownAddresses(lan, 'a') };
  } finally {
    await lan.destroy();
  }
}

const gtsm = (own: 1 | 2) => `  unicast_src_ip fd00:77::${own}
  unicast_ttl 255
  check_unicast_src
  unicast_peer {
    fd00:77::${3 - own} min_ttl 255 max_ttl 255
  }`;

/** a and b want hop limit 255 of each other (RFC 5082). */
async function playHopLimit(): Promise<Recording> {
  const router = (n: 1 | 2, priority: number) => ({
    name: n === 1 ? 'a' : 'b',
    kind: 'ka-ts' as const,
    address: `192.0.2.1${n}/24`,
    ipv6: [`fe80::${n}/64`, `fd00:77::${n}/64`],
    configuration: v3Configuration(priority, 0.2, ['fd00:77::100/64'], gtsm(n)),
  });
  const lan = await createLan({ ifname: 'eth0', client: '192.0.2.200/24', routers: [router(1, 150), router(2, 100)] });
  try {
    const [one, two] = [lan.router('a'), lan.router('b')];
    one.start();
    await one.untilHolds('fd00:77::100');
    await untilLogged(two.start(), /Entering BACKUP STATE/);
    const waiting = now();
    await until('b could have taken over', () => now() > waiting + down3(100, 0.2) + 0.5);
    return await lan.recording();
  } finally {
    await lan.destroy();
  }
}

describe('VRRPv3 and IPv6 in detail', () => {
  const stage = createStage();
  const bytes = stage.play(golden.map((name) => ({ name, play: () => playGolden(name) })));
  const shortest = stage.play([{ name: 'shortest', play: playShortest }]);
  const addresses = stage.play([{ name: 'several', play: playSeveral }]);

  const hopLimit = stage.play([{ name: 'hop limit', play: playHopLimit }]);

  it('unicast_ttl 255 over IPv6 is told to the kernel, which would take 64, so that a peer can insist on it', () => {
    const { packets } = hopLimit('hop limit');
    const sent = adverts(packets, { source: 'fd00:77::1' });
    assert.ok(sent.length > 5 && sent.every((p) => p.ttl === 255));
    assert.deepEqual(adverts(packets, { source: 'fd00:77::2' }), []);
  });

  for (const name of golden) {
    it(`the running daemon sends keepalived's very bytes: ${name}`, () => {
      const { wanted, seen } = bytes(name);
      assert.ok(wanted.length >= 5);
      assert.deepEqual(
        wanted.filter((frame) => !seen.has(frame)),
        [],
      );
    });
  }

  it('adverts every 10 ms, and a backup with another interval goes by them', () => {
    const { packets, killed, learnt } = shortest('shortest');
    assert.match(learnt, /\(VI_3\) advertisement interval updated from 1000ms to 10ms by master/);
    assert.deepEqual(adverts(packets, { source: '192.0.2.12', before: killed }), []);
    const sent = adverts(packets, { source: '192.0.2.11' });
    const span = last(sent, 'advert').at - first(sent, 'advert').at;
    assert.ok(Math.abs(sent.length - 1 - span / 0.01) <= 2, `${sent.length} adverts in ${span} s`);
    const takeover = first(adverts(packets, { source: '192.0.2.12', after: killed }), 'advert of b');
    assertSpan(takeover.at - last(sent, 'advert').at, down3(100, 0.01), tolerance('ka-ts'), 'takeover');
  });

  it('without a usable link-local address an instance is in FAULT, and leaves it when duplicate address detection has ended', () => {
    const { packets, faulty } = addresses('several');
    assert.match(faulty, /\(VI_3\) entering FAULT state \(no IPv6 address for interface\)/);
    assert.ok(adverts(packets).every((p) => p.source === 'fe80::11'));
  });

  it('addresses skip duplicate address detection, and a /128 is deprecated so that nothing is sent from it', () => {
    const shown = new Map(addresses('several').shown.map((a) => [a.local, a]));
    for (const [address, deprecated] of [
      ['fe80::77:1', undefined],
      ['fd00:77::100', undefined],
      ['fd00:77::101', true],
    ] as const) {
      assert.equal(shown.get(address)?.nodad, true, address);
      assert.equal(shown.get(address)?.deprecated, deprecated, address);
    }
    assert.equal(shown.get('fd00:77::101')?.prefixlen, 128);
  });

  it('announcements carry the router flag where the interface forwards, and keep vrrp_gna_interval', () => {
    const { packets } = addresses('several');
    const sent = neighborAdverts(packets, 'fd00:77::100');
    assert.ok(sent.length >= 5);
    assert.ok(sent.every((p) => p.naFlags === 'ro'));
    const all = packets.filter((p) => p.kind === 'na' && p.naTarget.startsWith('fd00:77::10'));
    // Two instances share the pace, so a gap may be longer.
    for (let i = 1; i < all.length; i++) assert.ok((all[i]?.at ?? 0) - (all[i - 1]?.at ?? 0) > 0.045, `gap before frame ${all[i]?.number}`);
  });

  it('version 2 over IPv6 has no authentication field, and an excluded address may be of the other family', () => {
    const { packets, shown } = addresses('several');
    const sent = adverts(packets).filter((p) => p.vrid === 62);
    assert.ok(sent.length > 0);
    // Ethernet, IPv6, VRRP, one address.
    for (const p of sent) assert.deepEqual([p.version, p.length, p.addresses], [2, 14 + 40 + 8 + 16, ['fe80::77:2']]);
    assert.ok(shown.some((a) => a.local === '192.0.2.150'));
  });

  it('a stop leaves no address behind, and tshark finds nothing wrong', () => {
    const { packets, left } = addresses('several');
    assert.deepEqual(left.map((a) => a.local).sort(), ['192.0.2.11', 'fe80::11']);
    // tshark sums version 2 without the pseudo header that IPv6 demands (RFC 8200 8.1) and that the kernel adds and checks.
    assertWellFormed(packets.filter((p) => p.kind !== 'advert' || p.version === 3));
    assertWellFormed(shortest('shortest').packets);
  });
});
