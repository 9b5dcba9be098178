// SPDX-License-Identifier: MIT
// When gratuitous ARPs leave, keyword by keyword, as tcpdump stamps them and tshark reads them; and the two checksums of
// unicast version 3 with keepalived as the peer that has the old one.

import assert from 'node:assert/strict';
import { runOrThrow } from '../../lib/lab/run.ts';
import { type Kind, untilLogged } from '../support/daemon.ts';
import { assertWellFormed } from '../support/judge.ts';
import { adverts, createStage, first, garps, last, now, pause, playOnLan, type RouterSpec } from '../support/lan.ts';

/** What a loaded machine may be late, seconds. */
const LATE = 0.4;

function router(name: 'a' | 'b', kind: Kind, configuration: string): RouterSpec {
  const number = name === 'a' ? 11 : 12;
  return { name, kind, address: `192.0.2.${number}/24`, mac: `02:99:00:00:00:${number}`, configuration };
}

function instance(vrid: number, priority: number, lines: string, addresses: string): string {
  return `vrrp_instance VI_${vrid} {
    version 3
    interface eth0
    virtual_router_id ${vrid}
    priority ${priority}
    advert_int 0.2
    ${lines}
    virtual_ipaddress {
        ${addresses}
    }
}
`;
}

/** Frames in groups: a pause of more than a third of a second begins another one. */
function bursts(frames: readonly { readonly at: number }[]): { readonly at: number; readonly count: number }[] {
  const found: { at: number; count: number; end: number }[] = [];
  for (const { at } of frames) {
    const open = found.at(-1);
    if (open && at - open.end < 0.33) {
      open.count++;
      open.end = at;
    } else found.push({ at, count: 1, end: at });
  }
  return found;
}

function assertSchedule(frames: readonly { readonly at: number }[], wanted: readonly (readonly [after: number, count: number])[]): void {
  const found = bursts(frames).slice(0, wanted.length);
  const start = found[0]?.at ?? 0;
  const text = JSON.stringify(found.map((b) => [Number((b.at - start).toFixed(2)), b.count]));
  assert.deepEqual(
    found.map((b) => b.count),
    wanted.map(([, count]) => count),
    text,
  );
  for (const [i, [after]] of wanted.entries()) {
    const late = (found[i]?.at ?? 0) - start - after;
    assert.ok(late > -0.05 && late < LATE, `burst ${i} is ${late} s late: ${text}`);
  }
}

/** Schedule of one instance, and the extra interface of another one. */
const playSchedule = () => {
  const lines = 'garp_master_delay 1\ngarp_master_repeat 3\ngarp_master_refresh 2\ngarp_master_refresh_repeat 2';
  const extra = 'garp_master_delay 1\ngarp_master_repeat 1\ngarp_extra_if 1';
  const conf = instance(51, 150, lines, '192.0.2.100') + instance(52, 150, extra, '192.0.2.110\n192.0.2.111 dev extra0');
  return playOnLan([router('a', 'ka-ts', conf)], async (lan) => {
    const { host } = lan.router('a');
    const add = `link add extra0 link eth0 address 02:99:00:00:00:77 type macvlan mode bridge`;
    await runOrThrow(['ip', '-n', host.netns, ...add.split(' ')]);
    await runOrThrow(['ip', '-n', host.netns, 'link', 'set', 'extra0', 'up']);
    lan.router('a').start();
    await lan.router('a').untilHolds('192.0.2.100');
    await pause(6.5);
    return {};
  });
};

/** SO_RCVBUF of each VRRP socket of a process, asked of the kernel through copies of its descriptors. */
const receiveBuffers = `
import ctypes, os, socket, sys
pid = int(sys.argv[1])
pidfd = os.pidfd_open(pid)
for fd in os.listdir(f'/proc/{pid}/fd'):
    if not os.readlink(f'/proc/{pid}/fd/{fd}').startswith('socket:'): continue
    copy = ctypes.CDLL(None).syscall(438, pidfd, int(fd), 0)
    if copy < 0: continue
    s = socket.socket(fileno=copy)
    if s.family == socket.AF_INET and s.type == socket.SOCK_RAW and s.proto == 112:
        print(s.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF))
`;

