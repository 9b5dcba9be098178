// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { arpProbe, readArpReply, readIp, readUnreachable } from '../../../lib/doctor/core/frames.ts';

const ethernet = (type: number) => [1, 0, 0x5e, 0, 0, 0x12, 2, 0, 0, 0, 0, 1, type >> 8, type & 0xff];
const ip4 = (protocol: number, source: number[], destination: number[], payload: readonly number[]) => [
  ...[0x45, 0, 0, 20 + payload.length, 0, 0, 0, 0, 255, protocol, 0, 0],
  ...source,
  ...destination,
  ...payload,
];
const [here, there, group] = [
  [192, 0, 2, 1],
  [192, 0, 2, 2],
  [224, 0, 0, 18],
];

describe('frames as the doctor reads them', () => {
  it('finds the packet, padding and VLAN tag taken away', () => {
    const packet = ip4(112, there, group, [0x31, 51, 100, 1]);
    for (const frame of [
      [...ethernet(0x0800), ...packet, 0, 0, 0],
      [...ethernet(0x8100), 0, 7, 8, 0, ...packet],
    ]) {
      const read = readIp(Uint8Array.from(frame));
      assert.equal(read?.source, '192.0.2.2');
      assert.equal(read?.multicast, true);
      assert.equal(read?.sourceMac, '02:00:00:00:00:01');
      assert.deepEqual([...(read?.delivered ?? [])], packet);
    }
  });

  it('reads who complains about what', () => {
    const quoted = ip4(112, here, there, []);
    const frame = Uint8Array.from([...ethernet(0x0800), ...ip4(1, there, here, [3, 13, 0, 0, 0, 0, 0, 0, ...quoted])]);
    const packet = readIp(frame);
    assert.deepEqual(packet && readUnreachable(packet), { code: 13, destination: '192.0.2.2', protocol: 112 });
  });

  it('asks without saying who asks, and understands the answer', () => {
    const probe = arpProbe(Uint8Array.of(2, 0, 0, 0, 0, 9), Uint8Array.of(192, 0, 2, 100));
    assert.equal(probe.length, 42);
    assert.deepEqual([...probe.subarray(28, 32)], [0, 0, 0, 0]);
    assert.equal(readArpReply(probe), null);
    const reply = probe.slice();
    reply.set([0, 2, 2, 0, 0, 0, 0, 9, 192, 0, 2, 100], 20);
    assert.deepEqual(readArpReply(reply), { address: '192.0.2.100', mac: '02:00:00:00:00:09' });
  });

  it('never reads beyond the end', () => {
    const start = fc.constantFrom(ethernet(0x0800), ethernet(0x86dd), ethernet(0x0806), ethernet(0x8100), []);
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 120 }), (head, tail) => {
        const frame = Uint8Array.from([...head, ...tail]);
        const packet = readIp(frame);
        if (packet) readUnreachable(packet);
        readArpReply(frame);
      }),
    );
  });
});
