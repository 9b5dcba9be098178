// SPDX-License-Identifier: MIT
// "AH and a check script" with the files as people wrote them, and auth_hmac through a change of keys. scapy reads the
// capture and Python's HMAC judges every signature; a stranger replays and forges.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startStandIn } from '../../lib/lab/stand-in.ts';
import { type Kind, pairings, untilLogged } from '../support/daemon.ts';
import { createLan, createStage, first, type Lan, last, now } from '../support/lan.ts';
import { scenarioFile } from '../support/shared.ts';
import { until } from '../support/until.ts';

const vip = '10.2.3.169';
const web1 = '10.2.3.110';
const web2 = '10.2.3.111';
const secret = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';
const nextSecret = 'ff'.repeat(64);

/** One signed advert as the judge sees it. `key`: id of auth_hmac's key; 0 for AH. */
interface Signed {
  readonly at: number;
  readonly source: string;
  readonly priority: number;
  readonly sequence: number;
  readonly spi: string;
  readonly key: number;
  readonly good: boolean;
}

const judge = `
import sys, json, hmac, hashlib, socket, struct
from scapy.all import rdpcap, IP, Raw
keys = {1: bytes.fromhex('${secret}'), 2: bytes.fromhex('${nextSecret}')}
out = []
for p in rdpcap(sys.argv[1]):
    if IP not in p or p[IP].proto not in (51, 112): continue
    b = bytes(p[IP])[:p[IP].len]
    if p[IP].proto == 51:
        c = bytearray(b)
        for i in (1, 6, 7, 10, 11): c[i] = 0
        c[32:44] = bytes(12)
        good = hmac.new(b'12345678', bytes(c), hashlib.md5).digest()[:12] == b[32:44]
        out.append(dict(at=float(p.time), source=p[IP].src, priority=b[46], sequence=struct.unpack('>I', b[28:32])[0],
                        spi=socket.inet_ntoa(b[24:28]), key=0, good=good))
    else:
        v, t = bytearray(b[20:-28]), b[-28:]
        v[6:8] = bytes(2)
        head = bytes([4, v[0] >> 4, v[1], 0]) + socket.inet_aton(p[IP].src) + bytes(12)
        good = hmac.new(keys[t[1]], head + bytes(v) + t[:12] + bytes(16), hashlib.sha256).digest()[:16] == t[12:]
        out.append(dict(at=float(p.time), source=p[IP].src, priority=v[2], sequence=struct.unpack('>Q', t[4:12])[0] / 2**16,
                        spi='', key=t[1], good=good))
print(json.dumps(out))
`;

/** Sends the first advert of a source again, and once more with its last byte but 20 changed, as Ethernet frames. */
const attack = `
import sys
from scapy.all import rdpcap, sendp, IP, Raw, Ether
p = [p for p in rdpcap(sys.argv[1]) if IP in p and p[IP].proto in (51, 112) and p[IP].src == sys.argv[2]][0]
b = bytearray(bytes(p))
sendp(bytes(b), iface='eth0', verbose=False)
b[int(sys.argv[3])] ^= 1
sendp(bytes(b), iface='eth0', verbose=False)
`;

function signed(lan: Lan): Signed[] {
  const python = ['-c', judge, join(lan.network.directory, 'client.pcap')];
  return JSON.parse(execFileSync('/usr/bin/python3', python, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], timeout: 60_000 }));
}

async function strike(lan: Lan, source: string, at: number): Promise<void> {
  const file = join(lan.network.directory, 'client.pcap');
  const done = await lan.client.run(['/usr/bin/python3', '-c', attack, file, source, String(at)]);
  assert.equal(done.status, 0, JSON.stringify(done));
}

