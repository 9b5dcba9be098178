// SPDX-License-Identifier: MIT
// The receive ladder's order (reference 4.2): a packet that breaks two rules is refused for the first of them.

import assert from 'node:assert/strict';
import { micros } from '../../lib/base/time.ts';
import { loadNative } from '../../lib/native/load.ts';
import type { Expectation, RefusalReason } from '../../lib/native/surface.ts';
import { type OracleAdvert, oraclePacket } from '../support/oracle-vrrp.ts';

const native = loadNative();

/** A packet that is accepted, the router that expects it, and where it came in; faults change any of the three. */
interface Draft {
  advert: OracleAdvert;
  expectation: Expectation;
  vrid: number;
  protocol: 112 | 51;
  kind: 'multicast' | 'unicast';
  /** Bytes of the packet that arrive. */
  keep: number;
}

type Fault = (draft: Draft) => void;

const auth = Uint8Array.from(Buffer.from('secret\0\0'));

function draft(kind: 'multicast' | 'unicast'): Draft {
  const destination = kind === 'multicast' ? '224.0.0.18' : '192.0.2.2';
  return {
    advert: {
      version: 2,
      type: 1,
      vrid: 51,
      priority: 150,
      count: 1,
      authType: 1,
      interval: 1,
      addresses: ['192.0.2.100'],
      authData: auth,
      source: '192.0.2.1',
      destination,
      ttl: 255,
      ipId: 1,
      pseudoHeader: false,
      checksumError: 0,
      totalLengthError: 0,
    },
    expectation: {
      version: 2,
      authType: 1,
      authData: auth,
      interval: micros(1e6),
      addresses: ['192.0.2.100'],
      peers: [{ address: '192.0.2.1', minTtl: 0, maxTtl: 255 }],
      checkUnicastSource: true,
      v3ChecksumAsV2: false,
      ignoreAdverts: false,
      skipAddressCheck: false,
    },
    vrid: 51,
    protocol: 112,
    kind,
    keep: Number.POSITIVE_INFINITY,
  };
}

const advert = (change: Partial<OracleAdvert> | ((a: OracleAdvert) => Partial<OracleAdvert>)): Fault => {
  return (d) => {
    d.advert = { ...d.advert, ...(typeof change === 'function' ? change(d.advert) : change) };
  };
};
const expect = (change: Partial<Expectation>): Fault => {
  return (d) => {
    d.expectation = { ...d.expectation, ...change };
  };
};

/** In the order of the ladder. Each breaks its own rule and none before it. */
const multicastFaults: readonly [RefusalReason, Fault][] = [
  [
    'too_short',
    (d) => {
      d.keep = 27;
    },
  ],
  [
    'unknown_vrid',
    (d) => {
      d.vrid = 52;
    },
  ],
  ['ah_header_mismatch', expect({ authType: 2 })],
  ['length', advert({ addresses: [] })],
  ['ttl', advert({ ttl: 254 })],
  ['version', expect({ version: 3 })],
  ['auth_type_invalid', advert({ authType: 3 })],
  ['auth_type_mismatch', advert((a) => ({ authType: a.authType === 3 ? 3 : 0 }))],
  ['auth_failure', advert({ authData: Uint8Array.from(Buffer.from('secret\0x')) })],
  ['interval', advert({ interval: 2 })],
  ['type', advert({ type: 2 })],
  ['ip_length', advert({ totalLengthError: 4 })],
  ['checksum', advert({ checksumError: 1 })],
  ['cast_kind', advert({ destination: '192.0.2.2' })],
  ['owner_ignores', expect({ ignoreAdverts: true })],
];

const unicastFaults: readonly [RefusalReason, Fault][] = [
  ...multicastFaults.filter(([reason]) => reason !== 'ttl' && reason !== 'cast_kind' && reason !== 'owner_ignores'),
  ['cast_kind', advert({ destination: '224.0.0.18' })],
  ['owner_ignores', expect({ ignoreAdverts: true })],
  [
    'unicast_source',
    (d) => {
      d.expectation = { ...d.expectation, peers: d.expectation.peers.map((peer) => ({ ...peer, address: '192.0.2.3' })) };
    },
  ],
  [
    'unicast_ttl',
    (d) => {
      d.expectation = { ...d.expectation, peers: d.expectation.peers.map((peer) => ({ ...peer, minTtl: 254 })) };
      d.advert = { ...d.advert, ttl: 253 };
    },
  ],
];

function judge(d: Draft) {
  return native.judgeAdvert(d.expectation, oraclePacket(d.advert).slice(0, d.keep), {
    family: 4,
    kind: d.kind,
    protocol: d.protocol,
    source: d.advert.source,
    destination: d.advert.destination,
    ttl: d.advert.ttl,
    vrid: d.vrid,
  });
}