const playPaced = () => {
  const schedule = 'garp_master_delay 0\ngarp_master_repeat 4\nkernel_rx_buf_size 50000';
  const conf = `garp_group {\n garp_interval 0.1\n interfaces {\n eth0\n }\n}\n${instance(51, 150, schedule, '192.0.2.100\n192.0.2.101')}${instance(52, 150, schedule, '192.0.2.102')}`;
  return playOnLan([router('a', 'ka-ts', conf)], async (lan) => {
    lan.router('a').start();
    await lan.router('a').untilHolds('192.0.2.100');
    await pause(2);
    const buffers = await runOrThrow(['python3', '-c', receiveBuffers, String(lan.router('a').daemon.vrrpPid())]);
    return { buffers: buffers.trim().split('\n').map(Number) };
  });
};

/** b does not hear a, so it advertises with a lower priority, ten times a second. */
const playRival = () => {
  const faster = (text: string) => text.replace('advert_int 0.2', 'advert_int 0.1');
  const schedule = 'garp_master_delay 0\ngarp_master_repeat 1\ngarp_lower_prio_repeat 2\ngarp_lower_prio_delay 1';
  return playOnLan(
    [
      router('a', 'ka-ts', faster(instance(51, 150, schedule, '192.0.2.100'))),
      router('b', 'keepalived', faster(instance(51, 100, '', '192.0.2.100'))),
    ],
    async (lan) => {
      const [a, b] = [lan.router('a'), lan.router('b')];
      a.start();
      await a.untilHolds('192.0.2.100');
      const rules =
        'add table ip deaf; add chain ip deaf in { type filter hook input priority 0; }; add rule ip deaf in ip protocol 112 drop';
      await runOrThrow(['ip', 'netns', 'exec', b.host.netns, 'nft', rules]);
      // Its ARPs would be claims of the address, which have answers of their own (claims.test.ts).
      await runOrThrow(['ip', '-n', b.host.netns, 'link', 'set', 'eth0', 'arp', 'off']);
      b.start();
      await untilLogged(a.daemon, /with lower priority 100, ours 150, forcing new election/);
      await pause(2);
      await b.daemon.kill();
      const silenced = now();
      await pause(1.6);
      return { silenced };
    },
  );
};

/** a has to yield to b, and says so once more. */
const playYield = () =>
  playOnLan(
    [
      router('a', 'ka-ts', `global_defs {\n vrrp_min_garp\n}\n${instance(51, 100, 'higher_prio_send_advert', '192.0.2.100')}`),
      router('b', 'keepalived', instance(51, 200, '', '192.0.2.100')),
    ],
    async (lan) => {
      const a = lan.router('a');
      a.start();
      await a.untilHolds('192.0.2.100');
      await pause(5.6);
      lan.router('b').start();
      await untilLogged(a.daemon, /Entering BACKUP STATE$/);
      await pause(0.5);
      return {};
    },
  );

const peers = (own: number, other: number): string => `unicast_src_ip 192.0.2.${own}\nunicast_peer {\n 192.0.2.${other}\n}`;

/** a: keepalived with the old sum. b: ours, which hears it, takes over when it is gone, and is heard when it is back. */
const playOldSum = () =>
  playOnLan(
    [
      router('a', 'keepalived', instance(51, 200, `nopreempt\nold_unicast_checksum\n${peers(11, 12)}`, '192.0.2.100')),
      router('b', 'ka-ts', instance(51, 100, peers(12, 11), '192.0.2.100')),
    ],
    async (lan) => {
      const [a, b] = [lan.router('a'), lan.router('b')];
      a.start();
      await a.untilHolds('192.0.2.100');
      b.start();
      await untilLogged(b.daemon, /^\(VI_51\) Setting unicast VRRPv3 checksum to old version$/);
      await pause(1);
      const whileHeard = b.daemon.lines.map((line) => line.text);
      await lan.cable('b', false);
      await untilLogged(b.daemon, /Entering FAULT STATE/);
      await lan.cable('b', true);
      await untilLogged(b.daemon, /sending gratuitous ARP for 192\.0\.2\.12$/);
      const plugged = now();
      await a.daemon.stop();
      await b.untilHolds('192.0.2.100');
      const again = a.start();
      await untilLogged(again, /Entering BACKUP STATE/);
      await pause(1.5);
      return { whileHeard, plugged, peerLines: again.lines.map((line) => line.text) };
    },
  );

