// SPDX-License-Identifier: MIT
// AH and auth_hmac (reference 2.2 and 2.3) against Node's own HMAC: what we sign others verify, and what is forged,
// replayed or out of order is refused for its own reason, in the order of the ladder.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { micros } from '../../lib/base/time.ts';
import { loadNative } from '../../lib/native/load.ts';
import type { AdvertFrame, Expectation, HmacPolicy, RefusalReason } from '../../lib/native/surface.ts';
import { bytes, publishedImages } from './vectors.ts';

const native = loadNative();
const hex = (data: Uint8Array): string => Buffer.from(data).toString('hex');
const password = Uint8Array.from(Buffer.from('12345678'));
const key = { id: 7, key: Uint8Array.from({ length: 32 }, (_, i) => i) };
const otherKey = { id: 9, key: new Uint8Array(64).fill(0xa5) };
const NOW = 1_800_000_000;

const plain: AdvertFrame = {
  version: 2,
  vrid: 51,
  priority: 150,
  authType: 0,
  authData: new Uint8Array(0),
  interval: micros(1e6),
  addresses: ['192.0.2.100', '192.0.2.101'],
  v3ChecksumAsV2: false,
  source: '192.0.2.1',
  destinations: ['224.0.0.18'],
  ttl: 255,
};
const ah: AdvertFrame = { ...plain, authType: 2, authData: password };
const hmac: AdvertFrame = { ...plain, hmac: { key, antiReplay: 'time', window: 5 } };
const policy: HmacPolicy = { mode: 'enforce', antiReplay: 'time', window: 5, keys: [otherKey, key] };

function expectationOf(frame: AdvertFrame, change: Partial<Expectation> = {}): Expectation {
  const { version, authType, authData, interval, addresses } = frame;
  return {
    ...{ version, authType, authData, interval, addresses, v3ChecksumAsV2: false },
    ...{ peers: [], checkUnicastSource: false, ignoreAdverts: false, skipAddressCheck: false },
    ...(frame.hmac ? { hmac: policy } : {}),
    ...change,
  };
}

type Context = Parameters<typeof native.judgeAdvert>[2];

function judge(frame: AdvertFrame, packet: Uint8Array, change: Partial<Expectation> = {}, context: Partial<Context> = {}) {
  return native.judgeAdvert(expectationOf(frame, change), packet, {
    family: frame.source.includes(':') ? 6 : 4,
    kind: 'multicast',
    protocol: frame.authType === 2 ? 51 : 112,
    source: frame.source,
    destination: frame.source.includes(':') ? 'ff02::12' : '224.0.0.18',
    ttl: 255,
    vrid: 51,
    wallTime: NOW * 1e6,
    ...context,
  });
}

/** Reference 2.2 again, with Node's HMAC and by other means. */
function icvOf(packet: Uint8Array, secret: Uint8Array): string {
  const covered = Buffer.from(packet);
  const multicast = (covered[16] ?? 0) >= 224 && (covered[16] ?? 0) < 240;
  for (const at of [1, 6, 7, 10, 11, ...(multicast ? [] : [8])]) covered[at] = 0;
  const header = ((covered[0] ?? 0) & 15) * 4;
  covered.fill(0, header + 12, header + 24);
  return createHmac('md5', secret).update(covered).digest('hex').slice(0, 24);
}

/** A packet with AH whose fields are changed, signed anew unless told not to. */
function resigned(packet: Uint8Array, change: (copy: Buffer) => void): Uint8Array {
  const copy = Buffer.from(packet);
  change(copy);
  copy.write(icvOf(copy, password), 32, 'hex');
  return Uint8Array.from(copy);
}

const signedAt = (seconds: number, frame = hmac, counter = 0): Uint8Array =>
  native.encodeAdvert(frame, frame.source.includes(':') ? 'ff02::12' : '224.0.0.18', 1, { seconds, counter });