for (const [kind, faults] of [
  ['multicast', multicastFaults],
  ['unicast', unicastFaults],
] as const) {
  describe(`the receive ladder of a ${kind} router`, () => {
    it('accepts the packet that breaks no rule', () => {
      const { verdict, addressMismatch, source } = judge(draft(kind));
      assert.deepEqual([verdict, addressMismatch, source], ['accepted', 'none', '192.0.2.1']);
    });

    for (const [first, breakFirst] of faults) {
      it(`refuses for ${first} alone`, () => {
        const d = draft(kind);
        breakFirst(d);
        assert.equal(judge(d).verdict, first);
      });
    }

    for (const [i, [first, breakFirst]] of faults.entries()) {
      const later = faults.slice(i + 1);
      if (later[0]) {
        it(`refuses for ${first} before ${later[0][0]} and everything after it`, () => {
          for (const [second, breakSecond] of later) {
            const d = draft(kind);
            breakSecond(d);
            breakFirst(d);
            assert.equal(judge(d).verdict, first, `${first} with ${second}`);
          }
        });
      }
    }
  });
}

describe('the receive ladder', () => {
  const numbers = (kind: 'multicast' | 'unicast', ...faults: Fault[]) => {
    const d = draft(kind);
    for (const fault of faults) fault(d);
    const { verdict, received, expected } = judge(d);
    return [verdict, received, expected];
  };

  it('tells what came and what was expected, for the log line', () => {
    assert.deepEqual(numbers('multicast', advert({ ttl: 1 })), ['ttl', 1, 255]);
    assert.deepEqual(numbers('multicast', advert({ addresses: [] })), ['length', 36, 40]);
    assert.deepEqual(numbers('multicast', expect({ version: 3 })), ['version', 2, 3]);
    assert.deepEqual(numbers('multicast', advert({ authType: 9 })), ['auth_type_invalid', 9, 1]);
    assert.deepEqual(numbers('multicast', advert({ authType: 0 })), ['auth_type_mismatch', 0, 1]);
    assert.deepEqual(numbers('multicast', advert({ interval: 3 })), ['interval', 3, 1]);
    assert.deepEqual(numbers('multicast', advert({ type: 4 })), ['type', 4, 1]);
    assert.deepEqual(numbers('multicast', advert({ totalLengthError: 8 })), ['ip_length', 40, 48]);
    const ttl = expect({ peers: [{ address: '192.0.2.1', minTtl: 10, maxTtl: 20 }] });
    assert.deepEqual(numbers('unicast', ttl, advert({ ttl: 9 })), ['unicast_ttl', 9, 10]);
    assert.deepEqual(numbers('unicast', ttl, advert({ ttl: 21 })), ['unicast_ttl', 21, 20]);
    assert.deepEqual(numbers('unicast', ttl, advert({ ttl: 20 })), ['accepted', 0, 0]);
  });

  it('does not look at TTL or source of unicast without check_unicast_src', () => {
    const open = expect({ checkUnicastSource: false, peers: [] });
    assert.deepEqual(numbers('unicast', open, advert({ ttl: 1 })), ['accepted', 0, 0]);
  });

  it('compares the whole password, its zero padding included', () => {
    for (let at = 0; at < 8; at++) {
      const wrong = Uint8Array.from(auth, (byte, i) => (i === at ? byte ^ 0x20 : byte));
      assert.equal(numbers('multicast', advert({ authData: wrong }))[0], 'auth_failure', `byte ${at}`);
    }
  });

  it('accepts a differing address list and says how it differs', () => {
    const list = (ours: string[], theirs: string[]) => {
      const d = draft('multicast');
      expect({ addresses: ours })(d);
      advert({ addresses: theirs, count: theirs.length })(d);
      const { verdict, addressMismatch, mismatchDetail } = judge(d);
      return [verdict, addressMismatch, mismatchDetail];
    };
    assert.deepEqual(list(['192.0.2.100'], ['192.0.2.100', '192.0.2.101']), ['accepted', 'count', 2]);
    assert.deepEqual(list(['192.0.2.100'], []), ['accepted', 'count', 0]);
    assert.deepEqual(list(['192.0.2.100', '192.0.2.101'], ['192.0.2.100', '192.0.2.102']), ['accepted', 'missing', 1]);
    assert.deepEqual(list(['192.0.2.100', '192.0.2.101'], ['192.0.2.101', '192.0.2.100']), ['accepted', 'none', 0]);
    assert.deepEqual(list(['fd00::1'], ['192.0.2.100']), ['accepted', 'missing', 0]);
  });

  it('reports another v3 interval and accepts it; the reserved bits are ignored', () => {
    const d = draft('multicast');
    expect({ version: 3, authType: 0, authData: new Uint8Array(0), interval: micros(500_000) })(d);
    advert({ version: 3, interval: 0xf000 | 75, pseudoHeader: true })(d);
    const { verdict, interval, intervalMismatch } = judge(d);
    assert.deepEqual([verdict, interval, intervalMismatch], ['accepted', 750_000, true]);
    advert({ interval: 50 })(d);
    assert.equal(judge(d).intervalMismatch, false);
  });

  it('allows Ethernet padding in steps of four from two, only behind short packets', () => {
    const padded = (addresses: string[], extra: number) => {
      const d = draft('multicast');
      expect({ addresses })(d);
      advert({ addresses, count: addresses.length })(d);
      const packet = Uint8Array.from([...oraclePacket(d.advert), ...new Array<number>(extra).fill(0)]);
      return native.judgeAdvert(d.expectation, packet, { ...context4, vrid: 51 }).verdict;
    };
    assert.equal(padded(['192.0.2.100'], 6), 'accepted');
    assert.equal(padded(['192.0.2.100'], 2), 'accepted');
    for (const extra of [1, 3, 4, 5, 7, 8]) assert.equal(padded(['192.0.2.100'], extra), 'length', `${extra} bytes more`);
    assert.equal(padded(['192.0.2.100', '192.0.2.101', '192.0.2.102'], 2), 'length');
  });

  it('counts an IPv4 header with options as long as it is', () => {
    const d = draft('multicast');
    const [header, message] = [oraclePacket(d.advert).slice(0, 20), oraclePacket(d.advert).slice(20)];
    const packet = Uint8Array.from([...header, 0x94, 4, 0, 0, ...message]);
    packet[0] = 0x46;
    packet[3] = packet.length;
    assert.equal(native.judgeAdvert(d.expectation, packet, { ...context4, vrid: 51 }).verdict, 'accepted');
    packet[0] = 0x45;
    assert.notEqual(native.judgeAdvert(d.expectation, packet, { ...context4, vrid: 51 }).verdict, 'accepted');
  });
});