async function playScript(kinds: readonly [Kind, Kind]) {
  const lan = await createLan({
    ifname: 'eth0',
    client: '10.2.3.100/24',
    routers: [
      { name: 'web1', kind: kinds[0], address: `${web1}/24`, configuration: scenarioFile('ah-web1.conf') },
      { name: 'web2', kind: kinds[1], address: `${web2}/24`, configuration: scenarioFile('ah-web2.conf') },
    ],
  });
  try {
    const [one, two] = [lan.router('web1'), lan.router('web2')];
    const nginx = startStandIn(one.host, 'nginx', lan.network.directory);
    startStandIn(two.host, 'nginx', lan.network.directory);
    one.start();
    two.start();
    await one.untilHolds(vip);
    await untilLogged(two.daemon, /Changing effective priority from 98 to 102/);
    const settled = now();
    await until('some adverts have passed', () => now() > settled + 2.2);
    await strike(lan, web1, 40 + 14);
    const replayed = (await untilLogged(two.daemon, /IPSEC-AH : sequence number \d+ already processed/)).text;
    const forged = (await untilLogged(two.daemon, /IPSEC-AH : invalid IPSEC HMAC-MD5 value/)).text;
    const heldThrough = (await one.holds(vip)) && !(await two.holds(vip));
    const ended = now();
    nginx.end();
    await two.untilHolds(vip);
    await one.untilReleased(vip);
    const taken = now();
    await until('the new one advertises', () => now() > taken + 2.2);
    const stopped = now();
    await two.daemon.stop();
    await one.untilHolds(vip);
    const returned = now();
    await until('the first one advertises again', () => now() > returned + 1.5);
    await lan.recording();
    return { packets: signed(lan), lines: one.daemon.lines.map((l) => l.text), replayed, forged, heldThrough, ended, stopped };
  } finally {
    await lan.destroy();
  }
}

/** web2 is the better one once nginx has ended on web1, and has nopreempt. */
async function playPatience(kinds: readonly [Kind, Kind]) {
  const lan = await createLan({
    ifname: 'eth0',
    client: '10.2.3.100/24',
    routers: [
      { name: 'web1', kind: kinds[0], address: `${web1}/24`, configuration: scenarioFile('ah-web1.conf') },
      { name: 'web2', kind: kinds[1], address: `${web2}/24`, configuration: scenarioFile('ah-web2-nopreempt.conf') },
    ],
  });
  try {
    const [one, two] = [lan.router('web1'), lan.router('web2')];
    const nginx = startStandIn(one.host, 'nginx', lan.network.directory);
    startStandIn(two.host, 'nginx', lan.network.directory);
    one.start();
    await one.untilHolds(vip);
    two.start();
    await untilLogged(two.daemon, /Changing effective priority from 98 to 102/);
    nginx.end();
    await untilLogged(one.daemon, /Changing effective priority from 104 to 100/);
    const lowered = now();
    await until('it would have taken over', () => now() > lowered + 5);
    const held = (await one.holds(vip)) && !(await two.holds(vip));
    await lan.recording();
    return { packets: signed(lan), lowered, held };
  } finally {
    await lan.destroy();
  }
}

function hmacConfiguration(active: number, priority: number): string {
  return `vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 50
    priority ${priority}
    auth_hmac {
        key 1 hex:${secret}
        key 2 hex:${nextSecret}
        active_key ${active}
    }
    virtual_ipaddress {
        ${vip}
    }
}
`;
}

async function playKeys() {
  const lan = await createLan({
    ifname: 'eth0',
    client: '10.2.3.100/24',
    routers: [
      { name: 'web1', kind: 'ka-ts', address: `${web1}/24`, configuration: hmacConfiguration(1, 150) },
      { name: 'web2', kind: 'ka-ts', address: `${web2}/24`, configuration: hmacConfiguration(1, 100) },
    ],
  });
  try {
    const [one, two] = [lan.router('web1'), lan.router('web2')];
    one.start();
    await one.untilHolds(vip);
    two.start();
    await untilLogged(two.daemon, /Entering BACKUP STATE/);
    const settled = now();
    await until('some adverts have passed', () => now() > settled + 2.2);
    writeFileSync(one.file, hmacConfiguration(2, 150));
    one.daemon.signal('SIGHUP');
    await until('the new key has signed', () => now() > settled + 4.4);
    writeFileSync(two.file, hmacConfiguration(2, 100));
    two.daemon.signal('SIGHUP');
    await until('the first advert is stale', () => now() > settled + 8);
    await strike(lan, web1, 14 + 60);
    const stale = (await untilLogged(two.daemon, /stale auth_hmac trailer/)).text;
    await lan.recording();
    const held = (await one.holds(vip)) && !(await two.holds(vip));
    return { packets: signed(lan), lines: two.daemon.lines.map((l) => l.text), stale, held };
  } finally {
    await lan.destroy();
  }
}

