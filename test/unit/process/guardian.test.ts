// SPDX-License-Identifier: MIT
// What the parent does for the routers of a child that has died: who goes on, who says farewell, when addresses go.

import assert from 'node:assert/strict';
import { type Micros, micros, milliseconds, seconds } from '../../../lib/base/time.ts';
import type { GuardRecord } from '../../../lib/ports/guard.ts';
import { readFromChild } from '../../../lib/process/from-child.ts';
import { packUpdate } from '../../../lib/process/guard-messages.ts';
import type { LastSent } from '../../../lib/process/guard-table.ts';
import { createGuardian } from '../../../lib/process/guardian.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createMemoryLog } from '../../support/memory-log.ts';

const second = seconds(1);

function record(key: number, interval: Micros, changes: Partial<GuardRecord> = {}): GuardRecord {
  return {
    key,
    name: `VI_${key}`,
    group: null,
    patience: micros(3 * interval),
    trackingDelta: 0,
    prepared: false,
    version: 3,
    endpoint: { family: 4, protocol: 112, ifindex: 2, ifname: 'eth0', kind: 'multicast', address: '224.0.0.18', receiveBuffer: 0 },
    frame: {
      version: 3,
      vrid: key,
      priority: 150,
      authType: 0,
      authData: Uint8Array.of(1, 2, 255),
      interval,
      addresses: ['192.0.2.100'],
      v3ChecksumAsV2: false,
      source: '192.0.2.1',
      destinations: ['224.0.0.18'],
      ttl: 255,
    },
    removal: [Uint8Array.of(key, 7)],
    ...changes,
  };
}

/** A guardian whose child took `start` to be ready, and has these Active routers. */
function guardianOf(start: Micros, ...records: GuardRecord[]) {
  const clock = createFakeClock();
  const log = createMemoryLog();
  const told: string[] = [];
  const sent = new Map<number, LastSent>();
  const guardian = createGuardian({
    clock,
    log,
    native: {
      sendFarewell: (endpoint, frame, sequence) => {
        if (endpoint.ifname === 'gone') throw new Error('ENODEV');
        told.push(`farewell ${frame.vrid} ${frame.authData.join()} #${sequence}`);
      },
      executeNetlink: (messages) => {
        told.push(`remove ${messages.map((m) => m.join()).join(' ')}`);
        return messages.map(() => 0);
      },
    },
  });
  const restart = () => {
    guardian.starting();
    clock.advance(start);
    guardian.loaded();
  };
  restart();
  guardian.told(packUpdate({ active: records, gone: [] }));
  for (const { key, frame } of records) sent.set(key, { at: clock.now(), every: frame.interval, ahSequence: 40 + key });
  const table = { read: (key: number) => sent.get(key) ?? { at: micros(0), every: micros(0), ahSequence: 0 } };
  return { guardian, clock, log, told, sent, table, restart };
}

