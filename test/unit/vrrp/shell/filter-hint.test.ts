// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { createFilterHint } from '../../../../lib/vrrp/shell/filter-hint.ts';
import { instance } from '../../config/load.ts';

const vmac = instance('use_vmac');
const lower = { source: '192.0.2.2', priority: 100 };

describe('the hint that the virtual MAC is filtered', () => {
  it('comes once, with the fourth advert of a router that should have stopped', () => {
    const hint = createFilterHint();
    const lines = Array.from({ length: 6 }, () => hint(1, vmac, 150, lower));
    assert.deepEqual(
      lines.map((line) => line !== null),
      [false, false, false, true, false, false],
    );
    assert.match(lines[3] ?? '', /192\.0\.2\.2 .*00:00:5e:00:01:33.*vmac_xmit_base/);
  });

  it('counts anew after a farewell, a better router, another router, and while we are no longer active', () => {
    for (const [own, advert] of [
      [150, { ...lower, priority: 0 }],
      [150, { ...lower, priority: 200 }],
      [150, { source: '192.0.2.3', priority: 100 }],
      [null, lower],
    ] as const) {
      const hint = createFilterHint();
      for (let n = 0; n < 3; n++) hint(1, vmac, 150, lower);
      assert.equal(hint(1, vmac, own, advert), null);
      assert.equal(hint(1, vmac, 150, lower), null);
    }
  });

  it('keeps routers apart, and says nothing where adverts have the own MAC', () => {
    const hint = createFilterHint();
    for (let n = 0; n < 3; n++) hint(1, vmac, 150, lower);
    assert.equal(hint(2, vmac, 150, lower), null);
    for (let n = 0; n < 9; n++) {
      assert.equal(hint(3, instance('use_vmac\nvmac_xmit_base'), 150, lower), null);
      assert.equal(hint(4, instance(''), 150, lower), null);
    }
  });
});