describe('announcements on the wire', () => {
  const stage = createStage();
  const plain = stage.play([
    { name: 'schedule', play: playSchedule },
    { name: 'yield', play: playYield },
  ]);
  const paced = stage.play([{ name: 'paced', play: playPaced }]);
  const rival = stage.play([{ name: 'rival', play: playRival }]);
  const sums = stage.play([{ name: 'sums', play: playOldSum }]);

  it('garp_master_repeat at once, again after garp_master_delay, then garp_master_refresh for ever', () => {
    assertSchedule(garps(plain('schedule').packets, '192.0.2.100'), [
      [0, 3],
      [1, 3],
      [3, 2],
      [5, 2],
    ]);
  });

  it('garp_extra_if on the macvlan that holds an address, from delay and period on, with its own MAC', () => {
    const { packets } = plain('schedule');
    const extra = garps(packets, '192.0.2.111');
    assertSchedule(extra, [
      [0, 1],
      [1, 1],
      [2, 1],
      [3, 1],
      [4, 1],
    ]);
    assert.ok(extra.every((p) => p.arpSenderMac === '02:99:00:00:00:77'));
    assert.equal(garps(packets, '192.0.2.110').length, 2);
  });

  it('garp_group keeps its gap between all frames of an interface, whichever router they are of', () => {
    const sent = paced('paced').packets.filter((p) => p.kind === 'garp');
    assert.equal(sent.length, 12);
    const gaps = sent.slice(1).map((p, i) => p.at - (sent[i]?.at ?? 0));
    assert.ok(Math.min(...gaps) > 0.095, `${gaps}`);
  });

  it('kernel_rx_buf_size of two routers is the receive buffer of their socket', () => {
    // The kernel doubles what it is given, for its own needs; the sending socket keeps the least.
    assert.equal(Math.max(...paced('paced').buffers), 2 * (50_000 + 50_000));
  });

  it('vrrp_min_garp sends one, and none later', () => {
    const { packets } = plain('yield');
    assert.equal(garps(packets, '192.0.2.100').filter((p) => p.arpSenderMac === '02:99:00:00:00:11').length, 1);
  });

  it('higher_prio_send_advert answers the better router once before it yields', () => {
    const { packets } = plain('yield');
    const better = first(adverts(packets, { source: '192.0.2.12' }), 'advert of b');
    const due = last(adverts(packets, { source: '192.0.2.11', before: better.at }), 'advert of a').at + 0.2;
    // On a busy machine the engine may send what is due before the router yields.
    const answers = adverts(packets, { source: '192.0.2.11', after: better.at }).filter(({ at }) => Math.abs(at - due) > 0.01);
    assert.equal(answers.length, 1);
    assert.ok((answers[0]?.at ?? 0) - better.at < 0.1);
  });

  it('garp_lower_prio_repeat against a rival, twice a second at most, and garp_lower_prio_delay after the last', () => {
    const { packets, silenced } = rival('rival');
    const heard = first(adverts(packets, { source: '192.0.2.12' }), 'advert of b').at;
    const sent = garps(packets, '192.0.2.100', heard).filter((p) => p.arpSenderMac === '02:99:00:00:00:11');
    const now = sent.filter((p) => p.at < silenced);
    assert.equal(sent.length % 2, 0);
    assert.ok(now.length >= 4 && now.length <= 2 * (2 * (silenced - heard) + 1), `${now.length} in ${silenced - heard} s`);
    const gap = last(sent, 'garp').at - last(adverts(packets, { source: '192.0.2.12', before: silenced }), 'advert of b').at;
    assert.ok(gap > 0.4 && gap < 1 + LATE, `last burst ${gap} s after the last advert`);
  });

  it('a peer with the old checksum is believed, and hears its own kind from us', () => {
    const { whileHeard, peerLines } = sums('sums');
    assert.equal(whileHeard.filter((l) => /Setting unicast VRRPv3 checksum/.test(l)).length, 1);
    assert.ok(!whileHeard.some((l) => /Entering MASTER|Invalid VRRPv3 checksum/.test(l)), whileHeard.join('\n'));
    assert.ok(!peerLines.some((l) => /Entering MASTER|Invalid VRRPv3 checksum/.test(l)), peerLines.join('\n'));
  });

  it('a unicast router announces its own address when it leaves FAULT', () => {
    const { packets } = sums('sums');
    const sent = garps(packets, '192.0.2.12');
    assert.equal(sent.length, 1);
    assert.equal(sent[0]?.arpSenderMac, '02:99:00:00:00:12');
  });

  it('tshark finds nothing wrong with any of them', () => {
    for (const { packets } of [plain('schedule'), paced('paced')]) assertWellFormed(packets);
  });
});
