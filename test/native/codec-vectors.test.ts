// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { parseMac } from '../../lib/base/address.ts';
import { seconds } from '../../lib/base/time.ts';
import { loadNative } from '../../lib/native/load.ts';
import type { Expectation } from '../../lib/native/surface.ts';
import {
  advertFrame,
  bytes,
  expectation,
  type GoldenFile,
  type GoldenFrame,
  goldenFiles,
  goldenRouter,
  isAdvert,
  isSigned,
  publishedImages,
  socketPacket,
  stampsOf,
} from './vectors.ts';

const native = loadNative();
const files = goldenFiles();
const own = files.filter((file) => file.config !== undefined);
const foreign = files.filter((file) => file.config === undefined && file.name !== 'foreign-ucarp');
const mac = (text: string): Uint8Array => {
  const parsed = parseMac(text);
  assert.ok(parsed.ok);
  return parsed.value;
};

/** An advert of a golden frame with everything that judging it needs. */
function present(frame: GoldenFrame) {
  assert.ok(frame.ip && frame.vrrp);
  return { ip: frame.ip, vrrp: frame.vrrp };
}

function judge(expected: Expectation, frame: GoldenFrame, packet: Uint8Array, protocol = frame.ip?.proto as 112 | 51) {
  const { ip, vrrp } = present(frame);
  return native.judgeAdvert(expected, packet, {
    family: ip.src.includes(':') ? 6 : 4,
    kind: /^(22[4-9]|23\d)\.|^ff/.test(ip.dst) ? 'multicast' : 'unicast',
    protocol,
    source: ip.src,
    destination: ip.dst,
    ttl: ip.ttl,
    vrid: vrrp.vrid,
    // As soon as it was sent.
    ...(frame.hmac ? { wallTime: frame.hmac.seconds * 1e6 } : {}),
  });
}

/** A router configured like the sender of this frame. */
function peerOf(frame: GoldenFrame, file: GoldenFile): Expectation {
  const { vrrp } = present(frame);
  if (file.config !== undefined) return expectation(goldenRouter(file));
  return expectation({ version: vrrp.version, interval: vrrp.interval, addresses: vrrp.addresses });
}

function assertAccepted(frame: GoldenFrame, verdict: ReturnType<typeof judge>): void {
  const { ip, vrrp } = present(frame);
  assert.deepEqual(verdict, {
    verdict: 'accepted',
    received: 0,
    expected: 0,
    priority: vrrp.priority,
    interval: seconds(vrrp.interval),
    intervalMismatch: false,
    addressMismatch: 'none',
    mismatchDetail: 0,
    clockSkew: 0,
    source: ip.src,
  });
}

describe('golden adverts of keepalived 2.4.3', () => {
  for (const file of own) {
    for (const frame of file.frames.filter(isAdvert)) {
      it(`${file.name} frame ${frame.frame}: the same configuration gives the same bytes`, () => {
        const router = goldenRouter(file);
        const packet = native.encodeAdvert(
          advertFrame(router, frame.kind === 'advert' ? router.priority : 0),
          router.destination,
          frame.ip?.id ?? 0,
          stampsOf(frame),
        );
        const captured = socketPacket(frame);
        // The kernel fills in the checksum of the IP header.
        if (!router.source.includes(':')) captured.fill(0, 10, 12);
        assert.equal(Buffer.from(packet).toString('hex'), Buffer.from(captured).toString('hex'));
      });
    }
  }

  it('covers v2 and v3, IPv4 and IPv6, multicast and unicast, PASS and both v3 sums', () => {
    const seen = new Set(
      own.map((file) => {
        const r = goldenRouter(file);
        return [r.version, r.source.includes(':') ? 6 : 4, r.kind, r.authType, r.v3ChecksumAsV2].join(' ');
      }),
    );
    for (const kind of [
      '2 4 multicast 0 false',
      '2 4 multicast 1 false',
      '2 4 multicast 2 false',
      '2 4 unicast 2 false',
      '2 4 unicast 1 false',
      '3 4 multicast 0 false',
      '3 4 multicast 0 true',
      '3 4 unicast 0 false',
      '3 6 multicast 0 false',
      '3 6 unicast 0 false',
    ]) {
      assert.ok(seen.has(kind), `${kind} is not among ${[...seen].join(', ')}`);
    }
  });
});

