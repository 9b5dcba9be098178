// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Ip, ipFromBytes, parseIp } from '../../lib/base/address.ts';
import { micros } from '../../lib/base/time.ts';
import { loadNative } from '../../lib/native/load.ts';
import type { AdvertFrame, Expectation } from '../../lib/native/surface.ts';
import { oraclePacket, withIpChecksum } from '../support/oracle-vrrp.ts';

const native = loadNative();

const address = (size: 4 | 16): fc.Arbitrary<Ip> => fc.uint8Array({ minLength: size, maxLength: size }).map((bytes) => ipFromBytes(bytes));

/** Any advertisement that can be encoded, with a destination of its family. */
const frames: fc.Arbitrary<{ frame: AdvertFrame; destination: string; ipId: number }> = fc
  .record({ size: fc.constantFrom<4 | 16>(4, 16), version: fc.constantFrom<2 | 3>(2, 3), pass: fc.boolean() })
  .chain(({ size, version, pass }) =>
    fc.record({
      ipId: fc.integer({ min: 0, max: 65535 }),
      destination: fc.oneof(address(size), fc.constant(size === 4 ? '224.0.0.18' : 'ff02::12')),
      frame: fc.record({
        version: fc.constant(version),
        vrid: fc.integer({ min: 1, max: 255 }),
        priority: fc.integer({ min: 0, max: 255 }),
        authType: fc.constant<0 | 1>(version === 2 && pass ? 1 : 0),
        authData: version === 2 && pass ? fc.uint8Array({ minLength: 8, maxLength: 8 }) : fc.constant(new Uint8Array(0)),
        interval:
          version === 2
            ? fc.integer({ min: 1, max: 255 }).map((n) => micros(n * 1e6))
            : fc.integer({ min: 1, max: 4095 }).map((n) => micros(n * 1e4)),
        addresses: fc.array(address(size), { maxLength: 255, size: 'max' }),
        v3ChecksumAsV2: fc.boolean(),
        source: address(size),
        destinations: fc.constant([]),
        ttl: fc.integer({ min: 1, max: 255 }),
      }),
    }),
  );

function oracle(frame: AdvertFrame, destination: string, ipId: number): Uint8Array {
  const ipv6 = frame.source.includes(':');
  return oraclePacket({
    version: frame.version,
    type: 1,
    vrid: frame.vrid,
    priority: frame.priority,
    count: frame.addresses.length,
    authType: frame.authType,
    interval: frame.version === 2 ? frame.interval / 1e6 : frame.interval / 1e4,
    addresses: frame.addresses,
    authData: frame.authType === 1 ? frame.authData : new Uint8Array(8),
    source: frame.source,
    destination,
    ttl: frame.ttl,
    ipId,
    pseudoHeader: ipv6 || (frame.version === 3 && !frame.v3ChecksumAsV2),
    checksumError: 0,
    totalLengthError: 0,
  });
}

