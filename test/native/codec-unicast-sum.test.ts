// SPDX-License-Identifier: MIT
// The two sums of v3 unicast adverts over IPv4 (reference: VRRP document, section 1.4).

import assert from 'node:assert/strict';
import { micros } from '../../lib/base/time.ts';
import type { Expectation } from '../../lib/native/surface.ts';
import { expectation, frame, native } from './engine-lan.ts';

const standard = native.encodeAdvert(frame({ version: 3, destinations: ['192.0.2.2'] }), '192.0.2.2', 1);
const old = native.encodeAdvert(frame({ version: 3, destinations: ['192.0.2.2'], oldUnicastSum: true }), '192.0.2.2', 1);

function judged(packet: Uint8Array, changes: Partial<Expectation>, kind: 'unicast' | 'multicast' = 'unicast') {
  const context = { family: 4, kind, protocol: 112, source: '192.0.2.1', destination: '192.0.2.2', ttl: 255, vrid: 51 } as const;
  const { verdict, oldUnicastSum } = native.judgeAdvert(
    expectation({ version: 3, interval: micros(1_000_000), ...changes }),
    packet,
    context,
  );
  return `${verdict}${oldUnicastSum ? ', old' : ''}`;
}

/** RFC 1071 over the pseudo-header with this destination and the message: 0 when it verifies. */
function residue(packet: Uint8Array, destination: readonly number[]): number {
  const message = packet.subarray(20);
  const bytes = [...packet.subarray(12, 16), ...destination, 0, 112, 0, message.length, ...message];
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] ?? 0) << 8) + (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

describe('the sum of v3 unicast adverts', () => {
  it('is taken over the real destination, or over 224.0.0.18 the old way', () => {
    assert.equal(residue(standard, [192, 0, 2, 2]), 0);
    assert.equal(residue(old, [224, 0, 0, 18]), 0);
    assert.notEqual(residue(old, [192, 0, 2, 2]), 0);
  });

  it('may be either unless configured, and the old one is told', () => {
    assert.deepEqual([judged(standard, {}), judged(old, {})], ['accepted', 'accepted, old']);
    assert.deepEqual([judged(standard, { unicastSum: 'standard' }), judged(old, { unicastSum: 'standard' })], ['accepted', 'checksum']);
    assert.deepEqual([judged(standard, { unicastSum: 'old' }), judged(old, { unicastSum: 'old' })], ['checksum', 'accepted']);
  });

  it('has to be right: no changed byte is believed by either sum', () => {
    for (let at = 20; at < old.length; at++) {
      // VRID and count decide other checks first; the checksum bytes are the sum itself.
      const damaged = Uint8Array.from(old, (byte, i) => (i === at ? byte ^ 0x10 : byte));
      assert.ok(!judged(damaged, {}).startsWith('accepted'), `byte ${at}`);
    }
  });

  it('is no matter of multicast and of version 2', () => {
    const group = { destinations: ['224.0.0.18'], version: 3 } as const;
    const multicast = native.encodeAdvert(frame({ ...group, oldUnicastSum: true }), '224.0.0.18', 1);
    assert.deepEqual(multicast, native.encodeAdvert(frame(group), '224.0.0.18', 1));
    const v2 = frame({ destinations: ['192.0.2.2'] });
    assert.deepEqual(native.encodeAdvert({ ...v2, oldUnicastSum: true }, '192.0.2.2', 1), native.encodeAdvert(v2, '192.0.2.2', 1));
    assert.equal(judged(old, {}, 'multicast'), 'checksum');
  });
});