const stage = createStage();
const name = (pair: readonly Kind[]): string => `AH and a check script, ${pair.join('/')}`;
const scripts = stage.play(pairings().map((pair) => ({ name: name(pair), play: () => playScript(pair) })));
const patience = stage.play(pairings().map((pair) => ({ name: name(pair), play: () => playPatience(pair) })));
const keys = stage.play([{ name: 'keys', play: playKeys }]);

for (const pair of pairings()) {
  describe(name(pair), () => {
    const recorded = () => scripts(name(pair));
    const from = (source: string, after = 0, before = Infinity) =>
      recorded().packets.filter((p) => p.source === source && p.at > after && p.at < before);

    it('signs every advert, with the source as SPI and a growing sequence', () => {
      const { packets } = recorded();
      const genuine = packets.filter((p) => p.good);
      assert.equal(packets.length - genuine.length, 1, 'only the forged one is bad');
      for (const p of genuine) assert.equal(p.spi, p.source);
      const numbers = from(web1, 0, recorded().ended).flatMap((p) => (p.good ? [p.sequence] : []));
      const repeated = numbers.filter((n, i) => i > 0 && n <= Math.max(...numbers.slice(0, i)));
      assert.deepEqual(repeated, numbers.slice(0, 1), 'only the replayed one repeats');
    });

    it('goes on above the last number heard when the other takes over, both times', () => {
      const { ended, stopped } = recorded();
      const takeover = first(from(web2, ended), 'takeover');
      assert.equal(takeover.priority, 102);
      assert.ok(takeover.sequence > last(from(web1, 0, takeover.at), 'last of web1').sequence);
      const back = first(from(web1, stopped), 'return');
      assert.equal(back.priority, 100);
      assert.ok(back.sequence > last(from(web2, 0, back.at), 'last of web2').sequence);
    });

    it('drops a replayed and a forged advert for their own reasons, and nothing moves', () => {
      const { replayed, forged, heldThrough } = recorded();
      assert.match(replayed, /^\(VI_1\) IPSEC-AH : sequence number \d+ already processed\. Packet dropped\. Local\(\d+\)$/);
      assert.match(forged, /^\(VI_1\) IPSEC-AH : invalid IPSEC HMAC-MD5 value\. Due to fields mutation or bad password !$/);
      assert.ok(heldThrough);
    });

    it('with nopreempt, a better one that was BACKUP stays it', () => {
      const { packets, lowered, held } = patience(name(pair));
      assert.ok(held);
      assert.ok(packets.every((p) => p.good && p.source === web1));
      assert.ok(packets.some((p) => p.at > lowered && p.priority === 100));
    });

    it('loses the address when nginx ends, with the lines that people look for', () => {
      const { lines } = recorded();
      assert.ok(lines.includes('(VI_1) Changing effective priority from 104 to 100'), lines.join('\n'));
      assert.ok(
        lines.some((l) =>
          /Received advert from .* with higher priority 102, ours 100|received advert from .* with higher priority 102, ours 100/.test(l),
        ),
      );
    });
  });
}

describe('auth_hmac and a change of keys', () => {
  it('changes the signing key by reload, without a transition and with every signature good', () => {
    const { packets, lines, held } = keys('keys');
    assert.equal(packets.filter((p) => !p.good).length, 1, 'only the forged one is bad');
    const signing = packets.filter((p) => p.good && p.source === web1).map((p) => p.key);
    assert.ok(signing.includes(1) && signing.includes(2));
    assert.ok(packets.every((p) => p.source === web1));
    assert.ok(held);
    assert.ok(!lines.some((l) => l.includes('Entering MASTER')), lines.join('\n'));
  });

  it('refuses what was recorded earlier, by its age', () =>
    assert.match(keys('keys').stale, /^\(VI_1\) stale auth_hmac trailer from 10\.2\.3\.110/));

  it('never logs a key', () => assert.ok(!keys('keys').lines.some((l) => l.includes(secret) || l.includes(nextSecret))));
});