describe('the guardian', () => {
  it('lets a router go on whose peers wait long enough, and says nothing', () => {
    const g = guardianOf(milliseconds(200), record(1, second, { trackingDelta: -20 }));
    const begin = g.clock.now();
    g.clock.advance(milliseconds(600));
    const resume = g.guardian.died(g.table, 'respawned_now');
    assert.deepEqual(resume, [{ name: 'VI_1', until: begin + 2_800_000, ahSequence: 41, trackingDelta: -20 }]);
    g.guardian.starting();
    g.clock.advance(milliseconds(200));
    g.guardian.told(packUpdate({ active: [record(1, second)], gone: [] }));
    g.guardian.loaded();
    g.clock.advance(seconds(10));
    assert.deepEqual(g.told, []);
    assert.equal(g.clock.pending(), 0);
  });

  it('takes the word of a child that was started early for how long a start takes', () => {
    const g = guardianOf(milliseconds(1), record(1, second));
    g.guardian.starting(micros(g.clock.now() - seconds(3)));
    g.guardian.loaded();
    assert.deepEqual(g.guardian.died(g.table, 'respawned_now'), []);
    assert.deepEqual(g.told, ['farewell 1 1,2,255 #42']);
    for (const took of [Number.NaN, -1, '1', null, 1e15]) assert.equal(readFromChild({ kind: 'listening', took }), null, String(took));
    assert.ok(readFromChild({ kind: 'listening', took: 55_000 }) && readFromChild({ kind: 'listening' }));
  });

  it('says farewell when the next child is not there in time, and removes the addresses when others must have them', () => {
    const g = guardianOf(milliseconds(200), record(1, second));
    g.guardian.died(g.table, 'respawned_now');
    g.guardian.starting();
    g.clock.advance(milliseconds(2899));
    assert.deepEqual(g.told, []);
    g.clock.advance(milliseconds(1));
    assert.deepEqual(g.told, ['farewell 1 1,2,255 #42']);
    assert.ok(g.log.lines.includes('(VI_1) sent 0 priority for the VRRP process that died'));
    g.clock.advance(milliseconds(996));
    assert.equal(g.told.length, 1);
    g.clock.advance(milliseconds(1));
    assert.deepEqual(g.told.slice(1), ['remove 1,7']);
  });

  it('says farewell at once when a start takes too long, all of them before any address goes', () => {
    const g = guardianOf(milliseconds(200), record(1, milliseconds(50)), record(2, milliseconds(60)));
    assert.deepEqual(g.guardian.died(g.table, 'respawned_now'), []);
    assert.deepEqual(g.told, ['farewell 1 1,2,255 #42', 'farewell 2 1,2,255 #43']);
  });

  it('leaves the addresses to the next child once that is ready', () => {
    const g = guardianOf(milliseconds(200), record(1, milliseconds(400)));
    g.clock.advance(milliseconds(400));
    g.guardian.died(g.table, 'respawned_later');
    assert.equal(g.told.length, 1);
    g.restart();
    g.clock.advance(seconds(10));
    assert.deepEqual(g.told, ['farewell 1 1,2,255 #42']);
  });

  it('lets nobody go on after a pause, and nobody who was late himself', () => {
    const later = guardianOf(milliseconds(200), record(1, second));
    assert.deepEqual(later.guardian.died(later.table, 'respawned_later'), []);
    assert.equal(later.told.length, 1);
    const late = guardianOf(milliseconds(200), record(1, second));
    late.clock.advance(seconds(2));
    assert.deepEqual(late.guardian.died(late.table, 'respawned_now'), []);
    assert.equal(late.told.length, 1);
  });

  it('keeps the members of a sync group together', () => {
    const g = guardianOf(
      milliseconds(200),
      record(1, second, { group: 'G' }),
      record(2, milliseconds(50), { group: 'G' }),
      record(3, second),
    );
    const resume = g.guardian.died(g.table, 'respawned_now');
    assert.deepEqual(
      resume.map((r) => r.name),
      ['VI_3'],
    );
    assert.deepEqual(g.told, ['farewell 1 1,2,255 #42', 'farewell 2 1,2,255 #43']);
  });

  it('says nothing for who had resigned already, and removes what it still held', () => {
    const g = guardianOf(milliseconds(200), record(1, second));
    g.sent.set(1, { at: g.clock.now(), every: micros(0), ahSequence: 0 });
    assert.deepEqual(g.guardian.died(g.table, 'over'), []);
    assert.deepEqual(g.told, ['remove 1,7']);
  });

  it('does both at once when there will be no next child', () => {
    const g = guardianOf(milliseconds(200), record(1, second));
    g.guardian.died(g.table, 'over');
    assert.deepEqual(g.told, ['farewell 1 1,2,255 #42', 'remove 1,7']);
  });

  it('goes on with the others when one cannot be spoken for', () => {
    const endpoint = { ...record(1, second).endpoint, ifname: 'gone' };
    const g = guardianOf(milliseconds(200), record(1, second, { endpoint }), record(2, second));
    g.guardian.died(g.table, 'over');
    assert.deepEqual(g.told, ['farewell 2 1,2,255 #43', 'remove 1,7', 'remove 2,7']);
    assert.ok(g.log.lines.includes('(VI_1) unable to send 0 priority for the VRRP process that died - ENODEV'));
  });

  it('looks after those of a child whose successor died before it was ready', () => {
    const g = guardianOf(milliseconds(200), record(1, second));
    g.guardian.died(g.table, 'respawned_now');
    g.guardian.starting();
    g.clock.advance(milliseconds(100));
    assert.deepEqual(g.guardian.died({ read: () => assert.fail('it had no routers') }, 'respawned_later'), []);
    assert.deepEqual(g.told, ['farewell 1 1,2,255 #42']);
  });

  it('speaks for a router that took over by orders while nobody could tell, and only for that', () => {
    const g = guardianOf(milliseconds(200), record(1, second, { prepared: true }), record(2, second, { prepared: true }));
    g.sent.set(2, { at: micros(0), every: micros(0), ahSequence: 0 });
    g.guardian.died(g.table, 'over');
    assert.deepEqual(g.told, ['farewell 1 1,2,255 #42', 'remove 1,7']);
  });

  it('waits with a farewell until the next child serves, whatever that may do later', () => {
    const g = guardianOf(milliseconds(200), record(1, second));
    g.guardian.died(g.table, 'respawned_now');
    g.guardian.starting();
    g.guardian.told(packUpdate({ active: [record(7, second, { name: 'VI_1', prepared: true })], gone: [] }));
    g.clock.advance(milliseconds(2900));
    assert.deepEqual(g.told, ['farewell 1 1,2,255 #42']);
  });

  it('knows what the guardian of the program before knew, and how long a child takes for its configuration', () => {
    const before = guardianOf(milliseconds(200), record(1, second));
    before.guardian.starting();
    before.clock.advance(milliseconds(500));
    before.guardian.beginning();
    before.clock.advance(milliseconds(40));
    before.guardian.loaded();
    const inherited = before.guardian.bequeath();
    assert.equal(inherited.loadTakes, 40_000);
    const { clock, log } = before;
    const native = { sendFarewell: () => assert.fail('it goes on'), executeNetlink: () => [] };
    const next = createGuardian({ clock, log, native, inherited });
    before.clock.advance(milliseconds(2700));
    // 2.8 s after its last advert the next one must be there: 40 ms are enough for it, a whole start would not be.
    before.sent.set(1, { ...before.table.read(1), at: micros(clock.now() - 1_900_000) });
    assert.deepEqual(
      next.died(before.table, 'respawned_now').map(({ name }) => name),
      ['VI_1'],
    );
  });

  it('forgets who is not Active any more', () => {
    const g = guardianOf(milliseconds(200), record(1, second), record(2, second));
    g.guardian.told(packUpdate({ active: [], gone: [1] }));
    g.guardian.died(g.table, 'over');
    assert.deepEqual(g.told, ['farewell 2 1,2,255 #43', 'remove 2,7']);
  });
});
