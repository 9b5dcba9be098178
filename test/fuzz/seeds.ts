// SPDX-License-Identifier: MIT
// First inputs for the fuzz targets: the golden frames where they lie beside the repository, and a message of each kind that
// the kernel sends. The front bytes are those of test/fuzz/targets/ladder.h.

import { bytes as fromHex, goldenFiles, isAdvert, vectorPackets } from '../native/vectors.ts';

type Bytes = readonly number[];

const word = (value: number): Bytes => [value & 255, (value >> 8) & 255];
const long = (value: number): Bytes => [...word(value), ...word(value >>> 16)];
const text = (value: string): Bytes => [...Buffer.from(`${value}\0`)];

function attribute(type: number, value: Bytes): Bytes {
  return [...word(value.length + 4), ...word(type), ...value, ...new Array((4 - (value.length % 4)) % 4).fill(0)];
}

function message(type: number, body: Bytes): Bytes {
  return [...long(16 + body.length), ...word(type), 0, 0, ...long(1), ...long(0), ...body];
}

const ipv4 = [192, 0, 2, 1];
const ipv6 = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
const mode = attribute(2, attribute(1, long(4)));
const vrf = [...attribute(1, text('vrf')), ...attribute(2, attribute(1, long(100)))];
const link = (info: Bytes): Bytes =>
  message(16, [
    ...[0, 0, ...word(1), ...long(2), ...long(0x1003), ...long(0)],
    ...[...attribute(3, text('eth0')), ...attribute(4, long(1500)), ...attribute(1, [2, 0, 0, 0, 0, 1]), ...attribute(5, long(1))],
    ...[...attribute(10, long(3)), ...attribute(27, long(0)), ...attribute(20, text('uplink')), ...attribute(18, info)],
  ]);
const address = (family: number, value: Bytes): Bytes =>
  message(20, [
    ...[family, 24, 0, 0, ...long(2)],
    ...[
      ...attribute(1, value),
      ...attribute(2, value),
      ...attribute(3, text('eth0:1')),
      ...attribute(8, long(0x80)),
      ...attribute(11, [18]),
    ],
  ]);
const hop = (value: Bytes): Bytes => {
  const gateway = attribute(5, value);
  return [...word(8 + gateway.length), 0, 0, ...long(2), ...gateway];
};
const route = (family: number, value: Bytes, ways: Bytes): Bytes =>
  message(24, [
    ...[family, 24, 0, 0, 254, 18, 0, 1, ...long(0)],
    ...[...attribute(1, value), ...attribute(2, value), ...attribute(15, long(300)), ...attribute(6, long(10)), ...ways],
  ]);
const rule = message(32, [
  ...[2, 24, 0, 0, 254, 0, 0, 1, ...long(0)],
  ...[...attribute(1, ipv4), ...attribute(2, ipv4), ...attribute(6, long(100)), ...attribute(15, long(300)), ...attribute(10, long(1))],
  ...[...attribute(3, text('eth0')), ...attribute(17, text('eth1')), ...attribute(21, [18])],
]);

function rtnetlink(): Bytes[] {
  const one = [...attribute(4, long(2)), ...attribute(5, ipv4)];
  return [
    [...link([...attribute(1, text('macvlan')), ...mode]), ...link(vrf)],
    [...address(2, ipv4), ...address(10, ipv6)],
    [...route(2, ipv4, one), ...route(10, ipv6, attribute(9, [...hop(ipv6), ...hop(ipv6)]))],
    rule,
  ];
}

const statistics = Array.from({ length: 10 }, (_, i) => attribute(i + 1, long(i))).flat();

function ipvs(): Bytes[] {
  const header = [1, 1, 0, 0];
  const service = [
    ...[...attribute(1, word(2)), ...attribute(2, word(6)), ...attribute(3, [...ipv4, ...new Array(12).fill(0)]), ...attribute(4, [0, 80])],
    ...[...attribute(6, text('rr')), ...attribute(7, [...long(1), ...long(-1)]), ...attribute(8, long(300)), ...attribute(9, long(-1))],
    ...[...attribute(10, statistics), ...attribute(11, text('sip')), ...attribute(12, statistics)],
  ];
  const marked = [...attribute(1, word(10)), ...attribute(5, long(7)), ...attribute(6, text('wlc'))];
  const numbers = [3, 4, 5, 6, 7, 8, 9].flatMap((type) => attribute(type, long(type)));
  const destination = [
    ...[...attribute(1, [...ipv4, ...new Array(12).fill(0)]), ...attribute(2, [0, 80]), ...attribute(11, word(2)), ...numbers],
    ...[...attribute(10, statistics), ...attribute(13, [1]), ...attribute(14, [0x17, 0xc1]), ...attribute(15, word(1))],
  ];
  const daemon = [
    ...[...attribute(1, long(1)), ...attribute(2, text('eth0')), ...attribute(3, long(9)), ...attribute(4, word(1400))],
    ...[...attribute(5, ipv4), ...attribute(7, word(8848)), ...attribute(8, [4])],
  ];
  const timeouts = [4, 5, 6].flatMap((type) => attribute(type, long(type * 100)));
  return [
    [0, ...header, ...attribute(1, service)],
    [0, ...header, ...attribute(1, marked)],
    [1, ...header, ...attribute(2, destination)],
    [2, ...header, ...attribute(3, daemon)],
    [2, ...header, ...attribute(3, [...attribute(1, long(2)), ...attribute(6, ipv6)])],
    [3, ...header, ...timeouts],
  ];
}

