// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { centiseconds, micros, milliseconds, seconds } from '../../../../lib/base/time.ts';
import { initial } from '../../../../lib/vrrp/core/instance.ts';
import { activeDownInterval, learntInterval, skewTime } from '../../../../lib/vrrp/core/timers.ts';
import { testSettings } from '../../../support/fake-machine.ts';

describe('timers', () => {
  it('[RFC3768-6.1-1] Skew_Time in v2 is (256 − Priority)/256 s whatever the interval', () => {
    assert.equal(skewTime(2, 150, seconds(1)), 414_062);
    assert.equal(skewTime(2, 150, seconds(255)), 414_062);
    assert.equal(skewTime(2, 100, seconds(1)), 609_375);
    assert.equal(skewTime(2, 255, seconds(1)), 3_906);
    assert.equal(skewTime(2, 1, seconds(1)), 996_093);
  });

  it('[RFC9568-6.1-2] Skew_Time in v3 is (256 − Priority)/256 of Active_Adver_Interval', () => {
    assert.equal(skewTime(3, 100, seconds(1)), 609_375);
    assert.equal(skewTime(3, 100, seconds(4)), 2_437_500);
    assert.equal(skewTime(3, 254, centiseconds(1)), 78);
    assert.equal(skewTime(3, 1, centiseconds(4095)), 40_790_039);
  });

  it('[RFC9568-6.1-2] Skew_Time is never cut to zero and never reaches one interval', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(2 as const, 3 as const),
        fc.integer({ min: 1, max: 255 }),
        fc.integer({ min: 1, max: 4095 }),
        (v, p, cs) => {
          const skew = skewTime(v, p, centiseconds(cs));
          assert.ok(skew > 0);
          assert.ok(skew < (v === 2 ? seconds(1) : centiseconds(cs)));
        },
      ),
    );
  });

  it('[RFC9568-6.1-2] agrees with exact arithmetic for every Priority and interval', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 255 }), fc.integer({ min: 1, max: 4095 }), (p, cs) => {
        const exact = (BigInt(256 - p) * BigInt(cs) * 10_000n) / 256n;
        assert.equal(BigInt(skewTime(3, p, centiseconds(cs))), exact);
      }),
    );
  });

  it('[RFC9568-6.1-2] a higher Priority never waits longer', () => {
    for (let p = 1; p < 255; p++) assert.ok(skewTime(3, p + 1, milliseconds(10)) < skewTime(3, p, milliseconds(10)));
  });

  it('[KA-5-1] Active_Down_Interval is down_timer_adverts × Active_Adver_Interval + Skew_Time', () => {
    const down = (overrides: object) => {
      const s = testSettings(overrides);
      return activeDownInterval(s, initial(s));
    };
    assert.equal(down({ priority: 150 }), 3_414_062);
    assert.equal(down({ priority: 101 }), 3_605_468);
    assert.equal(down({ priority: 100, downTimerAdverts: 1 }), 1_609_375);
    assert.equal(down({ priority: 100, version: 3, advertisementInterval: milliseconds(100) }), 360_937);
  });

  it('[KA-5-1] an owner that stepped down to 254 keeps the timers of an owner', () => {
    const s = testSettings({ priority: 255 });
    assert.equal(activeDownInterval(s, { ...initial(s), ownerLowered: true, effectivePriority: 254 }), 3_003_906);
  });

  it('[RFC9568-6.1-1] Active_Adver_Interval comes from the advert in v3, and only from the configuration in v2', () => {
    const v2 = testSettings();
    const v3 = testSettings({ version: 3 });
    assert.equal(learntInterval(v2, initial(v2), seconds(9)), seconds(1));
    assert.equal(learntInterval(v3, initial(v3), seconds(9)), seconds(9));
    assert.equal(learntInterval(v3, initial(v3), micros(0)), seconds(1));
  });
});
