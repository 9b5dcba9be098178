// SPDX-License-Identifier: MIT
// BFD sessions with keepalived's and FRR's daemons and with each other: up, negotiated, down in time, told to VRRP; tshark reads
// the packets, scapy forges some.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runOrThrow } from '../../lib/lab/run.ts';
import { type Capture, startCapture } from '../support/capture.ts';
import { type Kind, untilLogged } from '../support/daemon.ts';
import { startBfdd } from '../support/frr.ts';
import { createLan, createStage, type Lan, type RouterSpec } from '../support/lan.ts';
import { until } from '../support/until.ts';

const addresses = { a: ['192.0.2.11', 'fd00::11'], b: ['192.0.2.12', 'fd00::12'] } as const;

function router(name: 'a' | 'b', kind: Kind, session: string, more = ''): RouterSpec {
  const [ipv4, ipv6] = addresses[name];
  return {
    name,
    kind,
    address: `${ipv4}/24`,
    ipv6: [`${ipv6}/64`, `fe80::${name === 'a' ? 11 : 12}/64`],
    configuration: `bfd_instance peer {\n${session}\n}\n${more}`,
  };
}

function session(name: 'a' | 'b', family: 4 | 6, lines = 'min_rx 50\n min_tx 50\n multiplier 3'): string {
  const other = name === 'a' ? 'b' : 'a';
  const place = family === 4 ? 0 : 1;
  return ` neighbor_ip ${addresses[other][place]}\n source_ip ${addresses[name][place]}\n ${lines}`;
}

const tracking = `vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    advert_int 1
    track_bfd {
        peer weight 20
    }
    virtual_ipaddress {
        192.0.2.100
    }
}
`;

async function withLan<R>(routers: readonly RouterSpec[], play: (lan: Lan) => Promise<R>): Promise<R> {
  const lan = await createLan({ ifname: 'eth0', client: '192.0.2.200/24', routers });
  try {
    return await play(lan);
  } finally {
    await lan.destroy();
  }
}

interface Seen {
  readonly at: number;
  readonly source: string;
  readonly ttl: number;
  readonly sourcePort: number;
  readonly state: number;
}