describe('judging golden adverts', () => {
  for (const file of [...own, ...foreign]) {
    it(`accepts every advert of ${file.name} with its own fields`, () => {
      for (const frame of file.frames.filter(isAdvert)) assertAccepted(frame, judge(peerOf(frame, file), frame, socketPacket(frame)));
    });

    it(`refuses every truncation of ${file.name}`, () => {
      for (const frame of file.frames.filter(isAdvert)) {
        const packet = socketPacket(frame);
        const header = (frame.ip?.src.includes(':') ? 8 : 28) + (frame.ah ? 24 : 0);
        // A whole advert is left when the trailer is gone, exactly or but for what may be Ethernet's padding.
        const bare = frame.hmac ? packet.length - 28 : packet.length;
        const whole = (size: number) => size === bare || (size > bare && bare < 46 && (size - bare) % 4 === 2);
        for (let size = 0; size < packet.length; size++) {
          const { verdict } = judge(peerOf(frame, file), frame, packet.slice(0, size));
          const expected = size < header ? 'too_short' : whole(size) ? 'auth_ext_missing' : 'length';
          assert.equal(verdict, expected, `${size} of ${packet.length} bytes`);
        }
      }
    });
  }

  it('accepts frames that Ethernet padded to its minimum', () => {
    const padded = foreign.filter((file) => file.name.startsWith('foreign-osken'));
    assert.equal(padded.length, 2);
    for (const file of padded) {
      for (const frame of file.frames.filter(isAdvert)) {
        const packet = socketPacket(frame, true);
        assert.equal(packet.length, 46);
        assertAccepted(frame, judge(peerOf(frame, file), frame, packet));
      }
    }
  });

  it('takes either sum of v3 over IPv4 when v3_checksum_as_v2 is configured, the other is refused without', () => {
    for (const name of ['v3-ipv4', 'v3-ipv4-rfc9568-sum']) {
      const file = own.find((candidate) => candidate.name === name);
      assert.ok(file);
      for (const frame of file.frames.filter(isAdvert)) {
        const packet = socketPacket(frame);
        const lenient: Expectation = { ...peerOf(frame, file), v3ChecksumAsV2: true };
        assertAccepted(frame, judge(lenient, frame, packet));
        const strict = judge({ ...lenient, v3ChecksumAsV2: false }, frame, packet);
        assert.equal(strict.verdict, name === 'v3-ipv4' ? 'accepted' : 'checksum');
        packet[packet.length - 1] = (packet.at(-1) ?? 0) ^ 1;
        assert.equal(judge(lenient, frame, packet).verdict, 'checksum', 'a sum that is neither of the two');
      }
    }
  });

  it('ignores CARP of ucarp, which shares protocol, group and id', () => {
    const file = files.find((candidate) => candidate.name === 'foreign-ucarp');
    assert.ok(file);
    for (const frame of file.frames) {
      const { verdict, received, expected } = judge(expectation({ version: 2 }), frame, socketPacket(frame));
      assert.deepEqual([verdict, received, expected], ['length', 56, 64]);
      assert.equal(native.describeFrame(bytes(frame.hex)).kind, 'other');
    }
  });

  it('refuses signed adverts when no signature is configured', () => {
    for (const file of own.filter(isSigned)) {
      for (const frame of file.frames.filter(isAdvert)) {
        const router = { ...goldenRouter(file), authType: 0 as const, authData: new Uint8Array(0), hmac: null };
        const protocol = file.name.endsWith('ah') ? 51 : 112;
        const { verdict } = judge(expectation(router), frame, socketPacket(frame), protocol);
        assert.equal(verdict, protocol === 51 ? 'ah_header_mismatch' : 'length', `${file.name} frame ${frame.frame}`);
      }
    }
  });

  it('accepts the published IPv4 image without its trailer and refuses it with one', () => {
    const image = publishedImages().find((candidate) => candidate.name === 'ipv4');
    assert.ok(image);
    const message = bytes(image.hex);
    const packet = (body: Uint8Array) => Uint8Array.from([...ipHeader(20 + body.length, image.source), ...body]);
    const expected = { ...expectation({ version: 3, interval: 1, addresses: image.addresses }), v3ChecksumAsV2: true };
    const context = {
      family: 4,
      kind: 'multicast',
      protocol: 112,
      source: image.source,
      destination: '224.0.0.18',
      ttl: 255,
      vrid: 51,
    } as const;
    assert.equal(native.judgeAdvert(expected, packet(message.slice(0, -28)), context).verdict, 'accepted');
    assert.equal(native.judgeAdvert(expected, packet(message), context).verdict, 'length');
  });
});

function ipHeader(total: number, source: string): number[] {
  return [0x45, 0xc0, 0, total, 0, 1, 0, 0, 255, 112, 0, 0, ...source.split('.').map(Number), 224, 0, 0, 18];
}

describe('golden announcements', () => {
  for (const file of files) {
    for (const frame of file.frames.filter((f) => !isAdvert(f))) {
      it(`${file.name} frame ${frame.frame}: the same ${frame.kind}`, () => {
        const address = frame.arp?.spa ?? frame.na?.target ?? '';
        const announcement = { ifindex: 1, address, mac: mac(frame.eth.src), router: frame.na?.router ?? false };
        assert.equal(Buffer.from(native.encodeAnnouncement(announcement)).toString('hex'), frame.hex);
      });
    }
  }
});

describe('describing golden frames', () => {
  for (const file of files.filter((f) => f.name !== 'foreign-ucarp')) {
    it(`tells what every frame of ${file.name} says`, () => {
      for (const frame of file.frames) {
        const seen = native.describeFrame(bytes(frame.hex));
        assert.equal(seen.sourceMac, frame.eth.src);
        assert.equal(seen.destinationMac, frame.eth.dst);
        assert.equal(seen.kind, isAdvert(frame) ? 'advert' : frame.kind);
        assert.equal(seen.checksumOk, true, `${file.name} frame ${frame.frame}`);
        if (!frame.vrrp || !frame.ip) {
          assert.deepEqual(seen.addresses, [frame.arp?.spa ?? frame.na?.target]);
          continue;
        }
        const { vrrp, ip } = frame;
        assert.deepEqual(
          [seen.source, seen.destination, seen.ttl, seen.ipId, seen.vrid, seen.version, seen.priority, seen.interval, seen.authType],
          [ip.src, ip.dst, ip.ttl, ip.id ?? 0, vrrp.vrid, vrrp.version, vrrp.priority, seconds(vrrp.interval), vrrp.auth_type ?? 0],
        );
        assert.deepEqual(seen.addresses, vrrp.addresses);
      }
    });
  }
});