function expectation(frame: AdvertFrame): Expectation {
  const { version, authType, authData, interval, addresses, v3ChecksumAsV2 } = frame;
  const open = { peers: [], checkUnicastSource: false, ignoreAdverts: false, skipAddressCheck: false };
  return { version, authType, authData, interval, addresses, v3ChecksumAsV2, ...open };
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const isMulticast = (text: string): boolean => (text.includes(':') ? /^ff[0-9a-f]{2}:/.test(text) : /^2(2[4-9]|3\d)\./.test(text));

describe('the codec on any input', () => {
  it('encodes as the slow oracle does', () => {
    fc.assert(
      fc.property(frames, ({ frame, destination, ipId }) => {
        assert.equal(hex(native.encodeAdvert(frame, destination, ipId)), hex(oracle(frame, destination, ipId)));
      }),
      { numRuns: 500 },
    );
  });

  it('accepts what the oracle encodes and reads its fields back', () => {
    fc.assert(
      fc.property(frames, ({ frame, destination, ipId }) => {
        const kind = isMulticast(destination) ? 'multicast' : 'unicast';
        const sent = { ...frame, ttl: kind === 'multicast' ? 255 : frame.ttl };
        const result = native.judgeAdvert(expectation(sent), oracle(sent, destination, ipId), {
          family: sent.source.includes(':') ? 6 : 4,
          kind,
          protocol: 112,
          source: sent.source,
          destination,
          ttl: sent.ttl,
          vrid: sent.vrid,
        });
        assert.deepEqual(
          [result.verdict, result.priority, result.interval, result.source, result.addressMismatch, result.intervalMismatch],
          ['accepted', sent.priority, sent.interval, sent.source, 'none', false],
        );
      }),
      { numRuns: 500 },
    );
  });

  it('describes in an Ethernet frame what the oracle encodes', () => {
    fc.assert(
      fc.property(frames, ({ frame, destination, ipId }) => {
        fc.pre(!frame.source.includes(':'));
        const ethernet = [0x01, 0x00, 0x5e, 0, 0, 0x12, 2, 0, 0, 0, 0, 1, 8, 0];
        const seen = native.describeFrame(Uint8Array.from([...ethernet, ...withIpChecksum(oracle(frame, destination, ipId))]));
        assert.deepEqual(
          [seen.kind, seen.source, seen.destination, seen.ttl, seen.ipId, seen.vrid, seen.priority, seen.interval, seen.checksumOk],
          ['advert', frame.source, destination, frame.ttl, ipId, frame.vrid, frame.priority, frame.interval, true],
        );
        assert.deepEqual(seen.addresses, frame.addresses);
      }),
    );
  });

  it('judges random bytes without throwing', () => {
    const contexts = fc.record({
      family: fc.constantFrom<4 | 6>(4, 6),
      kind: fc.constantFrom<'multicast' | 'unicast'>('multicast', 'unicast'),
      protocol: fc.constantFrom<112 | 51>(112, 51),
      ttl: fc.integer({ min: -1, max: 255 }),
      vrid: fc.integer({ min: 1, max: 255 }),
    });
    fc.assert(
      fc.property(frames, fc.uint8Array({ maxLength: 120 }), contexts, ({ frame }, bytes, context) => {
        const [source, destination] = context.family === 6 ? ['fe80::1', 'ff02::12'] : ['192.0.2.1', '224.0.0.18'];
        const result = native.judgeAdvert(expectation(frame), bytes, { ...context, source, destination });
        assert.equal(typeof result.verdict, 'string');
      }),
      { numRuns: 2000 },
    );
  });

  it('judges damaged adverts without throwing and never believes a changed byte under the checksum', () => {
    fc.assert(
      fc.property(frames, fc.nat(), fc.integer({ min: 1, max: 255 }), ({ frame, ipId }, place, change) => {
        fc.pre(!frame.source.includes(':'));
        // With v3_checksum_as_v2 either of two sums may be right, one of them by chance.
        const sent = { ...frame, ttl: 255, v3ChecksumAsV2: false };
        const packet = oracle(sent, '224.0.0.18', ipId);
        const at = 20 + (place % (packet.length - 20));
        packet[at] = (packet[at] ?? 0) ^ change;
        const context = { family: 4, kind: 'multicast', protocol: 112, source: frame.source, destination: '224.0.0.18', ttl: 255 } as const;
        assert.notEqual(native.judgeAdvert(expectation(sent), packet, { ...context, vrid: frame.vrid }).verdict, 'accepted');
      }),
      { numRuns: 1000 },
    );
  });

  it('describes random frames without throwing', () => {
    const headers = fc.constantFrom([8, 0, 0x45, 0xc0], [8, 6, 0, 1, 8, 0, 6, 4], [0x86, 0xdd, 0x60, 0, 0, 0], [0x81, 0], []);
    fc.assert(
      fc.property(headers, fc.uint8Array({ maxLength: 160 }), (header, bytes) => {
        const frame = Uint8Array.from([...bytes.slice(0, 12), ...header, ...bytes.slice(12)]);
        const seen = native.describeFrame(frame);
        assert.equal(typeof seen.kind, 'string');
        for (const text of seen.addresses) assert.ok(parseIp(text).ok);
      }),
      { numRuns: 3000 },
    );
  });

  it('prints addresses as lib/base/address.ts does', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        fc.array(fc.nat({ max: 15 }), { minLength: 4, maxLength: 12 }),
        (raw, zeros) => {
          for (const at of zeros) raw[at] = 0;
          const text = ipFromBytes(raw);
          const mac = new Uint8Array(6);
          const seen = native.describeFrame(native.encodeAnnouncement({ ifindex: 1, address: text, mac, router: false }));
          assert.deepEqual(seen.addresses, [text]);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('arguments of the codec', () => {
  const frame: AdvertFrame = {
    version: 2,
    vrid: 1,
    priority: 1,
    authType: 0,
    authData: new Uint8Array(0),
    interval: micros(1e6),
    addresses: [],
    v3ChecksumAsV2: false,
    source: '192.0.2.1',
    destinations: ['224.0.0.18'],
    ttl: 255,
  };

  it('are refused with a TypeError that names the one at fault', () => {
    const cases: [RegExp, Partial<Record<keyof AdvertFrame, unknown>>][] = [
      [/^frame\.version must be an integer from 2 to 3$/, { version: 4 }],
      [/^frame\.vrid must be/, { vrid: 0 }],
      [/^frame\.vrid must be/, { vrid: 1.5 }],
      [/^frame\.priority must be/, { priority: '100' }],
      [/^frame\.priority must be/, { priority: Number.NaN }],
      [/^frame\.authData must be 8 bytes/, { authType: 1 }],
      [/^frame\.authData must be a Uint8Array/, { authData: 'secret' }],
      [/^frame\.interval must be/, { interval: 999_999 }],
      [/^frame\.interval must be/, { interval: 256e6 }],
      [/^frame\.interval must be/, { version: 3, interval: 40_960_000 }],
      [/^frame\.addresses must be an array/, { addresses: 'none' }],
      [/^frame\.addresses\[0\] must be a numeric IP address/, { addresses: ['192.0.2.1/24'] }],
      [/^frame\.addresses must be of the family/, { addresses: ['fd00::1'] }],
      [/^frame\.addresses must be addresses of one family/, { addresses: ['192.0.2.1', 'fd00::1'] }],
      [/^frame\.addresses must be at most 255/, { addresses: new Array(256).fill('192.0.2.1') }],
      [/^frame\.authType must be 0 or 1: AH is for IPv4/, { authType: 2, authData: new Uint8Array(8), source: 'fd00::1', addresses: [] }],
      [/^frame\.hmac must be/, { hmac: 'key' }],
      [/^frame\.hmac\.key\.key must be 32 to 64 bytes/, { hmac: { key: { id: 1, key: new Uint8Array(31) } } }],
      [/^frame\.hmac\.key\.id must be/, { hmac: { key: { id: 0, key: new Uint8Array(32) } } }],
      [/^frame\.hmac\.antiReplay must be/, { hmac: { key: { id: 1, key: new Uint8Array(32) }, antiReplay: 'no' } }],
    ];
    for (const [message, change] of cases) {
      const group = change.source === undefined ? '224.0.0.18' : 'ff02::12';
      assert.throws(() => native.encodeAdvert({ ...frame, ...change } as AdvertFrame, group, 1), { name: 'TypeError', message });
    }
    assert.throws(() => native.encodeAdvert(frame, 'ff02::12', 1), { name: 'TypeError', message: /^destination must be of the family/ });
    assert.throws(() => native.encodeAdvert(frame, '224.0.0.18', 65536), { name: 'TypeError', message: /^ipId/ });
    const short = { ifindex: 1, address: '192.0.2.1', mac: new Uint8Array(5), router: false };
    assert.throws(() => native.encodeAnnouncement(short), { name: 'TypeError', message: /^announcement\.mac must be 6 bytes$/ });
  });

  it('may be a Buffer that is a part of a larger one', () => {
    const pool = Buffer.from('xxsecret\0\0yy');
    const whole = { ...frame, authType: 1 as const, authData: Uint8Array.from(Buffer.from('secret\0\0')) };
    assert.deepEqual(
      native.encodeAdvert({ ...whole, authData: pool.subarray(2, 10) }, '224.0.0.18', 1),
      native.encodeAdvert(whole, '224.0.0.18', 1),
    );
  });
});
