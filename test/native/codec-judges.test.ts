// SPDX-License-Identifier: MIT
// An independent judge reads what we encode: Wireshark's dissectors know VRRP, its checksums, ARP and NDP.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { micros } from '../../lib/base/time.ts';
import { loadNative } from '../../lib/native/load.ts';
import type { AdvertFrame } from '../../lib/native/surface.ts';
import { oracleMessage, withIpChecksum } from '../support/oracle-vrrp.ts';

const native = loadNative();
const GOOD = '1';

/** A classic pcap file of Ethernet frames. */
function pcap(frames: readonly Uint8Array[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65535, 16);
  header.writeUInt32LE(1, 20);
  const records = frames.map((frame, i) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(i, 0);
    record.writeUInt32LE(frame.length, 8);
    record.writeUInt32LE(frame.length, 12);
    return Buffer.concat([record, frame]);
  });
  return Buffer.concat([header, ...records]);
}

/** One row of the asked fields per frame; repeated fields are joined with commas. */
function tshark(frames: readonly Uint8Array[], fields: readonly string[], preferences: readonly string[] = []): string[][] {
  const folder = mkdtempSync(join(tmpdir(), 'ka-judge-'));
  try {
    const file = join(folder, 'frames.pcap');
    writeFileSync(file, pcap(frames));
    const args = ['-n', '-r', file, '-T', 'fields', '-E', 'separator=|', ...fields.flatMap((field) => ['-e', field])];
    const text = execFileSync('tshark', [...args, ...preferences.flatMap((p) => ['-o', p])], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return text
      .trimEnd()
      .split('\n')
      .map((line) => line.split('|'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const ethernet = (type: number): number[] => [1, 0, 0x5e, 0, 0, 0x12, 2, 0, 0, 0, 0, 1, type >> 8, type & 0xff];

/** The frame on the wire: what the kernel adds to an encoded advert is added here. */
function onWire(frame: AdvertFrame, destination: string): Uint8Array {
  const packet = native.encodeAdvert(frame, destination, 7);
  if (!frame.source.includes(':')) return Uint8Array.from([...ethernet(0x0800), ...withIpChecksum(packet)]);
  const raw = (text: string) => {
    const [left = '', right = ''] = text.split('::').map((half) => half.split(':').filter(Boolean).length.toString());
    const words = text
      .replace('::', `:${'0:'.repeat(8 - Number(left) - Number(right))}`)
      .split(':')
      .filter(Boolean);
    return words.flatMap((w) => [Number.parseInt(w, 16) >> 8, Number.parseInt(w, 16) & 0xff]);
  };
  const header = [0x6c, 0, 0, 0, packet.length >> 8, packet.length & 0xff, 112, 255, ...raw(frame.source), ...raw(destination)];
  return Uint8Array.from([...ethernet(0x86dd), ...header, ...packet]);
}

const v2: AdvertFrame = {
  version: 2,
  vrid: 51,
  priority: 150,
  authType: 1,
  authData: Uint8Array.from(Buffer.from('secret\0\0')),
  interval: micros(3e6),
  addresses: ['192.0.2.100', '198.51.100.7', '203.0.113.254'],
  v3ChecksumAsV2: false,
  source: '192.0.2.1',
  destinations: ['224.0.0.18'],
  ttl: 255,
};
const none = { authType: 0, authData: new Uint8Array(0) } as const;

describe('what tshark makes of our packets', function () {
  this.timeout(60_000);

  it('finds every advert well-formed, with good checksums and the fields we meant', () => {
    const cases: [AdvertFrame, string][] = [
      [v2, '224.0.0.18'],
      [{ ...v2, ...none, priority: 0 }, '224.0.0.18'],
      [{ ...v2, ...none, addresses: [], vrid: 255, priority: 255, interval: micros(255e6) }, '224.0.0.18'],
      [{ ...v2, ttl: 5 }, '192.0.2.2'],
      [{ ...v2, ...none, version: 3, interval: micros(10_000) }, '224.0.0.18'],
      [{ ...v2, ...none, version: 3, interval: micros(40_950_000) }, '192.0.2.2'],
      [{ ...v2, ...none, version: 3, addresses: Array.from({ length: 255 }, (_, i) => `192.0.2.${i}`) }, '224.0.0.18'],
      [{ ...v2, ...none, version: 3, source: 'fe80::1', addresses: ['fe80::100', 'fd00:1::2'] }, 'ff02::12'],
      [{ ...v2, ...none, version: 3, source: 'fd00::1', addresses: ['fd00::100'], priority: 0 }, 'fd00::2'],
    ];
    const fields = [
      'vrrp.version',
      'vrrp.type',
      'vrrp.virt_rtr_id',
      'vrrp.prio',
      'vrrp.addr_count',
      'vrrp.checksum.status',
      'vrrp.adver_int',
      'vrrp.short_adver_int',
      'vrrp.auth_type',
      'vrrp.ip_addr',
      'vrrp.ipv6_addr',
      'ip.checksum.status',
      '_ws.malformed',
      '_ws.expert.message',
    ];
    const rows = tshark(
      cases.map(([frame, destination]) => onWire(frame, destination)),
      fields,
      ['ip.check_checksum:TRUE'],
    );
    assert.equal(rows.length, cases.length);
    for (const [i, [frame]] of cases.entries()) {
      const ipv6 = frame.source.includes(':');
      const list = frame.addresses.join(',');
      const expected = [
        String(frame.version),
        '1',
        String(frame.vrid),
        String(frame.priority),
        String(frame.addresses.length),
        GOOD,
        frame.version === 2 ? String(frame.interval / 1e6) : '',
        frame.version === 3 ? String(frame.interval / 1e4) : '',
        frame.version === 2 ? String(frame.authType) : '',
        ipv6 ? '' : list,
        ipv6 ? list : '',
        ipv6 ? '' : GOOD,
        '',
        '',
      ];
      assert.deepEqual(rows[i], expected, `case ${i}`);
    }
  });

  it('finds the v3 sum of RFC 9568 good when told to expect it, and bad otherwise', () => {
    const frame = onWire({ ...v2, ...none, version: 3, v3ChecksumAsV2: true }, '224.0.0.18');
    assert.deepEqual(tshark([frame], ['vrrp.checksum.status'], ['vrrp.v3_checksum_as_in_v2:TRUE']), [[GOOD]]);
    assert.deepEqual(tshark([frame], ['vrrp.checksum.status']), [['0']]);
  });

  it('recognises gratuitous ARP and unsolicited neighbour advertisements', () => {
    const mac = Uint8Array.from([2, 0, 0, 0, 0, 1]);
    const garp = native.encodeAnnouncement({ ifindex: 1, address: '192.0.2.100', mac, router: false });
    const na = native.encodeAnnouncement({ ifindex: 1, address: 'fd00::100', mac, router: true });
    assert.deepEqual(tshark([garp], ['arp.isgratuitous', 'arp.opcode', 'arp.src.proto_ipv4', 'arp.src.hw_mac', '_ws.malformed']), [
      ['1', '1', '192.0.2.100', '02:00:00:00:00:01', ''],
    ]);
    const fields = ['icmpv6.type', 'icmpv6.checksum.status', 'icmpv6.nd.na.target_address', 'icmpv6.opt.linkaddr', 'ipv6.hlim'];
    const flags = ['icmpv6.nd.na.flag.r', 'icmpv6.nd.na.flag.s', 'icmpv6.nd.na.flag.o', '_ws.malformed'];
    assert.deepEqual(tshark([na], [...fields, ...flags]), [['136', GOOD, 'fd00::100', '02:00:00:00:00:01', '255', '1', '0', '1', '']]);
  });

  it('agrees with the oracle, so that the oracle is judged too', () => {
    const message = oracleMessage({
      ...{ version: 2, type: 1, vrid: 51, priority: 150, count: 3, authType: 1, interval: 3, ttl: 255, ipId: 7 },
      ...{ addresses: v2.addresses, authData: v2.authData, source: v2.source, destination: '224.0.0.18' },
      ...{ pseudoHeader: false, checksumError: 0, totalLengthError: 0 },
    });
    assert.deepEqual([...native.encodeAdvert(v2, '224.0.0.18', 7).slice(20)], message);
  });
});
