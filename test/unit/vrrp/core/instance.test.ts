// SPDX-License-Identifier: MIT
// What must hold for any events in any order; single rules are in test/conformance.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Micros, micros, seconds } from '../../../../lib/base/time.ts';
import type { VrrpEffect } from '../../../../lib/vrrp/core/effects.ts';
import type { VrrpEvent } from '../../../../lib/vrrp/core/events.ts';
import { initial, step } from '../../../../lib/vrrp/core/instance.ts';
import type { FaultReason, Instance, Settings } from '../../../../lib/vrrp/core/types.ts';
import { noteText } from '../../../../lib/vrrp/messages.ts';
import { routerAddress, testSettings } from '../../../support/fake-machine.ts';

const at = micros(0);
const startup: VrrpEvent = {
  kind: 'startup',
  at,
  source: routerAddress.ours,
  faults: [],
  trackingDelta: 0,
  notBefore: micros(0),
  waiting: false,
};

function settingsFrom(over: Partial<Settings>): Settings {
  return testSettings(over);
}

const settings = fc
  .record({
    version: fc.constantFrom(2 as const, 3 as const),
    priority: fc.constantFrom(1, 100, 254, 255),
    wantsActive: fc.boolean(),
    preempt: fc.boolean(),
    preemptDelay: fc.constantFrom(micros(0), seconds(5)),
    silentOnLower: fc.boolean(),
    advertBeforeYield: fc.boolean(),
  })
  .map(settingsFrom);

const fault = fc.constantFrom<FaultReason>(
  { kind: 'interface_down', name: 'eth0' },
  { kind: 'script', name: 'check' },
  { kind: 'source_not_configured' },
);
const truth = {
  trackingDelta: fc.integer({ min: -253, max: 253 }),
  faults: fc.array(fault, { maxLength: 2 }),
  notBefore: fc.constant(micros(0)),
  waiting: fc.boolean(),
  source: fc.constantFrom(routerAddress.ours, null),
};

/** `generation` −1 stands for the armed one. */
const happening = fc.oneof(
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('startup' as const), ...truth }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('shutdown' as const, 'lease_lost' as const, 'address_lost' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('tracking' as const), ...truth }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('advert' as const),
      source: fc.constantFrom(routerAddress.low, routerAddress.ours, routerAddress.high),
      priority: fc.constantFrom(0, 1, 99, 100, 254, 255),
      interval: fc.constantFrom(micros(0), seconds(1), seconds(3)),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('expired' as const), generation: fc.constantFrom(-1, -1, -1, 0, 1, 2) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('settings' as const), before: settings, addressesAdded: fc.boolean() }),
  },
);

const history = fc.array(fc.record({ pause: fc.integer({ min: 0, max: 4_000_000 }), happening }), { maxLength: 60 });

/** What a careful onlooker knows from the effects alone. */
interface Onlooker {
  armed: number | null;
  listening: boolean;
  advertising: boolean;
  owns: boolean;
}

function watch(o: Onlooker, effects: readonly VrrpEffect[], before: Instance): void {
  let generation = before.generation;
  for (const e of effects) {
    assert.ok(Object.isFrozen(e));
    switch (e.kind) {
      case 'arm':
        assert.equal(e.generation, generation + 1, 'each arming has a new generation');
        generation = e.generation;
        o.armed = e.generation;
        break;
      case 'disarm':
        o.armed = null;
        break;
      case 'listen':
        assert.notEqual(o.listening, e.on, 'an ear is opened or closed, never twice');
        o.listening = e.on;
        break;
      case 'advertise':
        assert.ok(e.first === 'now' || o.advertising, 'a next advert needs a running schedule');
        assert.ok(e.priority >= 1 && e.priority <= 255);
        o.advertising = true;
        break;
      case 'quiet':
        o.advertising = false;
        break;
      case 'own_addresses':
        o.owns = true;
        break;
      case 'release_addresses':
        assert.ok(o.owns, 'only what is held is released');
        assert.ok(!o.advertising, 'adverts end before addresses go');
        o.owns = false;
        break;
      case 'announce':
        assert.ok(o.owns, 'only what is held is announced');
        break;
      case 'note':
        assert.ok(noteText('VI_1', e.note).text.startsWith('(VI_1)'));
        break;
    }
  }
}

describe('a machine', () => {
  it('keeps addresses, adverts, ear and deadline in step with its state for any events', () => {
    fc.assert(
      fc.property(settings, history, (s, events) => {
        let i = initial(s);
        let now = 0;
        const o: Onlooker = { armed: null, listening: false, advertising: false, owns: false };
        for (const { pause, happening: h } of events) {
          now += pause;
          const e = {
            ...h,
            at: now as Micros,
            ...(h.kind === 'expired' && h.generation < 0 ? { generation: i.generation } : {}),
          } as VrrpEvent;
          if (e.kind === 'expired' && e.generation === o.armed) o.armed = null;
          const [next, effects] = step(i, s, e);
          watch(o, effects, i);
          assert.ok(Object.isFrozen(next) && Object.isFrozen(effects));
          assert.equal(o.owns, next.state === 'active');
          assert.equal(o.advertising, next.state === 'active');
          assert.equal(o.listening, next.state === 'active' || next.state === 'backup');
          assert.equal(o.armed, next.due === null ? null : next.generation);
          assert.equal(next.due !== null, next.state === 'backup' || next.ownerConflict !== null);
          const changes = effects.filter((x) => x.kind === 'state_changed');
          if (next.state !== i.state)
            assert.deepEqual(
              changes.map((x) => [x.from, x.to]),
              [[i.state, next.state]],
            );
          else assert.deepEqual(changes, []);
          assert.ok(changes.length === 0 || effects.at(-1) === changes[0] || effects.at(-1)?.kind === 'clear_refusals');
          i = next;
        }
      }),
      { numRuns: 2000, seed: 3768 },
    );
  });

  it('gives the same answer to the same question', () => {
    const s = testSettings();
    const [backup] = step(initial(s), s, startup);
    const e: VrrpEvent = { kind: 'advert', at: seconds(1), source: routerAddress.high, priority: 200, interval: seconds(1) };
    assert.deepEqual(step(backup, s, e), step(backup, s, e));
  });

  it('[KATS-generation] ignores an expiry of a generation that is not armed', () => {
    const s = testSettings();
    const [backup] = step(initial(s), s, startup);
    for (const generation of [0, 2, -1, Number.NaN]) {
      const [same, effects] = step(backup, s, { kind: 'expired', at: seconds(4), generation });
      assert.equal(same, backup);
      assert.deepEqual(effects, []);
    }
  });

  it('[KATS-generation] does not become active twice by one deadline', () => {
    const s = testSettings();
    const [backup] = step(initial(s), s, startup);
    const expiry: VrrpEvent = { kind: 'expired', at: seconds(4), generation: backup.generation };
    const [active] = step(backup, s, expiry);
    assert.deepEqual(step(active, s, expiry), [active, []]);
  });

  it('refuses an event it does not know', () => {
    const s = testSettings();
    assert.throws(() => step(initial(s), s, { kind: 'surprise' } as unknown as VrrpEvent), /unhandled case/);
  });
});
