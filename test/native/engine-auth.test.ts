// SPDX-License-Identifier: MIT
// What the engine remembers of AH: numbers go on through new contents, expectations and sockets.

import assert from 'node:assert/strict';
import { micros } from '../../lib/base/time.ts';
import { until } from '../support/until.ts';
import { type Agent, createLan, expectation, frame, type Lan, multicast, type Wire } from './engine-lan.ts';

const authData = Uint8Array.from(Buffer.from('12345678'));
const ah = { authType: 2, authData } as const;

describe('the engine with AH', function () {
  this.timeout(20_000);
  let lan: Lan;
  let agent: Agent;
  let wire: Wire;
  const key = 7;

  beforeEach(async () => {
    lan = await createLan();
    agent = await lan.agent('a');
    wire = lan.wire('b');
  });
  afterEach(async () => lan.destroy());

  /** Sequence numbers on the wire: behind Ethernet, IP header, and 8 bytes of the AH. */
  const numbers = (): number[] => wire.adverts().map((f) => Buffer.from(f.bytes).readUInt32BE(14 + 20 + 8));

  it('counts on through a new content, a new expectation and new sockets', async () => {
    const { engine } = agent;
    const spec = { ...multicast(lan.a.ifindex), protocol: 51 as const };
    const first = await engine.openEndpoint(spec);
    await engine.addRouter(key, first, 51, expectation(ah));
    await engine.advertise(key, frame(ah), micros(20_000), 0);
    await until('three adverts', () => numbers().length >= 3);
    await engine.setExpectation(key, expectation({ ...ah, skipAddressCheck: true }));
    await engine.advertise(key, frame({ ...ah, priority: 99 }), micros(20_000), 0);
    await until('three more', () => numbers().length >= 6);
    await engine.removeRouter(key);
    await engine.closeEndpoint(first);
    const before = numbers().length;
    const second = await engine.openEndpoint(spec);
    await engine.addRouter(key, second, 51, expectation(ah));
    await engine.advertise(key, frame(ah), micros(20_000), 0);
    await until('three with the new sockets', () => numbers().length >= before + 3);
    await engine.quiet(key, 1);
    assert.deepEqual(
      numbers(),
      numbers().map((_, i) => i + 1),
    );
  });

  it('starts at 1 for a router that it never knew', async () => {
    const { engine } = agent;
    const endpoint = await engine.openEndpoint({ ...multicast(lan.a.ifindex), protocol: 51 });
    for (const [one, vrid] of [
      [1, 51],
      [2, 52],
    ] as const) {
      await engine.addRouter(one, endpoint, vrid, expectation(ah));
      await engine.advertise(one, frame({ ...ah, vrid }), micros(1e6), 0);
    }
    await until('both', () => numbers().length >= 2);
    assert.deepEqual(numbers().slice(0, 2), [1, 1]);
  });
});
