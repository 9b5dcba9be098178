// SPDX-License-Identifier: MIT
// Packets of the ring on their way to a file: no password leaves, whatever a stranger sends.

import assert from 'node:assert/strict';
import type { FlightSlot } from '../../../lib/native/flight-surface.ts';
import { captureItem, type FlightRouter } from '../../../lib/vrrp/flight-items.ts';
import { dice } from '../../support/dice.ts';

const password = new TextEncoder().encode('Geheim77');
const router: FlightRouter = { name: 'VI_1', family: 4, protocol: 112, password };
const at = { interface: 0, epoch: 0 };

function slot(bytes: Uint8Array, changes: Partial<FlightSlot> = {}): FlightSlot {
  const common = { number: 1, kind: 'refused', at: 5, wall: 0, first: 0, second: 0, source: '', destination: '' } as const;
  return { ...common, hopLimit: -1, reason: 'ttl', length: bytes.length, bytes, ...changes };
}

/** An IPv4 header without options, a v2 advert with one address, a password. */
function advert(secret: Uint8Array, addresses = 1, type = 1): Uint8Array {
  return Uint8Array.of(0x45, ...new Array(19).fill(0), 0x21, 51, 100, addresses, type, 1, 0, 0, 192, 0, 2, 1, ...secret);
}

const written = (bytes: Uint8Array, of = router) => {
  const item = captureItem(of, slot(bytes), at);
  assert.equal(item.kind, 'packet');
  return Buffer.from(item.kind === 'packet' ? item.bytes : []);
};

describe('a recorded packet', () => {
  it('has no password, ours or a stranger’s', () => {
    assert.equal(written(advert(password)).subarray(32).toString(), '********');
    assert.equal(
      written(advert(new TextEncoder().encode('anything')))
        .subarray(32)
        .toString(),
      '********',
    );
  });

  it('has none where the packet lies about its addresses, its type or its end', () => {
    for (const addresses of [0, 2, 200, 255])
      assert.equal(written(advert(password, addresses)).includes('Geheim77'), false, `${addresses}`);
    assert.equal(written(advert(password, 1, 7)).includes('Geheim77'), false);
    assert.equal(written(advert(password).subarray(0, 37)).subarray(32).toString(), '*****');
  });

  it('never breaks the writer', () => {
    const random = dice(4711);
    for (let n = 0; n < 500; n++) {
      const bytes = Uint8Array.from({ length: random(60) + 1 }, () => random(256));
      written(bytes);
      written(bytes, { ...router, family: 6 });
    }
  });

  it('of IPv6 gets its header back', () => {
    const item = captureItem(
      { ...router, family: 6 },
      slot(Uint8Array.of(0x31, 1), { kind: 'accepted', source: 'fe80::1', destination: 'ff02::12', hopLimit: 255 }),
      at,
    );
    assert.ok(item.kind === 'packet');
    assert.equal(item.length, 42);
    assert.equal(
      Buffer.from(item.bytes).toString('hex'),
      '6c000000000270fffe800000000000000000000000000001ff0200000000000000000000000000123101',
    );
  });
});