describe('AH', () => {
  it('carries source as SPI, the sequence and an ICV that Node computes too, for multicast and unicast', () => {
    for (const destination of ['224.0.0.18', '239.1.2.3', '192.0.2.2', '10.0.0.1']) {
      const packet = native.encodeAdvert({ ...ah, ttl: 200 }, destination, 4711, { ahSequence: 0xfffffffd });
      assert.equal(packet.length, 20 + 24 + 8 + 8 + 8);
      assert.equal(packet[9], 51);
      assert.equal(hex(packet.slice(20, 32)), '70040000c0000201fffffffd');
      assert.equal(hex(packet.slice(32, 44)), icvOf(packet, password), destination);
    }
  });

  it('signs any packet as Node does', () => {
    const octet = fc.integer({ min: 0, max: 255 });
    const address = fc.tuple(octet, octet, octet, octet).map((parts) => parts.join('.'));
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 8, maxLength: 8 }),
        fc.record({ source: address, destination: address, priority: octet, ttl: fc.integer({ min: 1, max: 255 }) }),
        fc.array(address, { maxLength: 255 }),
        fc.integer({ min: 0, max: 0xffffffff }),
        fc.integer({ min: 0, max: 0xffff }),
        (authData, { destination, ...rest }, addresses, ahSequence, ipId) => {
          const packet = native.encodeAdvert({ ...ah, ...rest, authData, addresses }, destination, ipId, { ahSequence });
          assert.equal(hex(packet.slice(32, 44)), icvOf(packet, authData));
        },
      ),
      { numRuns: 300 },
    );
  });

  const genuine = native.encodeAdvert(ah, '224.0.0.18', 1, { ahSequence: 10 });

  it('is accepted with a number above the last one, and refused for the first of its own reasons', () => {
    assert.equal(judge(ah, genuine).verdict, 'accepted');
    assert.equal(judge(ah, genuine, {}, { ahSequence: 9 }).verdict, 'accepted');
    const nextHeader = resigned(genuine, (p) => p.writeUInt8(6, 20));
    const wrongIcv = genuine.map((byte, at) => (at === 40 ? byte ^ 1 : byte));
    const wrongSpi = resigned(genuine, (p) => p.writeUInt32BE(0x0a000001, 24));
    const cases: [RefusalReason, Uint8Array, number, number, number][] = [
      ['ah_next_header', nextHeader, 10, 6, 112],
      ['ah_icv', wrongIcv, 10, 0, 0],
      ['ah_spi', wrongSpi, 10, 0x0a000001, 0xc0000201],
      ['ah_sequence', genuine, 10, 10, 10],
      ['ah_sequence', genuine, 0xfffffffd, 10, 0xfffffffd],
    ];
    for (const [reason, packet, ahSequence, received, expected] of cases) {
      const verdict = judge(ah, packet, { interval: micros(2e6) }, { ahSequence });
      assert.deepEqual([verdict.verdict, verdict.received, verdict.expected], [reason, received, expected]);
    }
    assert.equal(judge(ah, genuine, { interval: micros(2e6) }).verdict, 'interval', 'the interval comes behind AH');
    assert.equal(judge(ah, genuine, { authData: Uint8Array.from(Buffer.from('12345679')) }).verdict, 'ah_icv');
  });

  it('covers every byte but TOS, fragment field and header checksum', () => {
    const open = new Set([1, 6, 7, 10, 11]);
    for (let at = 0; at < genuine.length; at++) {
      const forged = genuine.map((byte, i) => (i === at ? byte ^ 0x10 : byte));
      const { verdict } = judge(ah, forged);
      if (open.has(at)) assert.equal(verdict, 'accepted', `byte ${at}`);
      else assert.notEqual(verdict, 'accepted', `byte ${at}`);
    }
  });

  it('lets routers on the way change the TTL of unicast, not of multicast', () => {
    const unicast = native.encodeAdvert(ah, '192.0.2.2', 1, { ahSequence: 1 });
    const hop = (packet: Uint8Array) => packet.map((byte, at) => (at === 8 ? byte - 1 : byte));
    const context = { kind: 'unicast', destination: '192.0.2.2' } as const;
    assert.equal(judge(ah, hop(unicast), {}, context).verdict, 'accepted');
    assert.equal(judge(ah, hop(genuine)).verdict, 'ttl');
  });

  it('includes IP options as they came', () => {
    const options = [0x94, 4, 0, 0];
    const packet = Uint8Array.from([...genuine.slice(0, 20), ...options, ...genuine.slice(20)]);
    packet[0] = 0x46;
    packet[3] = packet.length;
    assert.equal(judge(ah, packet).verdict, 'ah_icv');
    packet.set(Buffer.from(icvOf(packet, password), 'hex'), 36);
    assert.equal(judge(ah, packet).verdict, 'accepted');
  });
});

/** Reference 2.3 again, with Node's HMAC. */
function trailerHmac(message: Uint8Array, source: readonly number[], secret: Uint8Array): string {
  const pdu = Buffer.from(message.slice(0, -28));
  pdu.fill(0, 6, 8);
  const family = source.length === 4 ? 4 : 6;
  const pseudo = Buffer.from([family, (pdu[0] ?? 0) >> 4, pdu[1] ?? 0, 0, ...source, ...new Array(16 - source.length).fill(0)]);
  const trailer = Buffer.from(message.slice(-28, -16));
  const mac = createHmac('sha256', secret).update(pseudo).update(pdu).update(trailer).update(Buffer.alloc(16));
  return mac.digest('hex').slice(0, 32);
}

