// SPDX-License-Identifier: MIT
// The session machine of RFC 5880 6.8, state by state, and two of them on one link.

import assert from 'node:assert/strict';
import { micros } from '../../../lib/base/time.ts';
import {
  adminDown,
  type BfdState,
  diagnostic,
  initial,
  isSteady,
  type Received,
  type Session,
  type Settings,
  stateNumbers,
  step,
  wireOf,
} from '../../../lib/bfd/core/session.ts';

const settings: Settings = { minRx: micros(50_000), minTx: micros(40_000), idleTx: micros(1_000_000), multiplier: 3, passive: false };

function received(state: BfdState, changes: Partial<Received> = {}): Received {
  return {
    diagnostic: 0,
    state: stateNumbers[state],
    poll: false,
    final: false,
    demand: false,
    multiplier: 5,
    myDiscriminator: 77,
    desiredMinTx: 30_000,
    requiredMinRx: 60_000,
    ...changes,
  };
}

const hear = (session: Session, packet: Received, s = settings) => step(session, s, { kind: 'packet', packet, fresh: 99 });
const up = (): Session => hear(hear(initial(1), received('Down')).session, received('Init')).session;

describe('a BFD session', () => {
  const states: BfdState[] = ['Down', 'Init', 'Up'];
  const table: Readonly<Record<string, Readonly<Record<BfdState, BfdState>>>> = {
    Down: { AdminDown: 'Down', Down: 'Init', Init: 'Up', Up: 'Down' },
    Init: { AdminDown: 'Down', Down: 'Init', Init: 'Up', Up: 'Up' },
    Up: { AdminDown: 'Down', Down: 'Down', Init: 'Up', Up: 'Up' },
  };
  for (const state of states) {
    it(`in ${state} goes where RFC 5880 6.8.6 says`, () => {
      for (const [heard, next] of Object.entries(table[state] ?? {}))
        assert.equal(hear({ ...initial(1), state }, received(heard as BfdState)).session.state, next, heard);
    });
  }

  it('tells that it is up once, and asks for its new interval to be confirmed', () => {
    const init = hear(initial(1), received('Down')).session;
    const outcome = hear(init, received('Init'));
    assert.deepEqual([outcome.tell, outcome.session.polling], ['up', true]);
    assert.equal(hear(outcome.session, received('Up')).tell, null);
    assert.equal(hear(outcome.session, received('Up', { final: true })).session.polling, false);
    assert.equal(hear(init, received('Init'), { ...settings, minTx: settings.idleTx }).session.polling, false);
  });

  it('answers a poll', () => {
    assert.equal(hear(up(), received('Up', { poll: true })).final, true);
    assert.equal(hear(up(), received('Up')).final, false);
  });

  it('that falls silent is down with another discriminator, and knows nothing of the neighbour', () => {
    const { session, tell } = step(up(), settings, { kind: 'expired', fresh: 99 });
    assert.equal(tell, 'down');
    assert.deepEqual(
      [session.state, session.diagnostic, session.discriminator, session.remote.discriminator],
      ['Down', diagnostic.expired, 99, 0],
    );
    assert.equal(step(session, settings, { kind: 'expired', fresh: 98 }).session.discriminator, 99);
  });

  it('follows the word of its neighbour, but an administrator’s is no failure', () => {
    const down = hear(up(), received('Down'));
    assert.deepEqual([down.tell, down.session.diagnostic, down.session.discriminator], ['down', diagnostic.neighbourDown, 99]);
    const admin = hear(up(), received('AdminDown'));
    assert.deepEqual([admin.tell, admin.session.state], [null, 'Down']);
  });

  it('without a socket hears nothing and sends nothing', () => {
    const closed = adminDown(initial(1));
    assert.deepEqual(hear(closed, received('Down')), { session: closed, final: false, tell: null });
    assert.equal(wireOf(closed, settings).every, 0);
  });

  it('sends slowly until it is up, then as often as both can', () => {
    assert.equal(wireOf(initial(1), settings).every, 1_000_000);
    assert.equal(wireOf(up(), settings).every, 60_000);
    assert.equal(wireOf(hear(up(), received('Up', { requiredMinRx: 10_000 })).session, settings).every, 40_000);
    assert.equal(wireOf(initial(1), settings).packet.desiredMinTx, 1_000_000);
    assert.equal(wireOf(up(), settings).packet.desiredMinTx, 40_000);
  });

  it('waits for the neighbour as long as the neighbour’s multiplier and the slower of both say', () => {
    assert.equal(wireOf(initial(1), settings).detection, 0);
    assert.equal(wireOf(up(), settings).detection, 5 * 50_000);
    assert.equal(wireOf(hear(up(), received('Up', { desiredMinTx: 70_000 })).session, settings).detection, 5 * 70_000);
  });

  it('is silent while passive and unspoken to, asked for nothing, or in demand mode', () => {
    const passive = { ...settings, passive: true };
    assert.equal(wireOf(initial(1), passive).every, 0);
    assert.equal(wireOf(hear(initial(1), received('Down'), passive).session, passive).every, 1_000_000);
    assert.equal(wireOf(hear(up(), received('Up', { requiredMinRx: 0 })).session, settings).every, 0);
    const demanded = hear(up(), received('Up', { demand: true, final: true })).session;
    assert.equal(wireOf(demanded, settings).every, 0);
  });

  it('is at rest when the same packet again would change nothing', () => {
    assert.equal(isSteady(hear(up(), received('Up')).session, settings, received('Up')), true);
    // Down again leads from Down to Init.
    assert.equal(isSteady(hear(up(), received('Down')).session, settings, received('Down')), false);
    assert.equal(isSteady(up(), settings, received('Up', { poll: true })), false);
  });

  it('comes up with another one like it, whoever is lost on the way', () => {
    for (let lost = 0; lost < 64; lost++) {
      let a = initial(1);
      let b = initial(2);
      for (let turn = 0; turn < 12; turn++) {
        const wire = (s: Session) => ({ ...wireOf(s, settings).packet, demand: false });
        if (turn >= 6 || ((lost >> turn) & 1) === 0) b = hear(b, wire(a)).session;
        a = hear(a, wire(b)).session;
      }
      assert.deepEqual([a.state, b.state], ['Up', 'Up'], `lost ${lost.toString(2)}`);
    }
  });
});