const context4 = { family: 4, kind: 'multicast', protocol: 112, source: '192.0.2.1', destination: '224.0.0.18', ttl: 255 } as const;

describe('the receive ladder over IPv6', () => {
  const base: OracleAdvert = {
    ...draft('multicast').advert,
    version: 3,
    interval: 100,
    addresses: ['fe80::100'],
    source: 'fe80::1',
    destination: 'ff02::12',
    pseudoHeader: true,
  };
  const expectation: Expectation = {
    ...draft('multicast').expectation,
    version: 3,
    authType: 0,
    authData: new Uint8Array(0),
    addresses: ['fe80::100'],
  };
  const verdict = (change: Partial<OracleAdvert>, kind: 'multicast' | 'unicast' = 'multicast') => {
    const a = { ...base, ...change };
    const { source, destination, ttl } = a;
    return native.judgeAdvert(expectation, oraclePacket(a), { family: 6, kind, protocol: 112, source, destination, ttl, vrid: 51 }).verdict;
  };

  it('takes source, destination and hop limit from beside the packet', () => {
    assert.equal(verdict({}), 'accepted');
    assert.equal(verdict({ ttl: 254 }), 'ttl');
    assert.equal(verdict({ ttl: -1 }), 'ttl');
    assert.equal(verdict({ checksumError: 1 }), 'checksum');
    assert.equal(verdict({ pseudoHeader: false }), 'checksum');
  });

  it('looks at the kind of the packet before anything else', () => {
    assert.equal(verdict({ destination: 'fe80::2' }), 'cast_kind');
    assert.equal(verdict({ destination: 'fe80::2', addresses: [] }), 'cast_kind');
    assert.equal(verdict({}, 'unicast'), 'cast_kind');
  });

  it('refuses in the order length, ttl, version, type, checksum', () => {
    const faults: [RefusalReason, Partial<OracleAdvert>][] = [
      ['length', { addresses: [] }],
      ['ttl', { ttl: 64 }],
      ['version', { version: 4 }],
      ['type', { type: 3 }],
      ['checksum', { checksumError: 5 }],
    ];
    for (const [i, [first, change]] of faults.entries()) {
      assert.equal(verdict(change), first);
      for (const [, later] of faults.slice(i + 1)) assert.equal(verdict({ ...later, ...change }), first);
    }
  });

  it('accepts v2, which has no authentication data over IPv6', () => {
    const v2 = { ...base, version: 2, interval: 1, authType: 0 };
    const { source, destination } = v2;
    const context = { family: 6, kind: 'multicast', protocol: 112, source, destination, ttl: 255, vrid: 51 } as const;
    assert.equal(native.judgeAdvert({ ...expectation, version: 2 }, oraclePacket(v2), context).verdict, 'accepted');
  });
});