describe('auth_hmac', () => {
  it('gives the published images byte for byte', () => {
    const secret = Uint8Array.from({ length: 32 }, (_, i) => i);
    for (const image of publishedImages()) {
      const ipv6 = image.source.includes(':');
      const frame: AdvertFrame = {
        ...plain,
        ...{ version: 3, priority: 200, addresses: image.addresses, source: image.source, v3ChecksumAsV2: !ipv6 },
        hmac: { key: { id: 1, key: secret }, antiReplay: 'time', window: 5 },
      };
      const packet = native.encodeAdvert(frame, image.destination ?? '224.0.0.18', 1, { seconds: 0x68000000, fraction: 0x8000 });
      assert.equal(hex(packet.slice(ipv6 ? 0 : 20)), image.hex, image.name);
      const verdict = judge(
        frame,
        packet,
        { hmac: { ...policy, keys: [{ id: 1, key: secret }] }, v3ChecksumAsV2: true },
        {
          ...(ipv6 ? { kind: 'unicast', destination: 'fe80::20' } : {}),
          wallTime: 0x68000000 * 1e6,
        },
      );
      assert.equal(verdict.verdict, ipv6 ? 'auth_ext_not_peer' : 'accepted');
    }
  });

  it('signs any message of any version and family as Node does', () => {
    const byte = fc.integer({ min: 0, max: 255 });
    const word = fc.integer({ min: 0, max: 0xffff });
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 64 }),
        fc.constantFrom<[2 | 3, 4 | 6]>([2, 4], [3, 4], [2, 6], [3, 6]),
        fc.record({ id: fc.integer({ min: 1, max: 255 }), priority: byte, vrid: fc.integer({ min: 1, max: 255 }) }),
        fc.integer({ min: 0, max: 200 }),
        fc.record({ seconds: fc.integer({ min: 0, max: 0xffffffff }), fraction: word, counter: word }),
        (secret, [version, family], { id, ...rest }, count, stamps) => {
          const source = family === 4 ? '192.0.2.1' : 'fe80::1';
          const addresses = Array.from({ length: count }, (_, i) => (family === 4 ? `192.0.2.${i}` : `fe80::${i + 2}`));
          const signer = { key: { id, key: secret }, antiReplay: 'monotonic', window: 300 } as const;
          const frame: AdvertFrame = { ...plain, ...rest, version, source, addresses, hmac: signer };
          const packet = native.encodeAdvert(frame, family === 4 ? '224.0.0.18' : 'ff02::12', 1, stamps);
          const message = packet.slice(family === 4 ? 20 : 0);
          const raw = family === 4 ? [192, 0, 2, 1] : [0xfe, 0x80, ...new Array(13).fill(0), 1];
          assert.equal(hex(message.slice(-16)), trailerHmac(message, raw, secret));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('finds each wrong thing in the order missing, peer, malformed, stale, key, hmac', () => {
    const unicast = { kind: 'unicast', destination: '192.0.2.2' } as const;
    const peers = [{ address: '192.0.2.1', minTtl: 0, maxTtl: 255 }];
    const patched = (at: number, value: number): Uint8Array => {
      const packet = native.encodeAdvert(hmac, '192.0.2.2', 1, { seconds: NOW });
      packet[packet.length - 28 + at] = value;
      return packet;
    };
    const missing = native.encodeAdvert(plain, '192.0.2.2', 1);
    assert.equal(judge(hmac, missing, {}, unicast).verdict, 'auth_ext_missing');
    assert.equal(judge(hmac, patched(0, 2), {}, unicast).verdict, 'auth_ext_not_peer');
    assert.equal(judge(hmac, patched(0, 2), { peers }, unicast).verdict, 'auth_ext_malformed');
    assert.equal(judge(hmac, patched(3, 1), { peers }, { ...unicast, wallTime: 1e6 }).verdict, 'auth_ext_malformed');
    assert.equal(judge(hmac, patched(1, 8), { peers }, { ...unicast, wallTime: (NOW + 6) * 1e6 }).verdict, 'auth_ext_stale');
    assert.equal(judge(hmac, patched(1, 8), { peers }, unicast).verdict, 'auth_ext_unknown_key');
    assert.equal(judge(hmac, patched(1, 9), { peers }, unicast).verdict, 'auth_ext_invalid_hmac');
    assert.equal(judge(hmac, patched(1, 9), { peers, interval: micros(2e6) }, unicast).verdict, 'auth_ext_invalid_hmac');
    assert.equal(judge(hmac, patched(1, 7), { peers, interval: micros(2e6) }, unicast).verdict, 'interval');
    assert.equal(judge(hmac, patched(1, 7), { peers }, unicast).verdict, 'accepted');
  });

  it('stands behind the version and before the authentication type', () => {
    assert.equal(judge(hmac, native.encodeAdvert({ ...plain, version: 3 }, '224.0.0.18', 1)).verdict, 'version');
    const odd = native.encodeAdvert(plain, '224.0.0.18', 1);
    odd[24] = 3;
    assert.equal(judge(hmac, odd).verdict, 'auth_ext_missing');
    assert.equal(judge(hmac, odd, { hmac: { ...policy, mode: 'permissive' } }).verdict, 'auth_type_invalid');
  });

  it('is asked for by enforce alone, and verified by every mode when it is there', () => {
    const forged = signedAt(NOW);
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
    for (const mode of ['receive-only', 'permissive', 'enforce'] as const) {
      const expected = { hmac: { ...policy, mode } };
      const bare = judge(hmac, native.encodeAdvert(plain, '224.0.0.18', 1), expected).verdict;
      assert.equal(bare, mode === 'enforce' ? 'auth_ext_missing' : 'accepted', mode);
      assert.equal(judge(hmac, signedAt(NOW), expected).verdict, 'accepted', mode);
      assert.equal(judge(hmac, forged, expected).verdict, 'auth_ext_invalid_hmac', mode);
    }
    assert.equal(judge(plain, signedAt(NOW)).verdict, 'length', 'nobody who has none configured takes a trailer');
  });

  it('is fresh up to the window either way, and worth a line beyond half of it', () => {
    const at = (seconds: number) => {
      const { verdict, clockSkew, received } = judge(hmac, signedAt(NOW + seconds));
      return [verdict, verdict === 'accepted' ? clockSkew : received];
    };
    assert.deepEqual(at(2), ['accepted', 0]);
    assert.deepEqual(at(3), ['accepted', 3]);
    assert.deepEqual(at(-5), ['accepted', -5]);
    assert.deepEqual(at(6), ['auth_ext_stale', 6]);
    assert.deepEqual(at(-6), ['auth_ext_stale', -6]);
    const old = judge(hmac, signedAt(1), { hmac: { ...policy, antiReplay: 'monotonic' } });
    assert.deepEqual([old.verdict, old.clockSkew], ['accepted', 0], 'growth alone knows no clock');
  });

  it('covers every byte of the message but its checksum, which is judged by itself', () => {
    const genuine = signedAt(NOW);
    for (let at = 20; at < genuine.length; at++) {
      const forged = genuine.map((byte, i) => (i === at ? byte ^ 0x10 : byte));
      assert.notEqual(judge(hmac, forged).verdict, 'accepted', `byte ${at}`);
      if (at === 26 || at === 27) assert.equal(judge(hmac, forged).verdict, 'checksum');
    }
    const moved = genuine.map((byte, i) => (i === 15 ? byte ^ 2 : byte));
    assert.equal(judge(hmac, moved).verdict, 'auth_ext_invalid_hmac', 'the source is covered');
    assert.deepEqual(hex(signedAt(NOW).slice(-16)), hex(native.encodeAdvert(hmac, '192.0.2.2', 77, { seconds: NOW }).slice(-16)));
  });

  it('never throws, whatever comes behind a message', () => {
    const message = native.encodeAdvert(plain, '224.0.0.18', 1);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (tail) => {
        const { verdict } = judge(hmac, Uint8Array.from([...message, ...tail]));
        if (tail.length === 28) assert.match(verdict, /^auth_ext_/);
        else assert.notEqual(verdict, 'accepted');
      }),
    );
  });

  it('takes the checksum of IPv6 over the trailer, as kernels do', () => {
    const frame: AdvertFrame = { ...hmac, version: 3, source: 'fe80::1', addresses: ['fe80::100'] };
    const packet = signedAt(NOW, frame);
    assert.equal(judge(frame, packet).verdict, 'accepted');
    assert.equal(bytes(hex(packet)).length, 8 + 16 + 28);
    packet[7] = (packet[7] ?? 0) ^ 1;
    assert.equal(judge(frame, packet).verdict, 'checksum');
  });
});