function processes(): Bytes[] {
  const event = (what: number, ...rest: number[]): Bytes => [
    ...[...long(1), ...long(1), ...long(0), ...long(0), ...word(40), ...word(0)],
    ...[...long(what), ...long(0), ...new Array(8).fill(0), ...rest.flatMap(long)],
  ];
  return [
    event(0, 1, 0),
    event(1, 10, 10, 20, 20),
    event(1, 10, 10, 21, 20),
    event(2, 20, 20),
    event(0x200, 20, 20, 0, 0),
    event(0x200, 21, 20, 0, 0),
    event(-2147483648, 20, 20, 0, 0),
    event(-2147483648, 21, 20, 0, 0),
  ];
}

function adverts(): Record<'advert' | 'ah' | 'hmac', Bytes[]> {
  const seeds: Record<'advert' | 'ah' | 'hmac', Bytes[]> = { advert: [], ah: [], hmac: [] };
  for (const { family, protocol, packet } of vectorPackets()) {
    const vrrp = family === 6 ? 0 : protocol === 51 ? 44 : 20;
    const version = (packet[vrrp] ?? 0) >> 4;
    const plain = (packet[vrrp + 4] ?? 0) === 0;
    const first = (family === 6 ? 1 : 0) | (version === 3 ? 2 : plain ? 0 : 4);
    const seconds = version === 2 ? 1 : 100;
    const front = [first, 0xc1, seconds, family === 6 ? 6 : 4, 1, ...packet];
    const kind = protocol === 51 ? 'ah' : 'advert';
    seeds[kind].push(front);
    if (kind === 'advert') seeds.hmac.push([first, 0xc1, seconds, family === 6 ? 6 : 4, 1, 0x10, 0, 0, 0, 0, 0, 0, ...packet]);
  }
  return seeds;
}

function frames(): Bytes[] {
  return goldenFiles().flatMap((file) => file.frames.map((frame) => [...fromHex(frame.hex)]));
}

function encodings(): Bytes[] {
  return [
    [4, 51, 100, 0, ...[0x40, 0x42, 0x0f, 0], 1, 2, 2, 3, 4, 0],
    [0, 2, 51, 100, 2, ...[0, 0x0f, 0x42, 0x40], 1, 2, 1, 3, 0],
    [8, 2, 51, 100, 1, ...[0, 0x0f, 0x42, 0x40], 1, 2, 1, 3, 0],
    [13, 51, 100, 0, ...[0, 0x0f, 0x42, 0x40], 1, 2, 2, 3, 4, 0],
    ...goldenFiles().flatMap((file) => file.frames.filter(isAdvert).map((f) => [2, ...fromHex(f.hex).slice(14)])),
  ];
}

/** Target → inputs. Throws when the golden frames are not there. */
export function seeds(): ReadonlyMap<string, Bytes[]> {
  const arp = [0, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, ...ipv4, 0, 0, 0, 0, 0, 0, ...ipv4];
  const icmp = [135, 0, 0, 0, 0, 0, 0, 0, ...ipv6, 1, 1, 2, 0, 0, 0, 0, 9];
  const solicitation = [3, 0x60, 0, 0, 0, 0, icmp.length, 58, 255, ...ipv6, ...ipv6, ...icmp];
  const advertisement = solicitation.map((byte, at) => (at === 41 ? 136 : at === 65 ? 2 : byte));
  const addresses = ['192.0.2.1', '2001:db8::1', '::', '::ffff:192.0.2.1', 'fe80::1:0:0:1', '1:2:3:4:5:6:7:8'];
  return new Map<string, Bytes[]>([
    ...Object.entries(adverts()),
    ['frame', frames()],
    ['encode', encodings()],
    ['claim', [arp, solicitation, advertisement]],
    [
      'icmp',
      [
        [2, 8, 0, 0, 0, 0, 1, 0, 2],
        [3, 129, 0, 0, 0, 0, 1, 0, 2],
        [3, 136, 0, 0, 0, 0xe0, 0, 0, 0, ...ipv6],
      ],
    ],
    ['bfd', [[0x20, 0xc0, 3, 24, 0, 0, 0, 1, 0, 0, 0, 2, 0, 15, 66, 64, 0, 15, 66, 64, 0, 0, 0, 0]]],
    ['address', [...addresses.map((a) => [...Buffer.from(a)]), ipv4, ipv6]],
    ['rtnetlink', rtnetlink()],
    ['ipvs', ipvs()],
    ['processes', processes()],
  ]);
}