/** BFD packets in the order of their capture, as tshark reads them; all must be well formed. */
async function seenBy(capture: Capture, port: number): Promise<Seen[]> {
  await capture.packets();
  const names = ['frame.time_epoch', 'ip.src', 'ipv6.src', 'ip.ttl', 'ipv6.hlim', 'udp.srcport', 'bfd.sta', '_ws.malformed'];
  const args = ['-r', capture.file, '-d', `udp.port==${port},bfd`, '-Y', `udp.dstport==${port}`, '-T', 'fields'];
  const out = execFileSync('tshark', [...args, ...names.flatMap((n) => ['-e', n])], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return out
    .trim()
    .split('\n')
    .map((line) => {
      const [at, ip4, ip6, ttl, hops, sourcePort, state, malformed] = line.split('\t');
      assert.ok(!malformed, line);
      return { at: Number(at), source: ip4 || ip6 || '', ttl: Number(ttl || hops), sourcePort: Number(sourcePort), state: Number(state) };
    });
}

const captureOn = (lan: Lan, name: 'a' | 'b') =>
  startCapture(lan.router(name).host, 'eth0', join(lan.network.directory, `bfd-${name}.pcap`), 'udp port 3784 or udp port 4784');

const playKeepalived = () =>
  withLan([router('a', 'ka-ts', session('a', 4), tracking), router('b', 'keepalived', session('b', 4))], async (lan) => {
    const [a, b] = [lan.router('a'), lan.router('b')];
    const capture = await captureOn(lan, 'a');
    a.start();
    b.start();
    await untilLogged(a.daemon, /^\(peer\) Entering Up state/);
    await untilLogged(a.daemon, /Tracked BFD instance peer is UP/);
    await until('it is told to VRRP', async () => a.daemon.lines.some(({ text }) => text.includes('effective priority from 100 to 120')));
    await untilLogged(a.daemon, /Entering MASTER STATE/);
    await b.host.halt();
    await untilLogged(a.daemon, /Tracked BFD instance peer is DOWN/);
    return { packets: await seenBy(capture, 3784), lines: a.daemon.lines };
  });

const playFrr = () =>
  withLan([router('a', 'ka-ts', `${session('a', 6)}\n multihop\n hoplimit 64\n max_hops 5`), router('b', 'ka-ts', '')], async (lan) => {
    const a = lan.router('a');
    const capture = await captureOn(lan, 'a');
    a.start();
    const peer = `bfd\n peer fd00::11 multihop local-address fd00::12\n  detect-multiplier 4\n  receive-interval 60\n  transmit-interval 70\n  minimum-ttl 60\n`;
    const kill = await startBfdd(lan.router('b').host, lan.network.directory, peer);
    await untilLogged(a.daemon, /^\(peer\) Entering Up state/);
    await untilLogged(a.daemon, /Detection time is 280000 us/);
    await kill();
    await untilLogged(a.daemon, /^\(peer\) Entering Down state/);
    return { packets: await seenBy(capture, 4784), lines: a.daemon.lines };
  });

const forge = (source: string, yours: number, ttl: number) => `
from scapy.all import *
for payload in (bytes([0x20, 0x40, 3, 24]) + (7).to_bytes(4,'big') + (${yours}).to_bytes(4,'big') + bytes(12), b'', b'\\x20' * 24, bytes(300)):
    send(IP(src='${source}', dst='192.0.2.11', ttl=${ttl})/UDP(sport=50000, dport=3784)/Raw(payload), verbose=0)`;

const playOurs = () =>
  withLan(
    [router('a', 'ka-ts', session('a', 4)), router('b', 'ka-ts', session('b', 4, 'min_rx 50\n min_tx 50\n multiplier 3\n passive'))],
    async (lan) => {
      const [a, b] = [lan.router('a'), lan.router('b')];
      a.start({ TMPDIR: lan.network.directory });
      b.start();
      await untilLogged(a.daemon, /^\(peer\) Entering Up state/);
      await untilLogged(b.daemon, /^\(peer\) Entering Up state/);
      for (const [source, yours, ttl] of [
        ['192.0.2.12', 99, 255],
        ['192.0.2.12', 0, 254],
        ['192.0.2.66', 0, 255],
      ] as const)
        await runOrThrow(['ip', 'netns', 'exec', lan.client.netns, '/usr/bin/python3', '-c', forge(source, yours, ttl)]);
      await untilLogged(a.daemon, /^Discarding bogus packet from/);
      writeFileSync(a.file, readFileSync(a.file, 'utf8').replace('min_tx 50', 'min_tx 200'));
      a.daemon.signal('SIGHUP');
      await untilLogged(a.daemon, /Reload complete/);
      await untilLogged(b.daemon, /Detection time is 600000 us/);
      const dump = `${lan.network.directory}/keepalived_bfd.data`;
      a.daemon.signal('SIGUSR1');
      const data = await until('the dump is there', () => existsSync(dump) && readFileSync(dump, 'utf8'));
      const before = b.daemon.lines.filter(({ text }) => /Entering/.test(text)).length;
      await a.daemon.stop();
      await untilLogged(b.daemon, /^\(peer\) Expired after/);
      return { before, data, lines: a.daemon.lines, peerLines: b.daemon.lines };
    },
  );

describe('BFD sessions', () => {
  const stage = createStage();
  const keepalived = stage.play([{ name: 'keepalived', play: playKeepalived }]);
  const frr = stage.play([{ name: 'frr', play: playFrr }]);
  const ours = stage.play([{ name: 'ours', play: playOurs }]);

  const gaps = (packets: readonly Seen[], source: string) => {
    const sent = packets.filter((p) => p.source === source && p.state === 3);
    return sent.slice(1).map((p, i) => p.at - (sent[i]?.at ?? 0));
  };
  const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

  it('with keepalived are up, move the priority of an instance, and are down after its silence', () => {
    const { lines } = keepalived('keepalived');
    const expired = lines.map(({ text }) => /^\(peer\) Expired after (\d+) ms \((\d+) usec overdue\)/.exec(text)).find(Boolean);
    assert.ok(expired, 'not expired');
    assert.ok(Number(expired[1]) >= 150 && Number(expired[1]) < 250, expired[0]);
    assert.ok(lines.some(({ text }) => text.startsWith('(peer) Entering Down state (Local diagnostic - Control Detection Time Expired')));
    assert.ok(lines.some(({ text }) => text.includes('effective priority from 120 to 100')));
  });

  it('send from a port of RFC 5881, with TTL 255, at the interval less 10 to 25 percent', () => {
    const { packets } = keepalived('keepalived');
    const own = packets.filter((p) => p.source === '192.0.2.11');
    assert.ok(own.length > 20);
    assert.ok(own.every((p) => p.ttl === 255 && p.sourcePort >= 49152));
    assert.equal(new Set(own.map((p) => p.sourcePort)).size, 1);
    const middle = median(gaps(packets, '192.0.2.11'));
    assert.ok(middle > 0.037 && middle < 0.047, `${middle}`);
  });

  it('with FRR over several hops and IPv6 agree on intervals and detection time', () => {
    const { packets } = frr('frr');
    const own = packets.filter((p) => p.source === 'fd00::11');
    assert.ok(own.every((p) => p.ttl === 64));
    const middle = median(gaps(packets, 'fd00::11'));
    // FRR wants no more than one in 60 ms.
    assert.ok(middle > 0.044 && middle < 0.056, `${middle}`);
  });

  it('are shown in keepalived_bfd.data', () => {
    const { data } = ours('ours');
    assert.match(data, /BFD Instance = peer\n(.*\n)* {3}State = Up\n(.*\n)* {3}Remote state = Up\n(.*\n)* {3}Detection time = 150 ms\n/);
  });

  it('count the packets that they refuse', () => {
    const { data } = ours('ours');
    assert.match(
      data,
      / Packets refused :\n {3}Malformed = 9\n {3}Of no session = 2\n {3}TTL or hop limit too low = 1\n {3}Authenticated = 0\n/,
    );
  });

  it('are not disturbed by forged packets, and keep their state over a reload that changes their timers', () => {
    const { lines, peerLines, before } = ours('ours');
    const states = lines.filter(({ text }) => /^\(peer\) Entering/.test(text)).map(({ text }) => text);
    assert.deepEqual(states, ['(peer) Entering Up state']);
    assert.equal(before, 1);
    assert.ok(peerLines.some(({ text }) => /^\(peer\) Expired after 6\d\d ms/.test(text)));
  });
});
