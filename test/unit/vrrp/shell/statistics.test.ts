// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import type { RefusalReason, RouterCounters } from '../../../../lib/native/surface.ts';
import { clearTally, keepCounters, newTally, statisticsOf } from '../../../../lib/vrrp/shell/statistics.ts';

/** Every reason is 0 but those given. */
function counters(refused: Partial<Record<RefusalReason, number>> = {}): RouterCounters {
  const all = new Proxy(refused, { get: (target, key) => Reflect.get(target, key) ?? 0 }) as Record<RefusalReason, number>;
  return { advertReceived: 5, advertSent: 6, priorityZeroReceived: 1, priorityZeroSent: 2, refused: all };
}

describe('the statistics of a router', () => {
  it("group the engine's reasons as keepalived counts them", () => {
    const s = statisticsOf(
      newTally(),
      counters({ length: 1, ip_length: 2, ttl: 4, unicast_ttl: 8, cast_kind: 16, ah_icv: 32, auth_failure: 64 }),
    );
    assert.deepEqual([s.length, s.ttl, s.addressList, s.authFailure], [3, 12, 16, 96]);
    const t = statisticsOf(newTally(), counters({ auth_type_mismatch: 1, ah_header_mismatch: 2, auth_ext_replay: 4, type: 8 }));
    assert.deepEqual([t.authTypeMismatch, t.hmacReplay, t.type, t.interval], [3, 4, 8, 0]);
  });

  it('outlive the sockets they were counted on', () => {
    const tally = newTally();
    tally.becameMaster = 2;
    keepCounters(tally, counters({ ttl: 3 }));
    const without = statisticsOf(tally, null);
    assert.deepEqual([without.advertSent, without.ttl, without.becameMaster], [6, 3, 2]);
    const anew = statisticsOf(tally, counters({ ttl: 1 }));
    assert.deepEqual([anew.advertSent, anew.ttl, anew.becameMaster], [12, 4, 2]);
  });

  it('add accepted adverts with another address list, and are zero after clearing', () => {
    const tally = newTally();
    tally.addressMismatches = 2;
    tally.releasedMaster = 1;
    assert.equal(statisticsOf(tally, counters({ cast_kind: 1 })).addressList, 3);
    keepCounters(tally, counters());
    clearTally(tally);
    assert.ok(Object.values(statisticsOf(tally, null)).every((n) => n === 0));
  });
});
